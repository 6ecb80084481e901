/**
 * Decimals for reading: the locale's separators around exact digits.
 *
 * Invariant: what is shown has the digits of the amount, cut, never rounded up to more than there is.
 */

import { type Decimal, type Rounding, toText } from "./decimal.ts";

export interface Separators {
  readonly group: string;
  readonly point: string;
}

const known = new Map<string, Separators>();

export function separators(locale: string): Separators {
  const found = known.get(locale);
  if (found) return found;
  const parts = new Intl.NumberFormat(locale, { useGrouping: true }).formatToParts(1234567.5);
  const made = {
    group: parts.find((part) => part.type === "group")?.value ?? ",",
    point: parts.find((part) => part.type === "decimal")?.value ?? ".",
  };
  known.set(locale, made);
  return made;
}

export function formatDecimal(value: Decimal, locale: string, scale?: number, rounding: Rounding = "down"): string {
  return localized(toText(value, scale, rounding), locale);
}

/** A plain decimal text with the locale's separators. */
export function localized(plain: string, locale: string): string {
  const { group, point } = separators(locale);
  const [whole = "", fraction] = plain.split(".");
  const spaced = whole.replace(/\B(?=(\d{3})+(?!\d))/g, group);
  return fraction === undefined ? spaced : spaced + point + fraction;
}

/**
 * What somebody typed, in their locale or plainly, as a plain decimal; null where it is no number or could be two.
 * A comma that does not part thousands where commas do so ("1,5" in English) is refused: guessing costs ten times.
 */
export function plainOf(typed: string, locale: string): string | null {
  const { point } = separators(locale);
  const text = typed.replaceAll(/[\s\u00a0\u202f]/g, "");
  const plain = point === "," ? withPoint(text) : withoutThousands(text, ",");
  if (plain === null) return null;
  const whole = plain.startsWith(".") ? `0${plain}` : plain;
  const cut = whole.endsWith(".") ? whole.slice(0, -1) : whole;
  return /^\d{1,30}(\.\d{1,30})?$/.test(cut) ? cut : null;
}

/** Where the point is a comma: `0,5`, `1.234,5`, and plain `0.5`. */
function withPoint(text: string): string | null {
  if (!text.includes(",")) return text;
  const [whole = "", fraction = "", more] = text.split(",");
  const digits = withoutThousands(whole, ".");
  return more !== undefined || digits === null ? null : `${digits}.${fraction}`;
}

function withoutThousands(text: string, group: string): string | null {
  if (!text.includes(group)) return text;
  const [whole = "", ...rest] = group === "," ? text.split(".") : [text];
  if (!whole.split(group).every((part, index) => (index === 0 ? /^\d{1,3}$/ : /^\d{3}$/).test(part))) return null;
  return [whole.replaceAll(group, ""), ...rest].join(".");
}
