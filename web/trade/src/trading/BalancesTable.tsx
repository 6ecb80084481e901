/** Balances beside the orders: available, held, total, and what they are worth at the last prices. */

import { Check, Empty, SkeletonRows } from "@pyxiu/ui";
import type { ReactElement } from "react";

import { type Market, upper } from "../app/catalog.ts";
import { useFormats } from "../app/format.ts";
import { choose, useSettings } from "../app/settings.ts";
import { useT } from "../i18n/index.ts";
import { Scroll } from "../layout/tables.tsx";
import { isSmall, useHoldings } from "./holdings.ts";

export function BalancesTable({ markets }: { markets: readonly Market[] }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const { hideSmall } = useSettings();
  const { rows, unit, worth, loaded } = useHoldings(markets);
  const shown = rows.filter((row) => !hideSmall || !isSmall(row));
  if (!loaded) return <SkeletonRows rows={4} label={t("app.loading")} />;
  return (
    <>
      <div className="balances-bar">
        <span>
          <span className="muted">{t("balances.worth")}</span> <strong className="number">≈ {formats.fixed(worth, 2)} {upper(unit)}</strong>
        </span>
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
                <th className="end">{t("balances.valueIn", { currency: upper(unit) })}</th>
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
                  <td className="end number">{row.value ? formats.fixed(row.value, 2) : "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </>
  );
}
