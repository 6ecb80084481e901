/**
 * A withdrawal before it is asked for: what arrives, and what speaks against it.
 *
 * Invariant: exact; what arrives is the amount less the fee, as the exchange reckons it. Limit: a preview of rules that
 * the exchange checks again.
 */

import { type Decimal, compare, isPositive, subtract, toText } from "@pyxiu/market";

import type { Key, Parameters } from "../i18n/index.ts";

export interface WithdrawalRules {
  readonly available: Decimal;
  readonly fee: Decimal;
  readonly minimum: Decimal;
  /** Digits after the point that an amount may have. */
  readonly precision: number;
  /** What the limits leave, in this currency; null is without limit. */
  readonly left: Decimal | null;
}

export interface Problem {
  readonly key: Key;
  readonly parameters?: Parameters;
}

export interface WithdrawalPreview {
  readonly receives: Decimal | null;
  readonly problem: Problem | null;
  /** Above what the limits leave: the exchange takes it, and somebody looks at it first. */
  readonly reviewed: boolean;
}

/** `amount`: what leaves the balance, fee and all. `show` writes an amount for the member. */
export function previewWithdrawal(amount: Decimal, rules: WithdrawalRules, show: (value: Decimal) => string): WithdrawalPreview {
  const rest = subtract(amount, rules.fee);
  return {
    receives: isPositive(rest) ? rest : null,
    problem: problemOf(amount, rest, rules, show),
    reviewed: rules.left !== null && compare(amount, rules.left) > 0,
  };
}

function problemOf(amount: Decimal, rest: Decimal, rules: WithdrawalRules, show: (value: Decimal) => string): Problem | null {
  if (!isPositive(amount)) return { key: "form.required" };
  if (digitsOf(amount) > rules.precision) return { key: "form.tooFine", parameters: { digits: rules.precision } };
  if (compare(amount, rules.available) > 0) return { key: "form.insufficient" };
  if (compare(amount, rules.minimum) < 0) return { key: "withdraw.belowMinimum", parameters: { amount: show(rules.minimum) } };
  if (!isPositive(rest)) return { key: "withdraw.belowFee", parameters: { amount: show(rules.fee) } };
  return null;
}

function digitsOf(value: Decimal): number {
  return toText(value).split(".")[1]?.length ?? 0;
}
