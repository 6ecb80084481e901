/** The order book: asks above, bids below, grouped, with bars of the cumulative amount. A click fills the order form. */

import { Segments, SkeletonRows } from "@pyxiu/ui";
import { type Decimal, type Row, type Side, grouped, powerOfTen, toText } from "@pyxiu/market";
import { type KeyboardEvent, type ReactElement, memo, useCallback, useEffect, useMemo, useRef, useState } from "react";

import { type Market, upper } from "../app/catalog.ts";
import { type Formats, useFormats } from "../app/format.ts";
import { useStore } from "../app/stores.ts";
import { useT } from "../i18n/index.ts";
import { book, orders, tickers, trades } from "../live/index.ts";
import { ticket, write } from "./ticket.ts";

const ROW_PX = 20;
const MIDDLE_PX = 34;
const ROWS_MIN = 5;
type Shown = "both" | "bids" | "asks";

export function OrderBook({ market }: { market: Market }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const view = useStore(book.view);
  const [shown, setShown] = useState<Shown>("both");
  const [step, setStep] = useState(1n);
  const [area, height] = useHeight();
  const steps = useSteps(market);
  const ready = view.market === market.id && view.state !== "loading";
  const rows = Math.max(ROWS_MIN, Math.floor((height - MIDDLE_PX) / ROW_PX / (shown === "both" ? 2 : 1)));
  const asks = useMemo(() => (shown === "bids" ? [] : grouped(view.asks, "asks", step, rows)), [view.asks, step, rows, shown]);
  const bids = useMemo(() => (shown === "asks" ? [] : grouped(view.bids, "bids", step, rows)), [view.bids, step, rows, shown]);
  const own = useOwnPrices(market, step);
  const largest = [asks.at(-1)?.total ?? 0n, bids.at(-1)?.total ?? 0n].reduce((a, b) => (a > b ? a : b));
  return (
    <section className="book panel" aria-label={t("book.title")} data-state={view.state} data-testid="book">
      <div className="panel-head">
        <h2 className="panel-title">{t("book.title")}</h2>
        <Segments<Shown>
          label={t("book.sides")}
          className="book-sides"
          choices={[
            { value: "both", label: <SidesIcon shown="both" label={t("book.both")} /> },
            { value: "bids", label: <SidesIcon shown="bids" label={t("book.bids")} /> },
            { value: "asks", label: <SidesIcon shown="asks" label={t("book.asks")} /> },
          ]}
          value={shown}
          onChange={setShown}
        />
        <select className="book-step" aria-label={t("book.group")} value={step.toString()} onChange={(event) => setStep(BigInt(event.target.value))}>
          {steps.map((units) => (
            <option key={units.toString()} value={units.toString()}>
              {formats.exact({ units, scale: market.price_precision })}
            </option>
          ))}
        </select>
      </div>
      <div className="book-head" aria-hidden="true">
        <span>{t("book.price", { currency: upper(market.quote_unit) })}</span>
        <span>{t("book.amount", { currency: upper(market.base_unit) })}</span>
        <span>{t("book.total")}</span>
      </div>
      <div className={`book-body shown-${shown}`} ref={area} onKeyDown={moveAmongRows}>
        {!ready && <SkeletonRows rows={rows * 2} label={t("app.loading")} />}
        {ready && shown !== "bids" && <Rows side="asks" rows={[...asks].reverse()} market={market} largest={largest} own={own.asks} formats={formats} />}
        {ready && <Middle market={market} formats={formats} />}
        {ready && shown !== "asks" && <Rows side="bids" rows={bids} market={market} largest={largest} own={own.bids} formats={formats} />}
      </div>
    </section>
  );
}

interface RowsProps {
  side: Side;
  rows: readonly Row[];
  market: Market;
  largest: bigint;
  own: ReadonlySet<bigint>;
  formats: Formats;
}

function Rows({ side, rows, market, largest, own, formats }: RowsProps): ReactElement {
  const t = useT();
  const best = side === "asks" ? rows.length - 1 : 0;
  if (rows.length === 0) return <div className={`book-rows ${side} none`}>{t("book.empty")}</div>;
  return (
    <div className={`book-rows ${side}`}>
      {rows.map((row, index) => (
        <BookRow
          key={row.price.toString()}
          side={side}
          price={row.price}
          volume={row.volume}
          total={row.total}
          share={largest === 0n ? 0 : Number((row.total * 1000n) / largest)}
          market={market}
          formats={formats}
          own={own.has(row.price)}
          reachable={index === best}
        />
      ))}
    </div>
  );
}

interface BookRowProps {
  side: Side;
  price: bigint;
  volume: bigint;
  total: bigint;
  /** Of the largest total, in thousandths. */
  share: number;
  market: Market;
  formats: Formats;
  own: boolean;
  reachable: boolean;
}

