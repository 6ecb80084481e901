/**
 * The candle chart with indicators, the member's open orders as lines and fills as marks.
 *
 * Invariant: the chart object lives as long as the market is shown; data, theme and indicators change inside of it.
 * Limit: numbers here are for pixels only.
 */

import { Button, Empty, SkeletonRows } from "@pyxiu/ui";
import { type ReactElement, useEffect, useRef, useState } from "react";

import type { Market } from "../app/catalog.ts";
import { useFormats } from "../app/format.ts";
import { useSettings } from "../app/settings.ts";
import { useStore } from "../app/stores.ts";
import { useT } from "../i18n/index.ts";
import { candles, orders } from "../live/index.ts";
import { useMyTrades } from "./mine.ts";
import { PriceChart } from "./priceChart.ts";

export function CandleChart({ market }: { market: Market }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const { theme, palette, indicators, period, language } = useSettings();
  const view = useStore(candles.view);
  const open = useStore(orders.open);
  const fills = useMyTrades(market.id);
  const area = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<PriceChart | null>(null);
  const here = view.key === `${market.id} ${period}` ? view : null;

  useEffect(() => {
    if (!area.current || !legend.current) return;
    const made = new PriceChart(area.current, legend.current, market.price_precision, () => void candles.earlier());
    setChart(made);
    return () => made.remove();
  }, [market.price_precision]);
  useEffect(() => chart?.paint(language), [chart, theme, palette, language]);
  useEffect(() => {
    if (here) chart?.show(here.key, here.candles, indicators);
  }, [chart, here, indicators, theme, palette]);
  useEffect(() => {
    const mine = open.orders.filter((order) => order.market === market.id);
    chart?.showOrders(indicators.includes("orders") ? mine : []);
  }, [chart, open, market.id, indicators, theme, palette]);
  useEffect(() => {
    chart?.showFills(indicators.includes("fills") ? fills : [], period);
  }, [chart, fills, indicators, period, theme, palette]);

  const last = here?.candles.at(-1)?.[4];
  const summary = t("chart.summary", {
    market: market.name,
    period,
    price: last === undefined ? "–" : formats.fixed(last.toFixed(market.price_precision), market.price_precision),
  });
  return (
    <>
      <div ref={area} className="chart-area" role="img" aria-label={summary} />
      <div ref={legend} className="chart-legend number" aria-hidden="true" />
      {(!here || here.state === "loading") && (
        <div className="chart-cover">
          <SkeletonRows rows={6} label={t("app.loading")} />
        </div>
      )}
      {here?.state === "failed" && (
        <div className="chart-cover">
          <Empty text={t("app.failed")}>
            <Button small kind="outline" onClick={() => candles.retry()}>
              {t("app.retry")}
            </Button>
          </Empty>
        </div>
      )}
      {here?.state === "ready" && here.candles.length === 0 && (
        <div className="chart-cover">
          <Empty text={t("chart.none")} />
        </div>
      )}
    </>
  );
}
