/** The icons of the pages, drawn on a grid of 16. They are decoration: a name stands beside each or in its button. */

import type { ReactElement } from "react";

const PATHS = {
  star: "M8 1.8l1.9 3.9 4.3.6-3.1 3 .7 4.3L8 11.6l-3.8 2 .7-4.3-3.1-3 4.3-.6z",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3L14 14",
  close: "M3.5 3.5l9 9m0-9l-9 9",
  down: "M3.5 6L8 10.5 12.5 6",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8L13 13M13 3l-1.2 1.2M4.2 11.8L3 13",
  moon: "M13.5 9.6A6 6 0 0 1 6.4 2.5a6 6 0 1 0 7.1 7.1z",
  keyboard: "M1.5 4h13v8.5h-13zM4 6.5h.01M6.7 6.5h.01M9.3 6.5h.01M12 6.5h.01M4 9.8h8",
  settings: "M2 4.5h7M12 4.5h2M2 11.5h2M7 11.5h7M10.5 3v3M5.5 10v3",
  user: "M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14.5c.6-3 2.8-4.5 5.5-4.5s4.900 1.500 5.500 4.500",
  wallet: "M2 4.500h11a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1zM2 4.500V4a1.500 1.500 0 0 1 1.500-1.500H12M11 9h.01",
  empty: "M2.500 9.500L4.500 3h7l2 6.500V13h-11zM2.500 9.500H6l.7 1.500h2.600l.7-1.500h3.500",
  copy: "M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3",
  indicator: "M1.500 12l3.500-5 3 3 6-7.500",
  check: "M3 8.500l3.500 3.500L13 4.500",
  receive: "M8 2v8M4.500 6.500L8 10l3.500-3.500M2.500 13.500h11",
  send: "M8 10.500V2.500M4.500 6L8 2.500 11.500 6M2.500 13.500h11",
  swap: "M2.500 5h10.500M10 2l3 3-3 3M13.500 11H3M6 8l-3 3 3 3",
  external: "M6.500 3H3v10h10V9.500M9.500 2.500h4V6.500M13 3L7.500 8.500",
  out: "M9.500 2.500h-6v11h6M7 8h7.500M11.500 5l3 3-3 3",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16, filled = false }: { name: IconName; size?: number; filled?: boolean }): ReactElement {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill={filled ? "currentColor" : "none"} aria-hidden="true">
      <path d={PATHS[name]} stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
