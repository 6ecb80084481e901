/** What the member has: its worth, how it is spread, and each currency with what can be done with it. */

import { ZERO, compare, divide, isZero } from "@pyxiu/market";
import { Check, Empty, Icon, SkeletonRows } from "@pyxiu/ui";
import { type ReactElement, useState } from "react";
import { Link } from "react-router";

import { type Market, upper, useCurrencies, useMarkets } from "../app/catalog.ts";
import { type Formats, useFormats } from "../app/format.ts";
import { canDeposit, canWithdraw } from "../app/networks.ts";
import { choose, useSettings } from "../app/settings.ts";
import { type Translate, useT } from "../i18n/index.ts";
import { Scroll } from "../layout/tables.tsx";
import { type Holding, type Holdings, isSmall, useHoldings } from "../trading/holdings.ts";
import { CoinMark, hueOf } from "./CoinMark.tsx";
import type { Currency } from "./wire.ts";

/** More currencies than this are one part of the bar. */
const PARTS_MAX = 6;

export function Overview(): ReactElement {
  const t = useT();
  const markets = useMarkets().data ?? [];
  const holdings = useHoldings(markets);
  const currencies = useCurrencies().data ?? [];
  if (!holdings.loaded) return <SkeletonRows rows={6} label={t("app.loading")} />;
  return (
    <>
      <Worth holdings={holdings} currencies={currencies} />
      <Assets holdings={holdings} currencies={currencies} markets={markets} />
    </>
  );
}

