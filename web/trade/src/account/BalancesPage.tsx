/** All balances. */

import type { ReactElement } from "react";

import { useMarkets } from "../app/catalog.ts";
import { useT } from "../i18n/index.ts";
import { StaleBar } from "../layout/ConnectionStatus.tsx";
import { BalancesTable } from "../trading/BalancesTable.tsx";

export function BalancesPage(): ReactElement {
  const t = useT();
  const markets = useMarkets();
  return (
    <div className="page">
      <StaleBar />
      <h1 className="page-title">{t("balances.title")}</h1>
      <section className="panel">
        <BalancesTable markets={markets.data ?? []} detailed />
      </section>
    </div>
  );
}
