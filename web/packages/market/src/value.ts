/** What balances are worth in one currency, over tickers of markets. Limit: one hop more than a direct market at most. */

import { type Decimal, ONE, ZERO, add, decimal, divide, multiply } from "./decimal.ts";

export interface PricedMarket {
  readonly base: string;
  readonly quote: string;
  readonly last: string;
}

const PRICE_SCALE = 12;

/** The price of each currency in `unit`; those that no market reaches are not there. */
export function pricesIn(unit: string, markets: readonly PricedMarket[]): Map<string, Decimal> {
  const prices = new Map<string, Decimal>([[unit, ONE]]);
  for (let hop = 0; hop < 2; hop += 1) {
    for (const market of markets) {
      const last = decimal(market.last);
      if (last.units <= 0n) continue;
      const quote = prices.get(market.quote);
      const base = prices.get(market.base);
      if (quote && !base) prices.set(market.base, multiply(last, quote));
      else if (base && !quote) {
        const inverse = divide(base, last, PRICE_SCALE);
        if (inverse) prices.set(market.quote, inverse);
      }
    }
  }
  return prices;
}

export function sumOf(values: Iterable<Decimal>): Decimal {
  let sum = ZERO;
  for (const value of values) sum = add(sum, value);
  return sum;
}
