/**
 * Whether the order that is written can be sent, and what it would do.
 *
 * Invariant: pure; the same findings whoever asks. A finding names its field, so that it is shown there. Limit: a help
 * for whoever types: the exchange checks everything again.
 */

import { type Decimal, type Level, type Preview, compare, decimal, divide, isPositive, isZero, parseDecimal, plainOf, preview, subtract } from "@pyxiu/market";

import type { Key, Parameters } from "../i18n/index.ts";
import type { Ticket } from "./ticket.ts";

export interface MarketTerms {
  readonly pricePrecision: number;
  readonly amountPrecision: number;
  readonly minPrice: Decimal;
  /** Zero: none. */
  readonly maxPrice: Decimal;
  readonly minAmount: Decimal;
  readonly base: string;
}

export interface Finding {
  readonly field: "price" | "amount" | "order";
  readonly key: Key;
  readonly parameters?: Parameters;
  /** Warns, and lets the order pass. */
  readonly mild?: boolean;
}

export interface Surroundings {
  readonly market: MarketTerms;
  readonly asks: readonly Level[];
  readonly bids: readonly Level[];
  readonly fees: { readonly maker: Decimal; readonly taker: Decimal };
  /** Of the currency that the order is paid with; null while it is not known. */
  readonly available: Decimal | null;
  readonly language: string;
  readonly percent: (share: Decimal) => string;
}

export interface Checked {
  readonly preview: Preview | null;
  readonly findings: readonly Finding[];
  /** What is sent. */
  readonly price: string | null;
  readonly amount: string | null;
}

const FAR = decimal("0.05");

export function check(ticket: Ticket, around: Surroundings): Checked {
  const { market } = around;
  const priceText = ticket.type === "limit" ? plainOf(ticket.price, around.language) : null;
  const amountText = plainOf(ticket.amount, around.language);
  const findings: Finding[] = [];
  const price = priceText === null ? null : parseDecimal(priceText);
  const amount = amountText === null ? null : parseDecimal(amountText);
  if (ticket.type === "limit") findings.push(...priceFindings(ticket.price, price, market));
  findings.push(...amountFindings(ticket, amount, market));
  const opposite = ticket.side === "buy" ? around.asks : around.bids;
  const inBase = ticket.type === "limit" || ticket.by === "base";
  const seen =
    amount && isPositive(amount) && (ticket.type === "market" || (price && isPositive(price)))
      ? preview(market, {
          side: ticket.side,
          type: ticket.type,
          price,
          amount: inBase ? amount : null,
          quote: inBase ? null : amount,
          opposite,
          makerFee: around.fees.maker,
          takerFee: around.fees.taker,
        })
      : null;
  if (seen) findings.push(...orderFindings(ticket, seen, amount, around));
  if (price && ticket.type === "limit") findings.push(...farFindings(ticket, price, around));
  return { preview: seen, findings, price: priceText, amount: amountText };
}

function priceFindings(typed: string, price: Decimal | null, market: MarketTerms): Finding[] {
  if (!price) return typed ? [{ field: "price", key: "form.required" }] : [];
  if (price.scale > market.pricePrecision) return [{ field: "price", key: "form.tooFine", parameters: { digits: market.pricePrecision } }];
  const tooHigh = !isZero(market.maxPrice) && compare(price, market.maxPrice) > 0;
  return tooHigh || compare(price, market.minPrice) < 0 ? [{ field: "price", key: "form.priceRange" }] : [];
}

function amountFindings(ticket: Ticket, amount: Decimal | null, market: MarketTerms): Finding[] {
  if (!amount) return ticket.amount ? [{ field: "amount", key: "form.required" }] : [];
  if (ticket.type === "market" && ticket.by === "quote") return [];
  if (amount.scale > market.amountPrecision) return [{ field: "amount", key: "form.tooFine", parameters: { digits: market.amountPrecision } }];
  if (compare(amount, market.minAmount) >= 0) return [];
  const least = { amount: textOf(market.minAmount), currency: market.base.toUpperCase() };
  return [{ field: "amount", key: "form.tooSmall", parameters: least }];
}

function orderFindings(ticket: Ticket, seen: Preview, amount: Decimal | null, around: Surroundings): Finding[] {
  const findings: Finding[] = [];
  const paid = ticket.side === "sell" ? seen.amount : ticket.type === "market" && ticket.by === "quote" && amount ? amount : seen.total;
  if (around.available && compare(paid, around.available) > 0) findings.push({ field: "amount", key: "form.insufficient" });
  if (seen.shortOfLiquidity) findings.push({ field: "order", key: "form.noLiquidity" });
  if (ticket.type === "limit" && ticket.postOnly && seen.takes) findings.push({ field: "order", key: "form.wouldTake" });
  return findings;
}

/** A price far on the wrong side of the market is more often a slip than a wish. */
function farFindings(ticket: Ticket, price: Decimal, { asks, bids, market, percent }: Surroundings): Finding[] {
  const best = ticket.side === "buy" ? asks[0] : bids[0];
  if (!best) return [];
  const there = { units: best.price, scale: market.pricePrecision };
  const worse = ticket.side === "buy" ? subtract(price, there) : subtract(there, price);
  const share = divide(worse, there, 6);
  if (!share || compare(share, FAR) <= 0) return [];
  return [{ field: "price", key: "form.farPrice", parameters: { percent: percent(share) }, mild: true }];
}

function textOf(value: Decimal): string {
  const digits = value.units.toString().padStart(value.scale + 1, "0");
  const cut = digits.length - value.scale;
  return value.scale === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`.replace(/\.?0+$/, "");
}