function Worth({ holdings, currencies }: { holdings: Holdings; currencies: readonly Currency[] }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const { worth, unit, rows } = holdings;
  const valued = rows.filter((row) => row.value && !isZero(row.value)).sort((left, right) => compare(right.value ?? ZERO, left.value ?? ZERO));
  const shares = valued.map((row) => ({ currency: row.currency, share: divide(row.value ?? ZERO, worth, 6) ?? ZERO }));
  const shown = shares.slice(0, PARTS_MAX);
  return (
    <section className="card worth">
      <div className="worth-head">
        <div>
          <div className="muted">{t("balances.worth")}</div>
          <div className="worth-sum number" data-testid="worth">
            ≈ {formats.fixed(worth, 2)} <span className="muted">{upper(unit)}</span>
          </div>
        </div>
        <div className="worth-actions">
          {currencies.some(canDeposit) && (
            <Link className="button primary" to="/wallet/deposit">
              <Icon name="receive" /> {t("wallet.deposit")}
            </Link>
          )}
          {currencies.some(canWithdraw) && (
            <Link className="button" to="/wallet/withdraw">
              <Icon name="send" /> {t("wallet.withdraw")}
            </Link>
          )}
          <Link className="button" to="/wallet/transfer">
            <Icon name="swap" /> {t("wallet.transfer")}
          </Link>
        </div>
      </div>
      {shown.length > 0 && (
        <>
          <div className="allocation" aria-hidden="true">
            {shown.map(({ currency, share }) => (
              <span key={currency} className={`hue-${hueOf(currency)}`} style={{ flexGrow: Number(share.units) }} />
            ))}
          </div>
          <ul className="legend" aria-label={t("wallet.allocation")}>
            {shown.map(({ currency, share }) => (
              <li key={currency}>
                <span className={`legend-dot hue-${hueOf(currency)}`} aria-hidden="true" />
                {upper(currency)} <span className="muted number">{formats.percent(share, 1)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

interface AssetsProps {
  holdings: Holdings;
  currencies: readonly Currency[];
  markets: readonly Market[];
}

function Assets({ holdings, currencies, markets }: AssetsProps): ReactElement {
  const t = useT();
  const formats = useFormats();
  const { hideSmall } = useSettings();
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const shown = holdings.rows.filter((row) => (row.currency.includes(wanted) || row.name.toLowerCase().includes(wanted)) && !(hideSmall && isSmall(row)));
  return (
    <section className="panel">
      <div className="panel-head assets-head">
        <h2 className="panel-title">{t("balances.title")}</h2>
        <div className="assets-filter">
          <div className="input small">
            <span className="prefix">
              <Icon name="search" size={14} />
            </span>
            <input type="search" aria-label={t("balances.search")} placeholder={t("balances.search")} value={search} onChange={(event) => setSearch(event.target.value)} />
          </div>
          <Check label={t("balances.hideSmall")} checked={hideSmall} onChange={(chosen) => choose({ hideSmall: chosen })} />
        </div>
      </div>
      {shown.length === 0 && <Empty text={t("balances.none")} />}
      {shown.length > 0 && (
        <Scroll label={t("balances.title")}>
          <table className="table rows holdings" data-testid="balances">
            <thead>
              <tr>
                <th>{t("balances.currency")}</th>
                <th className="end wide-only">{t("balances.available")}</th>
                <th className="end wide-only">{t("balances.held")}</th>
                <th className="end">{t("balances.total")}</th>
                <th className="end wide-only">{t("balances.value")}</th>
                <th className="end">
                  <span className="hidden">{t("orders.actions")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <AssetRow key={row.currency} row={row} unit={holdings.unit} currency={currencies.find((other) => other.id === row.currency)} markets={markets} t={t} formats={formats} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}

interface AssetRowProps {
  row: Holding;
  unit: string;
  currency: Currency | undefined;
  markets: readonly Market[];
  t: Translate;
  formats: Formats;
}

function AssetRow({ row, unit, currency, markets, t, formats }: AssetRowProps): ReactElement {
  const value = row.value ? `${formats.fixed(row.value, 2)} ${upper(unit)}` : t("wallet.none");
  return (
    <tr data-currency={row.currency}>
      <td>
        <span className="asset">
          <CoinMark currency={row.currency} />
          <span>
            <b>{upper(row.currency)}</b>
            <span className="muted">{row.name}</span>
          </span>
        </span>
      </td>
      <td className="end number wide-only">{formats.exact(row.available)}</td>
      <td className={`end number wide-only${isZero(row.locked) ? " muted" : ""}`}>{formats.exact(row.locked)}</td>
      <td className="end number">
        <span className="asset-total">
          <span>{formats.exact(row.total)}</span>
          <span className="muted phone-only">{value}</span>
          {!isZero(row.locked) && (
            <span className="muted phone-only">
              {t("balances.held")} {formats.exact(row.locked)}
            </span>
          )}
        </span>
      </td>
      <td className="end number wide-only">{value}</td>
      <td className="end">
        <AssetActions currency={currency} id={row.currency} markets={markets} t={t} />
      </td>
    </tr>
  );
}

function AssetActions({ currency, id, markets, t }: { currency: Currency | undefined; id: string; markets: readonly Market[]; t: Translate }): ReactElement {
  const market = markets.find((other) => other.base_unit === id) ?? markets.find((other) => other.quote_unit === id);
  const names = { currency: upper(id) };
  return (
    <span className="row-actions">
      {currency && canDeposit(currency) && (
        <Link className="button small" to={`/wallet/deposit/${id}`} aria-label={t("wallet.depositOf", names)} title={t("wallet.depositOf", names)}>
          <Icon name="receive" size={14} />
          <span className="wide-only">{t("wallet.deposit")}</span>
        </Link>
      )}
      {currency && canWithdraw(currency) && (
        <Link className="button small" to={`/wallet/withdraw/${id}`} aria-label={t("wallet.withdrawOf", names)} title={t("wallet.withdrawOf", names)}>
          <Icon name="send" size={14} />
          <span className="wide-only">{t("wallet.withdraw")}</span>
        </Link>
      )}
      {market && (
        <Link className="button small wide-only" to={`/trading/${market.id}`} aria-label={t("wallet.tradeOf", names)} title={t("wallet.tradeOf", names)}>
          <Icon name="indicator" size={14} />
          {t("balances.trade")}
        </Link>
      )}
    </span>
  );
}
