/** Below the chart: open orders of all markets, history, fills and balances. */

import { Check, Empty, Tabs } from "@pyxiu/ui";
import { type ReactElement, type ReactNode, useState } from "react";
import { Link } from "react-router";

import type { Market } from "../app/catalog.ts";
import { useSession } from "../app/session.ts";
import { useStore } from "../app/stores.ts";
import { useT } from "../i18n/index.ts";
import { orders } from "../live/index.ts";
import { BalancesTable } from "./BalancesTable.tsx";
import { FillsTable, HistoryTable, OpenOrdersTable } from "./OrderTables.tsx";
import { useFreshHistory } from "./mine.ts";

type Tab = "open" | "history" | "fills" | "balances";

export function Activity({ market, markets }: { market: Market; markets: readonly Market[] }): ReactElement {
  const t = useT();
  const { state } = useSession();
  const [tab, setTab] = useState<Tab>("open");
  const [only, setOnly] = useState(false);
  const open = useStore(orders.open);
  useFreshHistory();
  const filter = only ? market.id : null;
  const count = open.orders.length;
  return (
    <section className="activity panel" aria-label={t("orders.panel")}>
      <div className="panel-head">
        <Tabs<Tab>
          label={t("orders.panel")}
          panel="activity-panel"
          choices={[
            { value: "open", label: `${t("orders.open")}${state === "member" ? ` (${count})` : ""}` },
            { value: "history", label: t("orders.history") },
            { value: "fills", label: t("orders.fills") },
            { value: "balances", label: t("orders.balances") },
          ]}
          value={tab}
          onChange={setTab}
        />
        {state === "member" && tab !== "balances" && <Check label={t("orders.thisMarket", { market: market.name })} checked={only} onChange={setOnly} />}
      </div>
      <div className="activity-body" id="activity-panel" role="tabpanel" aria-label={t("orders.panel")}>
        {state === "member" ? <Table tab={tab} filter={filter} markets={markets} /> : <ForVisitors>{t("orders.signIn")}</ForVisitors>}
      </div>
    </section>
  );
}

function Table({ tab, filter, markets }: { tab: Tab; filter: string | null; markets: readonly Market[] }): ReactElement {
  if (tab === "open") return <OpenOrdersTable market={filter} markets={markets} />;
  if (tab === "history") return <HistoryTable market={filter} markets={markets} />;
  if (tab === "fills") return <FillsTable market={filter} markets={markets} />;
  return <BalancesTable markets={markets} />;
}

function ForVisitors({ children }: { children: ReactNode }): ReactElement {
  const t = useT();
  return (
    <Empty text={String(children)}>
      <span className="empty-actions">
        <Link to="/signin" className="button small primary">
          {t("nav.signIn")}
        </Link>
        <Link to="/signup" className="button small outline">
          {t("nav.signUp")}
        </Link>
      </span>
    </Empty>
  );
}
