/** Candles or depth, with the choices above them. */

import { Check, Menu, Segments, Tabs } from "@pyxiu/ui";
import { type ReactElement, useEffect, useState } from "react";

import type { Market } from "../app/catalog.ts";
import { type Indicator, choose, settings, useSettings } from "../app/settings.ts";
import { type Key, useT } from "../i18n/index.ts";
import { PERIODS, type Period } from "../live/candles.ts";
import { CandleChart } from "./CandleChart.tsx";
import { DepthChart } from "./DepthChart.tsx";

type Kind = "candles" | "depth";

const INDICATORS: Readonly<Record<Indicator, Key>> = {
  volume: "chart.volume",
  ma: "chart.ma",
  ema: "chart.ema",
  rsi: "chart.rsi",
  orders: "chart.orders",
  fills: "chart.fills",
};

/** Lets the keyboard switch. */
export const chartKeys = { toggle: (): void => undefined };

export function ChartPanel({ market }: { market: Market }): ReactElement {
  const t = useT();
  const { period, indicators } = useSettings();
  const [kind, setKind] = useState<Kind>("candles");
  useEffect(() => {
    chartKeys.toggle = () => setKind((there) => (there === "candles" ? "depth" : "candles"));
    return () => {
      chartKeys.toggle = () => undefined;
    };
  }, []);
  return (
    <section className="chart panel" aria-label={t("chart.title")}>
      <div className="panel-head">
        <Tabs<Kind>
          label={t("chart.title")}
          choices={[
            { value: "candles", label: t("chart.candles") },
            { value: "depth", label: t("chart.depth") },
          ]}
          value={kind}
          onChange={setKind}
        />
        {kind === "candles" && (
          <div className="chart-tools">
            <Segments<Period>
              label={t("chart.period")}
              className="periods"
              choices={(Object.keys(PERIODS) as Period[]).map((value) => ({ value, label: value }))}
              value={period}
              onChange={(chosen) => choose({ period: chosen })}
            />
            <Menu label={t("chart.indicators")} icon="indicator">
              {() => (
                <div className="settings">
                  {(Object.keys(INDICATORS) as Indicator[]).map((indicator) => (
                    <Check key={indicator} label={t(INDICATORS[indicator])} checked={indicators.includes(indicator)} onChange={() => toggle(indicator)} />
                  ))}
                </div>
              )}
            </Menu>
          </div>
        )}
      </div>
      <div className="chart-body">
        {kind === "candles" ? <CandleChart market={market} /> : <DepthChart market={market} />}
      </div>
    </section>
  );
}

function toggle(indicator: Indicator): void {
  const { indicators } = settings.get();
  choose({ indicators: indicators.includes(indicator) ? indicators.filter((other) => other !== indicator) : [...indicators, indicator] });
}
