/** The kit that all pages are made of. Styles: `tokens.css`, then `ui.css`. */

export * from "./controls.tsx";
export * from "./icons.tsx";
export * from "./overlays.tsx";
export * from "./states.tsx";