const BookRow = memo(function BookRow({ side, price, volume, total, share, market, formats, own, reachable }: BookRowProps): ReactElement {
  const t = useT();
  const priceScale = market.price_precision;
  const amountScale = market.amount_precision;
  const shownPrice = formats.fixed({ units: price, scale: priceScale }, priceScale);
  const shownVolume = formats.fixed({ units: volume, scale: amountScale }, amountScale);
  return (
    <button
      type="button"
      className={`book-row${own ? " own" : ""}`}
      tabIndex={reachable ? 0 : -1}
      onClick={() => fill(side, { units: price, scale: priceScale }, { units: total, scale: amountScale })}
    >
      <span className="bar" style={{ transform: `scaleX(${share / 1000})` }} />
      <span className="price">
        <span className="hidden">{t(side === "asks" ? "book.ask" : "book.bid")} </span>
        {shownPrice}
      </span>
      <span>{shownVolume}</span>
      <span>{formats.fixed({ units: total, scale: amountScale }, amountScale)}</span>
      {own && <span className="hidden">{t("book.own")}</span>}
    </button>
  );
});

/** The price of the row; and its cumulative amount where none is written yet, which is what it takes to get there. */
function fill(side: Side, price: Decimal, total: Decimal): void {
  const { type, amount } = ticket.get();
  write({
    price: toText(price),
    ...(type === "limit" ? {} : { type: "limit" as const }),
    ...(amount ? {} : { amount: toText(total), side: side === "asks" ? ("buy" as const) : ("sell" as const) }),
  });
}

function Middle({ market, formats }: { market: Market; formats: Formats }): ReactElement {
  const t = useT();
  const view = useStore(book.view);
  const tape = useStore(trades.tape);
  const latest = tape.market === market.id ? tape.trades[0] : undefined;
  const price = latest?.price ?? tickers.all.get()?.[market.id]?.last;
  const ask = view.asks[0];
  const bid = view.bids[0];
  const spread = ask && bid ? { units: ask.price - bid.price, scale: market.price_precision } : null;
  const share = spread && bid ? { units: (spread.units * 1_000_000n) / (bid.price || 1n), scale: 6 } : null;
  const way = latest ? (latest.side === "buy" ? "up" : "down") : "";
  return (
    <div className="book-middle">
      <span className={`number book-last ${way}`}>
        {price ? formats.fixed(price, market.price_precision) : "–"}
        {way && <span aria-hidden="true">{way === "up" ? " ↑" : " ↓"}</span>}
      </span>
      {spread && share && (
        <span className="muted number">
          {t("book.spread")} {formats.fixed(spread, market.price_precision)} ({formats.percent(share)})
        </span>
      )}
    </div>
  );
}

/** Prices at which the member has open orders, rounded as the rows are. */
function useOwnPrices(market: Market, step: bigint): Record<Side, ReadonlySet<bigint>> {
  const { orders: open } = useStore(orders.open);
  return useMemo(() => {
    const own = { asks: new Set<bigint>(), bids: new Set<bigint>() };
    for (const order of open) {
      if (order.market !== market.id || !order.price) continue;
      const [whole = "0", fraction = ""] = order.price.split(".");
      const price = BigInt(whole + fraction.padEnd(market.price_precision, "0").slice(0, market.price_precision));
      const rest = price % step;
      if (order.side === "buy") own.bids.add(price - rest);
      else own.asks.add(rest === 0n ? price : price - rest + step);
    }
    return own;
  }, [open, market, step]);
}

/** From one unit of the price up to about a thousandth of it, in powers of ten. */
function useSteps(market: Market): bigint[] {
  const last = useStore(tickers.all)?.[market.id]?.last;
  const magnitude = last ? Math.max(0, Math.floor(Math.log10(Number(last) || 1)) + market.price_precision) : 3;
  return useMemo(() => Array.from({ length: Math.max(2, Math.min(6, magnitude - 1)) }, (_, index) => powerOfTen(index)), [magnitude]);
}

function useHeight(): [(element: HTMLElement | null) => void, number] {
  const [height, setHeight] = useState(400);
  const observer = useRef<ResizeObserver | null>(null);
  useEffect(() => () => observer.current?.disconnect(), []);
  const attach = useCallback((element: HTMLElement | null) => {
    observer.current?.disconnect();
    if (!element) return;
    observer.current = new ResizeObserver(([entry]) => entry && setHeight(entry.contentRect.height));
    observer.current.observe(element);
  }, []);
  return [attach, height];
}

/** One stop for the tab key on each side; arrows go from row to row. */
function moveAmongRows(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(".book-row")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  event.preventDefault();
}

function SidesIcon({ shown, label }: { shown: Shown; label: string }): ReactElement {
  return (
    <>
      <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true" className="sides-icon">
        {[1, 4, 7, 10].map((y, index) => {
          const side = shown === "both" ? (index < 2 ? "asks" : "bids") : shown;
          return <rect key={y} x="1" y={y} width={index % 2 ? 12 : 8} height="2" className={side} />;
        })}
      </svg>
      <span className="hidden">{label}</span>
    </>
  );
}
