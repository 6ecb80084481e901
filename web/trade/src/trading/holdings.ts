/** What the member holds of each currency, and what it is worth at the last prices. */

import { type Decimal, ZERO, add, compare, decimal, isZero, multiply, pricesIn, sumOf } from "@pyxiu/market";
import { useMemo } from "react";

import { type Market, useCurrencies } from "../app/catalog.ts";
import { useStore } from "../app/stores.ts";
import { balances, tickers } from "../live/index.ts";

/** In the unit of value; less is small. */
const SMALL = decimal("1");
const UNITS = ["usd", "usdt", "usdc", "eur"];

export interface Holding {
  readonly currency: string;
  readonly name: string;
  readonly available: Decimal;
  readonly locked: Decimal;
  readonly total: Decimal;
  /** null where no market leads to the unit. */
  readonly value: Decimal | null;
}

export interface Holdings {
  readonly rows: readonly Holding[];
  readonly unit: string;
  readonly worth: Decimal;
  readonly loaded: boolean;
}

export function useHoldings(markets: readonly Market[]): Holdings {
  const all = useStore(balances.all);
  const prices = useStore(tickers.all);
  const currencies = useCurrencies();
  return useMemo(() => {
    const unit = UNITS.find((id) => markets.some((market) => market.quote_unit === id)) ?? markets[0]?.quote_unit ?? "usd";
    const priced = markets.flatMap((market) => {
      const last = prices?.[market.id]?.last;
      return last ? [{ base: market.base_unit, quote: market.quote_unit, last }] : [];
    });
    const inUnit = pricesIn(unit, priced);
    const rows = (currencies.data ?? []).map((currency): Holding => {
      const held = all?.[currency.id];
      const available = held ? decimal(held.available) : ZERO;
      const locked = held ? decimal(held.locked) : ZERO;
      const total = add(available, locked);
      const price = inUnit.get(currency.id);
      return { currency: currency.id, name: currency.name, available, locked, total, value: price ? multiply(total, price) : null };
    });
    return { rows, unit, worth: sumOf(rows.map((row) => row.value ?? ZERO)), loaded: all !== null && currencies.isSuccess };
  }, [all, prices, currencies.data, currencies.isSuccess, markets]);
}

export function isSmall(row: Holding): boolean {
  return isZero(row.total) || (row.value !== null && compare(row.value, SMALL) < 0);
}
