/**
 * How much a member may still withdraw without somebody looking at it first.
 *
 * Invariant: exact, and never less than nothing. Limit: in the platform's currency, at its price; the exchange decides
 * when the withdrawal comes.
 */

import { type Decimal, ZERO, compare, decimal, divide, isPositive, smaller, subtract } from "@pyxiu/market";

/** As the API tells them; a limit of null is none. */
export interface Sums {
  readonly last_24_hours: string;
  readonly last_1_month: string;
  readonly limit_24_hours: string | null;
  readonly limit_1_month: string | null;
}

export interface Allowance {
  readonly limit: Decimal;
  readonly used: Decimal;
  readonly left: Decimal;
}

export interface Limits {
  readonly day: Allowance | null;
  readonly month: Allowance | null;
}

export function limitsOf(sums: Sums): Limits {
  return { day: allowance(sums.limit_24_hours, sums.last_24_hours), month: allowance(sums.limit_1_month, sums.last_1_month) };
}

function allowance(limit: string | null, used: string): Allowance | null {
  if (limit === null) return null;
  const [whole, spent] = [decimal(limit), decimal(used)];
  const left = subtract(whole, spent);
  return { limit: whole, used: spent, left: isPositive(left) ? left : ZERO };
}

/** What is left of the narrower period; null is without limit. */
export function leftOf({ day, month }: Limits): Decimal | null {
  if (!day || !month) return day?.left ?? month?.left ?? null;
  return smaller(day.left, month.left);
}

/** That in a currency of this price, cut to its precision; null where there is no limit or no price. */
export function leftIn(limits: Limits, price: Decimal, precision: number): Decimal | null {
  const left = leftOf(limits);
  return left && divide(left, price, precision);
}

/** How full a bar of it is, from 0 to 1. */
export function usedShare({ limit, used }: Allowance): number {
  if (compare(used, limit) >= 0) return 1;
  const share = divide(used, limit, 4);
  return share ? Number(share.units) / 10_000 : 0;
}
