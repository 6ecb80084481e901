/** Orders and fills of all markets. */

import { Tabs } from "@pyxiu/ui";
import { type ReactElement, useState } from "react";

import { useMarkets } from "../app/catalog.ts";
import { useT } from "../i18n/index.ts";
import { StaleBar } from "../layout/ConnectionStatus.tsx";
import { FillsTable, HistoryTable, OpenOrdersTable } from "../trading/OrderTables.tsx";
import { useFreshHistory } from "../trading/mine.ts";

type Tab = "open" | "history" | "fills";

export function OrdersPage(): ReactElement {
  const t = useT();
  const markets = useMarkets().data ?? [];
  const [tab, setTab] = useState<Tab>("open");
  useFreshHistory();
  return (
    <div className="page">
      <StaleBar />
      <h1 className="page-title">{t("nav.orders")}</h1>
      <section className="panel">
        <div className="panel-head">
          <Tabs<Tab>
            label={t("nav.orders")}
            panel="orders-panel"
            choices={[
              { value: "open", label: t("orders.open") },
              { value: "history", label: t("orders.history") },
              { value: "fills", label: t("orders.fills") },
            ]}
            value={tab}
            onChange={setTab}
          />
        </div>
        <div id="orders-panel" role="tabpanel" aria-label={t("nav.orders")}>
          {tab === "open" && <OpenOrdersTable market={null} markets={markets} />}
          {tab === "history" && <HistoryTable market={null} markets={markets} />}
          {tab === "fills" && <FillsTable market={null} markets={markets} />}
        </div>
      </section>
    </div>
  );
}
