/** The trading page of one market. Wide screens show everything at once, phones one part at a time. */

import { Tabs } from "@pyxiu/ui";
import { type ReactElement, useEffect, useState } from "react";
import { Navigate, useParams } from "react-router";

import { type Market, useMarkets } from "../app/catalog.ts";
import { useFormats } from "../app/format.ts";
import { choose, useSettings } from "../app/settings.ts";
import { useStore } from "../app/stores.ts";
import { useT } from "../i18n/index.ts";
import { StaleBar } from "../layout/ConnectionStatus.tsx";
import { book, candles, tickers, trades } from "../live/index.ts";
import { Activity } from "./Activity.tsx";
import { ChartPanel } from "./ChartPanel.tsx";
import { MarketList } from "./MarketList.tsx";
import { OrderBook } from "./OrderBook.tsx";
import { OrderForm } from "./OrderForm.tsx";
import { Shortcuts } from "./Shortcuts.tsx";
import { TickerBar } from "./TickerBar.tsx";
import { TradesTape } from "./TradesTape.tsx";
import { write } from "./ticket.ts";

type Part = "chart" | "book" | "form" | "activity";

export function Trading(): ReactElement {
  const t = useT();
  const { market: id } = useParams();
  const markets = useMarkets();
  const market = markets.data?.find((other) => other.id === id?.toLowerCase());
  if (market) return <Terminal key={market.id} market={market} markets={markets.data ?? []} />;
  if (markets.data) return <Navigate to="/" replace />;
  return (
    <div className="page-state" role="status">
      <p>{markets.isPending ? t("app.loading") : t("app.failed")}</p>
      {markets.isError && (
        <button type="button" className="button outline" onClick={() => void markets.refetch()}>
          {t("app.retry")}
        </button>
      )}
    </div>
  );
}

function Terminal({ market, markets }: { market: Market; markets: readonly Market[] }): ReactElement {
  const t = useT();
  const [part, setPart] = useState<Part>("chart");
  const { period } = useSettings();
  useEffect(() => {
    choose({ market: market.id });
    write({ price: "", amount: "" });
    book.show(market.id, market.price_precision, market.amount_precision);
    trades.show(market.id, market.price_precision, market.amount_precision);
  }, [market.id, market.price_precision, market.amount_precision]);
  useEffect(() => candles.show(market.id, period), [market.id, period]);
  return (
    <div className={`terminal part-${part}`}>
      <Title market={market} />
      <h1 className="hidden">{market.name}</h1>
      <StaleBar />
      <aside className="markets-panel panel" aria-label={t("markets.title")}>
        <MarketList markets={markets} current={market.id} />
      </aside>
      <TickerBar market={market} markets={markets} />
      <Tabs<Part>
        label={t("nav.trade")}
        className="phone-tabs"
        choices={[
          { value: "chart", label: t("chart.title") },
          { value: "book", label: t("book.title") },
          { value: "form", label: t("nav.trade") },
          { value: "activity", label: t("nav.orders") },
        ]}
        value={part}
        onChange={setPart}
      />
      <ChartPanel market={market} />
      <OrderBook market={market} />
      <TradesTape market={market} />
      <OrderForm market={market} />
      <Activity market={market} markets={markets} />
      <Shortcuts />
    </div>
  );
}

/** The price in the browser's tab, for whoever has many. */
function Title({ market }: { market: Market }): null {
  const formats = useFormats();
  const last = useStore(tickers.all)?.[market.id]?.last;
  useEffect(() => {
    document.title = last ? `${formats.fixed(last, market.price_precision)} ${market.name} · Pyxiu` : `${market.name} · Pyxiu`;
  }, [last, market, formats]);
  return null;
}
