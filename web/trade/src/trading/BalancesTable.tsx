/** Balances: available, in orders, total, and what they are worth at the last prices. */

import { Check, Empty, SkeletonRows } from "@pyxiu/ui";
import { type Decimal, ZERO, add, compare, decimal, divide, isZero, multiply, pricesIn, sumOf } from "@pyxiu/market";
import { type ReactElement, useMemo, useState } from "react";
import { Link } from "react-router";

import { type Market, upper, useCurrencies } from "../app/catalog.ts";
import { useFormats } from "../app/format.ts";
import { choose, useSettings } from "../app/settings.ts";
import { useStore } from "../app/stores.ts";
import { useT } from "../i18n/index.ts";
import { balances, tickers } from "../live/index.ts";
import { Scroll } from "./OrderTables.tsx";

/** In the unit of value; less is small. */
const SMALL = decimal("1");
const UNITS = ["usd", "usdt", "usdc", "eur"];

interface Row {
  readonly currency: string;
  readonly name: string;
  readonly available: Decimal;
  readonly locked: Decimal;
  readonly total: Decimal;
  readonly value: Decimal | null;
}

export interface Holdings {
  readonly rows: readonly Row[];
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
    const rows = (currencies.data ?? []).map((currency): Row => {
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

export function BalancesTable({ markets, detailed = false }: { markets: readonly Market[]; detailed?: boolean }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const { hideSmall } = useSettings();
  const [search, setSearch] = useState("");
  const { rows, unit, worth, loaded } = useHoldings(markets);
  const wanted = search.trim().toLowerCase();
  const shown = rows.filter((row) => {
    if (wanted && !row.currency.includes(wanted) && !row.name.toLowerCase().includes(wanted)) return false;
    return !hideSmall || !isSmall(row);
  });
  if (!loaded) return <SkeletonRows rows={4} label={t("app.loading")} />;
  return (
    <>
      <div className="balances-bar">
        <span>
          <span className="muted">{t("balances.worth")}</span> <strong className="number">≈ {formats.fixed(worth, 2)} {upper(unit)}</strong>
        </span>
        {detailed && (
          <div className="input">
            <input type="search" aria-label={t("balances.search")} placeholder={t("balances.search")} value={search} onChange={(event) => setSearch(event.target.value)} />
          </div>
        )}
        <Check label={t("balances.hideSmall")} checked={hideSmall} onChange={(chosen) => choose({ hideSmall: chosen })} />
      </div>
      {shown.length === 0 && <Empty text={t("balances.none")} />}
      {shown.length > 0 && (
        <Scroll label={t("balances.title")}>
          <table className="table" data-testid="balances">
            <thead>
              <tr>
                <th>{t("balances.currency")}</th>
                <th className="end">{t("balances.available")}</th>
                <th className="end">{t("balances.held")}</th>
                <th className="end wide-only">{t("balances.total")}</th>
                <th className="end wide-only">{t("balances.value")}</th>
                {detailed && <th className="end wide-only">{t("balances.share")}</th>}
                {detailed && <th className="end wide-only">{t("balances.trade")}</th>}
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <tr key={row.currency} data-currency={row.currency}>
                  <td>
                    <b>{upper(row.currency)}</b> <span className="muted wide-only">{row.name}</span>
                  </td>
                  <td className="end number">{formats.exact(row.available)}</td>
                  <td className="end number">{formats.exact(row.locked)}</td>
                  <td className="end number wide-only">{formats.exact(row.total)}</td>
                  <td className="end number wide-only">{row.value ? `${formats.fixed(row.value, 2)} ${upper(unit)}` : "–"}</td>
                  {detailed && <td className="end number wide-only">{shareOf(row.value, worth, formats.percent)}</td>}
                  {detailed && (
                    <td className="end wide-only">
                      <MarketLink currency={row.currency} markets={markets} />
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </>
  );
}

function isSmall(row: Row): boolean {
  return isZero(row.total) || (row.value !== null && compare(row.value, SMALL) < 0);
}

function shareOf(value: Decimal | null, worth: Decimal, percent: (share: Decimal, digits?: number) => string): string {
  const share = value && divide(value, worth, 6);
  return share ? percent(share, 1) : "–";
}

function MarketLink({ currency, markets }: { currency: string; markets: readonly Market[] }): ReactElement | null {
  const market = markets.find((other) => other.base_unit === currency) ?? markets.find((other) => other.quote_unit === currency);
  return market ? <Link to={`/trading/${market.id}`}>{market.name}</Link> : null;
}
