/** Cumulative bids and asks around the middle, drawn on a canvas at most once a frame. */

import { toPixels, toText } from "@pyxiu/market";
import { type ReactElement, useEffect, useRef, useState } from "react";

import type { Market } from "../app/catalog.ts";
import { type Formats, useFormats } from "../app/format.ts";
import { useSettings } from "../app/settings.ts";
import { useStore } from "../app/stores.ts";
import { useT } from "../i18n/index.ts";
import { book } from "../live/index.ts";
import type { BookView } from "../live/book.ts";
import { colours } from "./colours.ts";

interface Point {
  readonly price: number;
  readonly total: number;
}

const AXIS_PX = 22;

export function DepthChart({ market }: { market: Market }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const { theme, palette } = useSettings();
  const view = useStore(book.view);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [pointer, setPointer] = useState<number | null>(null);
  useEffect(() => {
    const parent = canvas.current?.parentElement;
    if (!parent) return;
    const observer = new ResizeObserver(([entry]) => entry && setSize({ width: entry.contentRect.width, height: entry.contentRect.height }));
    observer.observe(parent);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (canvas.current && size.width > 0) draw(canvas.current, size, view, market, formats, pointer);
  }, [view, size, market, formats, pointer, theme, palette]);
  const scale = market.price_precision;
  const label = t("chart.depthSummary", {
    market: market.name,
    bid: view.bids[0] ? toText({ units: view.bids[0].price, scale }, scale) : "–",
    ask: view.asks[0] ? toText({ units: view.asks[0].price, scale }, scale) : "–",
  });
  return (
    <canvas
      ref={canvas}
      className="depth-canvas"
      role="img"
      aria-label={label}
      onPointerMove={(event) => setPointer(event.nativeEvent.offsetX)}
      onPointerLeave={() => setPointer(null)}
    />
  );
}

function points(view: BookView, side: "asks" | "bids", market: Market): Point[] {
  let total = 0n;
  return view[side].map((level) => {
    total += level.volume;
    return {
      price: toPixels({ units: level.price, scale: market.price_precision }),
      total: toPixels({ units: total, scale: market.amount_precision }),
    };
  });
}

function draw(canvas: HTMLCanvasElement, size: { width: number; height: number }, view: BookView, market: Market, formats: Formats, pointer: number | null): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(size.width * ratio);
  canvas.height = Math.round(size.height * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const c = colours();
  context.clearRect(0, 0, size.width, size.height);
  const bids = points(view, "bids", market);
  const asks = points(view, "asks", market);
  const bestBid = bids[0];
  const bestAsk = asks[0];
  if (!bestBid || !bestAsk) return;
  const middle = (bestBid.price + bestAsk.price) / 2;
  const reach = Math.min(middle - (bids.at(-1)?.price ?? middle), (asks.at(-1)?.price ?? middle) - middle) || middle * 0.01;
  const visible = (point: Point): boolean => Math.abs(point.price - middle) <= reach * 1.0001;
  const top = Math.max(...[...bids, ...asks].filter(visible).map((point) => point.total)) * 1.1;
  const bottom = size.height - AXIS_PX;
  const x = (price: number): number => ((price - (middle - reach)) / (2 * reach)) * size.width;
  const y = (total: number): number => bottom - (total / top) * (bottom - 12);
  const stairs = (side: readonly Point[], edge: number, line: string, fill: string): void => {
    const first = side[0];
    if (!first) return;
    context.beginPath();
    context.moveTo(x(first.price), bottom);
    let height = bottom;
    for (const point of side) {
      context.lineTo(x(point.price), height);
      height = y(point.total);
      context.lineTo(x(point.price), height);
      if (!visible(point)) break;
    }
    context.lineTo(edge, height);
    context.strokeStyle = line;
    context.lineWidth = 1.5;
    context.stroke();
    context.lineTo(edge, bottom);
    context.closePath();
    context.fillStyle = fill;
    context.fill();
  };
  stairs(bids, 0, c.up, c.upBar);
  stairs(asks, size.width, c.down, c.downBar);
  context.font = `11px ${c.font}`;
  context.fillStyle = c.muted;
  context.strokeStyle = c.line;
  context.beginPath();
  context.moveTo(0, bottom + 0.5);
  context.lineTo(size.width, bottom + 0.5);
  context.stroke();
  const price = (value: number): string => formats.fixed(Math.max(value, 0).toFixed(market.price_precision), market.price_precision);
  for (const share of [0.1, 0.3, 0.5, 0.7, 0.9]) {
    context.textAlign = "center";
    context.fillText(price(middle + (share - 0.5) * 2 * reach), share * size.width, size.height - 7);
  }
  for (const share of [0.25, 0.5, 0.75]) {
    context.textAlign = "right";
    context.fillText(formats.fixed((top * share).toFixed(4), 2), size.width - 6, y(top * share) + 4);
  }
  if (pointer === null) return;
  const at = middle - reach + (pointer / size.width) * 2 * reach;
  const side = at < middle ? bids : asks;
  const passed = side.filter((point) => (at < middle ? point.price >= at : point.price <= at)).at(-1);
  context.strokeStyle = c.muted;
  context.setLineDash([3, 3]);
  context.beginPath();
  context.moveTo(pointer, 0);
  context.lineTo(pointer, bottom);
  context.stroke();
  context.setLineDash([]);
  context.fillStyle = c.text;
  context.textAlign = pointer > size.width / 2 ? "right" : "left";
  const words = `${price(at)}   ${formats.fixed((passed?.total ?? 0).toFixed(market.amount_precision), market.amount_precision)}`;
  context.fillText(words, pointer + (pointer > size.width / 2 ? -8 : 8), 18);
}
