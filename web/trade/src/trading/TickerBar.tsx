/** The market's name, which opens the list of markets, and its day. */

import { Icon, useAway } from "@pyxiu/ui";
import { type ReactElement, type ReactNode, useCallback, useEffect, useRef, useState } from "react";

import { type Market, upper } from "../app/catalog.ts";
import { useFormats } from "../app/format.ts";
import { useStore } from "../app/stores.ts";
import { useT } from "../i18n/index.ts";
import { tickers, trades } from "../live/index.ts";
import { MarketList, openMarkets } from "./MarketList.tsx";

export function TickerBar({ market, markets }: { market: Market; markets: readonly Market[] }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const ticker = useStore(tickers.all)?.[market.id];
  const digits = market.price_precision;
  const way = direction(ticker?.price_change_percent);
  return (
    <section className="ticker panel" aria-label={t("ticker.last")}>
      <MarketChooser market={market} markets={markets} />
      <LastPrice market={market} fallback={ticker?.last} />
      <Figure label={t("ticker.change")}>
        <span className={way}>{ticker ? formats.text(ticker.price_change_percent) : "–"}</span>
      </Figure>
      <Figure label={t("ticker.high")}>{ticker ? formats.fixed(ticker.high, digits) : "–"}</Figure>
      <Figure label={t("ticker.low")}>{ticker ? formats.fixed(ticker.low, digits) : "–"}</Figure>
      <Figure label={t("ticker.volume", { currency: upper(market.base_unit) })}>
        {ticker ? formats.fixed(ticker.amount, Math.min(2, market.amount_precision)) : "–"}
      </Figure>
      <Figure label={t("ticker.volume", { currency: upper(market.quote_unit) })}>
        {ticker ? formats.fixed(ticker.volume, 2) : "–"}
      </Figure>
    </section>
  );
}

export function direction(change: string | undefined): "up" | "down" | "" {
  if (!change || /^[+-]0(\.0+)?%$/.test(change)) return "";
  return change.startsWith("-") ? "down" : "up";
}

function LastPrice({ market, fallback }: { market: Market; fallback: string | undefined }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const tape = useStore(trades.tape);
  const latest = tape.market === market.id ? tape.trades[0] : undefined;
  const price = latest?.price ?? fallback;
  const way = latest ? (latest.side === "buy" ? "up" : "down") : "";
  return (
    <div className="last">
      <span className="hidden">{t("ticker.last")}</span>
      <strong className={`number ${way}`} data-testid="last-price">
        {price ? formats.fixed(price, market.price_precision) : "–"}
      </strong>
    </div>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }): ReactElement {
  return (
    <dl className="figure">
      <dt>{label}</dt>
      <dd className="number">{children}</dd>
    </dl>
  );
}

function MarketChooser({ market, markets }: { market: Market; markets: readonly Market[] }): ReactElement {
  const t = useT();
  const [open, setOpen] = useState(false);
  const area = useRef<HTMLDivElement>(null);
  const close = useCallback(() => setOpen(false), []);
  useAway(area, open, close);
  useEffect(() => {
    openMarkets.tell = () => setOpen(true);
    return () => {
      openMarkets.tell = () => undefined;
    };
  }, []);
  return (
    <div className="chooser" ref={area}>
      <button
        type="button"
        className="chooser-button"
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-label={t("markets.choose", { market: market.name })}
        onClick={() => setOpen(!open)}
      >
        <span className="chooser-name">{market.name}</span>
        <Icon name="down" />
      </button>
      {open && (
        <div className="popover chooser-list" role="dialog" aria-label={t("markets.title")}>
          <MarketList markets={markets} current={market.id} onChosen={close} focus />
        </div>
      )}
    </div>
  );
}
