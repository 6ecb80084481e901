/** A QR code as the path of an SVG, made here: no address leaves the browser for the sake of a picture. */

import qrcode from "qrcode-generator";

/** The quiet zone that readers need. */
const MARGIN = 4;

/** One row of dark modules after another. */
export function drawn(text: string): { readonly size: number; readonly path: string } {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  let path = "";
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column < count; column += 1) {
      if (!code.isDark(row, column)) continue;
      let end = column + 1;
      while (end < count && code.isDark(row, end)) end += 1;
      path += `M${column + MARGIN} ${row + MARGIN}h${end - column}v1h${column - end}z`;
      column = end;
    }
  }
  return { size: count + 2 * MARGIN, path };
}
