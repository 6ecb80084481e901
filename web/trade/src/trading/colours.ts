/** The theme's colours for what is drawn on a canvas, which CSS does not reach. */

export interface Colours {
  readonly surface: string;
  readonly line: string;
  readonly text: string;
  readonly muted: string;
  readonly up: string;
  readonly down: string;
  readonly upBar: string;
  readonly downBar: string;
  readonly accent: string;
  readonly link: string;
  readonly font: string;
}

export function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string): string => style.getPropertyValue(name).trim();
  return {
    surface: of("--surface"),
    line: of("--line"),
    text: of("--text"),
    muted: of("--muted"),
    up: of("--up"),
    down: of("--down"),
    upBar: of("--up-bar"),
    downBar: of("--down-bar"),
    accent: of("--accent"),
    link: of("--link"),
    font: of("--font"),
  };
}
