/**
 * What an order would do if it were sent now: total, fee, average price and slippage.
 *
 * Invariant: all in integers, rounded against the member, so that the real figures are as good or better on the same
 * book. Limit: the book that is on the screen, and no hidden orders; what counts is what the exchange answers.
 */

import type { Level } from "./book.ts";
import { type Decimal, ZERO, add, compare, divide, isPositive, multiply, rescale, subtract } from "./decimal.ts";

export interface Market {
  readonly pricePrecision: number;
  readonly amountPrecision: number;
}

export interface Question {
  readonly side: "buy" | "sell";
  readonly type: "limit" | "market";
  /** For limit orders. */
  readonly price: Decimal | null;
  /** In base currency; for market orders either this or `quote`. */
  readonly amount: Decimal | null;
  readonly quote: Decimal | null;
  /** The opposite side of the book, best first. */
  readonly opposite: readonly Level[];
  readonly makerFee: Decimal;
  readonly takerFee: Decimal;
}

export interface Preview {
  readonly amount: Decimal;
  /** In quote currency, before fees. */
  readonly total: Decimal;
  readonly averagePrice: Decimal | null;
  /** In the currency that is received: base when buying, quote when selling. */
  readonly fee: Decimal;
  readonly received: Decimal;
  /** The share of the average price that is worse than the best, 0.01 is 1 %. */
  readonly slippage: Decimal;
  /** At least a part would trade at once. */
  readonly takes: boolean;
  /** A market order that the book cannot fill. */
  readonly shortOfLiquidity: boolean;
}

const SLIPPAGE_SCALE = 6;

interface Walked {
  amount: Decimal;
  total: Decimal;
}

export function preview(market: Market, question: Question): Preview | null {
  const walked = walk(market, question);
  const rest =
    question.type === "limit" && question.amount ? subtract(question.amount, walked.amount) : ZERO;
  const price = question.price;
  if (question.type === "limit" && (!price || !question.amount)) return null;
  const amount = question.type === "limit" && question.amount ? question.amount : walked.amount;
  const resting = price ? multiply(price, rest) : ZERO;
  const total = add(walked.total, resting);
  const averagePrice = isPositive(amount) ? divide(total, amount, market.pricePrecision + 2, "half-up") : null;
  const income = (part: Walked): Decimal => (question.side === "buy" ? part.amount : part.total);
  const fee = add(
    multiply(income(walked), question.takerFee),
    multiply(income({ amount: rest, total: resting }), question.makerFee),
  );
  return {
    amount,
    total,
    averagePrice,
    fee: rescale(fee, 8, "up"),
    received: subtract(question.side === "buy" ? amount : total, rescale(fee, 8, "up")),
    slippage: slippage(market, question, walked),
    takes: isPositive(walked.amount),
    shortOfLiquidity: question.type === "market" && isShort(question, walked),
  };
}

function walk(market: Market, question: Question): Walked {
  let amount: Decimal = { units: 0n, scale: market.amountPrecision };
  let total: Decimal = ZERO;
  for (const level of question.opposite) {
    const price = { units: level.price, scale: market.pricePrecision };
    if (question.type === "limit" && question.price) {
      const worse = question.side === "buy" ? compare(price, question.price) > 0 : compare(price, question.price) < 0;
      if (worse) break;
    }
    const wanted = stillWanted(market, question, { amount, total }, price);
    if (!isPositive(wanted)) break;
    const there = { units: level.volume, scale: market.amountPrecision };
    const taken = compare(wanted, there) < 0 ? wanted : there;
    amount = add(amount, taken);
    total = add(total, multiply(taken, price));
  }
  return { amount, total };
}

function stillWanted(market: Market, question: Question, walked: Walked, price: Decimal): Decimal {
  if (question.amount) return subtract(question.amount, walked.amount);
  if (!question.quote) return ZERO;
  return divide(subtract(question.quote, walked.total), price, market.amountPrecision) ?? ZERO;
}

function isShort(question: Question, walked: Walked): boolean {
  if (question.amount) return compare(walked.amount, question.amount) < 0;
  if (!question.quote) return false;
  const last = question.opposite.at(-1);
  if (!last) return true;
  return compare(walked.total, question.quote) < 0 && allTaken(question, walked);
}

function allTaken(question: Question, walked: Walked): boolean {
  const all = question.opposite.reduce((sum, level) => sum + level.volume, 0n);
  return walked.amount.units >= all;
}

function slippage(market: Market, question: Question, walked: Walked): Decimal {
  const best = question.opposite[0];
  if (!best || !isPositive(walked.amount)) return { units: 0n, scale: SLIPPAGE_SCALE };
  const ideal = multiply(walked.amount, { units: best.price, scale: market.pricePrecision });
  const worse = question.side === "buy" ? subtract(walked.total, ideal) : subtract(ideal, walked.total);
  return divide(worse, ideal, SLIPPAGE_SCALE, "up") ?? ZERO;
}

/** The largest amount that `available` pays for: base when selling, quote at `price` when buying. */
export function affordable(market: Market, side: "buy" | "sell", available: Decimal, price: Decimal | null): Decimal | null {
  if (side === "sell") return rescale(available, market.amountPrecision, "down");
  return price && isPositive(price) ? divide(available, price, market.amountPrecision, "down") : null;
}
