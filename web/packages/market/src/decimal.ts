/**
 * Decimal numbers as an integer of smallest units and a scale: what amounts, prices and fees are here.
 *
 * Invariant: nothing is rounded unless the caller names the rounding, and no amount ever passes through a float.
 * Limit: plain notation only (`-12.5`, never `1e3`), at most 40 digits, as the API writes them.
 */

export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

export type Rounding = "down" | "up" | "half-up";

const PLAIN = /^([+-]?)(\d{1,40})(?:\.(\d{0,40}))?$/;
export const ZERO: Decimal = { units: 0n, scale: 0 };
export const ONE: Decimal = { units: 1n, scale: 0 };

const POWERS: bigint[] = Array.from({ length: 81 }, (_, exponent) => 10n ** BigInt(exponent));

export function powerOfTen(exponent: number): bigint {
  return POWERS[exponent] ?? 10n ** BigInt(exponent);
}

/** null where the text is no plain decimal number. */
export function parseDecimal(text: string): Decimal | null {
  const match = PLAIN.exec(text.trim());
  if (!match) return null;
  const fraction = match[3] ?? "";
  const units = BigInt((match[2] ?? "0") + fraction);
  return { units: match[1] === "-" ? -units : units, scale: fraction.length };
}

/** What the API sent; its texts are decimals, so anything else is a fault. */
export function decimal(text: string): Decimal {
  const value = parseDecimal(text);
  if (!value) throw new TypeError(`expected a decimal number, found ${JSON.stringify(text)}`);
  return value;
}

export function rescale(value: Decimal, scale: number, rounding: Rounding = "down"): Decimal {
  if (scale >= value.scale) return { units: value.units * powerOfTen(scale - value.scale), scale };
  return { units: quotient(value.units, powerOfTen(value.scale - scale), rounding), scale };
}

function aligned(left: Decimal, right: Decimal): [bigint, bigint, number] {
  const scale = Math.max(left.scale, right.scale);
  return [rescale(left, scale).units, rescale(right, scale).units, scale];
}

export function add(left: Decimal, right: Decimal): Decimal {
  const [a, b, scale] = aligned(left, right);
  return { units: a + b, scale };
}

export function subtract(left: Decimal, right: Decimal): Decimal {
  const [a, b, scale] = aligned(left, right);
  return { units: a - b, scale };
}

/** Exact: the scales add up. */
export function multiply(left: Decimal, right: Decimal): Decimal {
  return { units: left.units * right.units, scale: left.scale + right.scale };
}

/** null for a division by zero. */
export function divide(left: Decimal, right: Decimal, scale: number, rounding: Rounding = "down"): Decimal | null {
  if (right.units === 0n) return null;
  const shift = scale + right.scale - left.scale;
  const numerator = shift >= 0 ? left.units * powerOfTen(shift) : left.units;
  const denominator = shift >= 0 ? right.units : right.units * powerOfTen(-shift);
  return { units: quotient(numerator, denominator, rounding), scale };
}

export function compare(left: Decimal, right: Decimal): -1 | 0 | 1 {
  const [a, b] = aligned(left, right);
  return a < b ? -1 : a > b ? 1 : 0;
}

export function isPositive(value: Decimal): boolean {
  return value.units > 0n;
}

export function isZero(value: Decimal): boolean {
  return value.units === 0n;
}

export function smaller(left: Decimal, right: Decimal): Decimal {
  return compare(left, right) <= 0 ? left : right;
}

/** `percent` of 0 to 100 as a whole number. */
export function percentOf(value: Decimal, percent: number): Decimal {
  return { units: value.units * BigInt(Math.round(percent)), scale: value.scale + 2 };
}

/** Plain notation with exactly `scale` digits, or with all that are not trailing zeros. */
export function toText(value: Decimal, scale?: number, rounding: Rounding = "down"): string {
  const shown = scale === undefined ? value : rescale(value, scale, rounding);
  const sign = shown.units < 0n ? "-" : "";
  const digits = (shown.units < 0n ? -shown.units : shown.units).toString().padStart(shown.scale + 1, "0");
  const whole = digits.slice(0, digits.length - shown.scale);
  const fraction = digits.slice(digits.length - shown.scale);
  const kept = scale === undefined ? fraction.replace(/0+$/, "") : fraction;
  return sign + whole + (kept ? `.${kept}` : "");
}

/** For positions on the screen only, never for what is sent or shown as an amount. */
export function toPixels(value: Decimal): number {
  return Number(toText(value));
}

/** Rounds towards zero, away from it, or to the nearest with halves away from zero. */
function quotient(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  const negative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  let result = n / d;
  const rest = n % d;
  if ((rounding === "up" && rest > 0n) || (rounding === "half-up" && rest * 2n >= d)) result += 1n;
  return negative ? -result : result;
}
