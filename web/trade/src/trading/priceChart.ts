/** The chart library behind our own few words: what to show, in which colours. */

import { exponentialAverage, relativeStrength, simpleAverage } from "@pyxiu/market";
import {
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineSeries,
  LineStyle,
  type MouseEventParams,
  TickMarkType,
  type Time,
  type UTCTimestamp,
  createChart,
  createSeriesMarkers,
} from "lightweight-charts";

import type { Indicator } from "../app/settings.ts";
import { type Candle, PERIODS, type Period } from "../live/candles.ts";
import type { Order } from "../live/orders.ts";
import { type Colours, colours } from "./colours.ts";
import type { MyTrade } from "./mine.ts";

interface Line {
  readonly indicator: Indicator;
  readonly name: string;
  readonly colour: string;
  readonly pane: number;
  readonly values: (closes: readonly number[]) => (number | null)[];
}

const LINES: readonly Line[] = [
  { indicator: "ma", name: "MA 7", colour: "#e0a526", pane: 0, values: (closes) => simpleAverage(closes, 7) },
  { indicator: "ma", name: "MA 25", colour: "#b968d8", pane: 0, values: (closes) => simpleAverage(closes, 25) },
  { indicator: "ema", name: "EMA 12", colour: "#3fa9c9", pane: 0, values: (closes) => exponentialAverage(closes, 12) },
  { indicator: "ema", name: "EMA 26", colour: "#d9743f", pane: 0, values: (closes) => exponentialAverage(closes, 26) },
  { indicator: "rsi", name: "RSI 14", colour: "#8f7ff0", pane: 1, values: (closes) => relativeStrength(closes, 14) },
];
const VISIBLE_CANDLES = 110;
const EARLIER_AT = 20;
const RSI_HEIGHT_PX = 90;

export class PriceChart {
  private readonly chart: IChartApi;
  private readonly candleSeries: ISeriesApi<"Candlestick">;
  private readonly marks: ISeriesMarkersPluginApi<Time>;
  private volume: ISeriesApi<"Histogram"> | null = null;
  private readonly lines = new Map<Line, ISeriesApi<"Line">>();
  private orderLines: IPriceLine[] = [];
  private candles: readonly Candle[] = [];
  private key = "";
  private shown = "";
  private colours: Colours = colours();
  private language = "en";

  constructor(
    area: HTMLElement,
    private readonly legend: HTMLElement,
    private readonly digits: number,
    earlier: () => void,
  ) {
    this.chart = createChart(area, {
      autoSize: true,
      // The attribution stands in the settings: its logo would need an inline style that our policy forbids.
      layout: { attributionLogo: false },
      crosshair: { mode: CrosshairMode.Normal },
      timeScale: { timeVisible: true, secondsVisible: false, rightOffset: 6, minBarSpacing: 2 },
      rightPriceScale: { scaleMargins: { top: 0.12, bottom: 0.22 } },
    });
    const minMove = 10 ** -digits;
    this.candleSeries = this.chart.addSeries(CandlestickSeries, { priceFormat: { type: "price", precision: digits, minMove } });
    this.marks = createSeriesMarkers(this.candleSeries, []);
    this.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range && range.from < EARLIER_AT) earlier();
    });
    this.chart.subscribeCrosshairMove((event) => this.tell(event));
  }

  remove(): void {
    this.chart.remove();
  }

  paint(language: string): void {
    this.language = language;
    this.colours = colours();
    const { surface, line, muted, up, down, font } = this.colours;
    this.chart.applyOptions({
      localization: { locale: language, priceFormatter: this.numbers(), timeFormatter: wholeTime(language) },
      timeScale: { borderColor: line, tickMarkFormatter: tickTime(language) },
      layout: {
        background: { type: ColorType.Solid, color: surface },
        textColor: muted,
        fontFamily: font,
        fontSize: 11,
        panes: { separatorColor: line, separatorHoverColor: line },
      },
      grid: { vertLines: { color: line, style: LineStyle.Solid }, horzLines: { color: line, style: LineStyle.Solid } },
      rightPriceScale: { borderColor: line },
    });
    this.candleSeries.applyOptions({ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, borderVisible: false });
    this.shown = "";
  }

  show(key: string, candles: readonly Candle[], indicators: readonly Indicator[]): void {
    const before = this.candles;
    this.candles = candles;
    const signature = `${key} ${indicators.join()}`;
    const onlyLast = signature === this.shown && candles.length > 0 && isStep(before, candles);
    this.shown = signature;
    if (onlyLast) this.step();
    else this.draw(indicators);
    if (key !== this.key && candles.length > 0) {
      this.key = key;
      this.chart.timeScale().setVisibleLogicalRange({ from: candles.length - VISIBLE_CANDLES, to: candles.length + 6 });
    }
    this.tell(null);
  }

  showOrders(orders: readonly Order[]): void {
    for (const line of this.orderLines) this.candleSeries.removePriceLine(line);
    this.orderLines = orders
      .filter((order) => order.price !== null)
      .map((order) =>
        this.candleSeries.createPriceLine({
          price: Number(order.price),
          color: order.side === "buy" ? this.colours.up : this.colours.down,
          lineStyle: LineStyle.Dashed,
          lineWidth: 1,
          axisLabelVisible: true,
          title: order.remaining_volume,
        }),
      );
  }

  showFills(fills: readonly MyTrade[], period: Period): void {
    const seconds = PERIODS[period] * 60;
    const marks = fills.map((fill) => ({
      time: (Math.floor(new Date(fill.created_at).getTime() / 1000 / seconds) * seconds) as UTCTimestamp,
      position: fill.side === "buy" ? ("belowBar" as const) : ("aboveBar" as const),
      shape: fill.side === "buy" ? ("arrowUp" as const) : ("arrowDown" as const),
      color: fill.side === "buy" ? this.colours.up : this.colours.down,
    }));
    this.marks.setMarkers(marks.sort((a, b) => a.time - b.time));
  }

  private draw(indicators: readonly Indicator[]): void {
    this.candleSeries.setData(this.candles.map(bar));
    this.drawVolume(indicators.includes("volume"));
    const closes = this.candles.map((candle) => candle[4]);
    for (const line of LINES) {
      const there = this.lines.get(line);
      if (!indicators.includes(line.indicator)) {
        if (there) this.chart.removeSeries(there);
        this.lines.delete(line);
        continue;
      }
      const series = there ?? this.addLine(line);
      const values = line.values(closes);
      series.setData(this.candles.flatMap((candle, index) => {
        const value = values[index];
        return value === null || value === undefined ? [] : [{ time: candle[0] as UTCTimestamp, value }];
      }));
    }
  }

  private addLine(line: Line): ISeriesApi<"Line"> {
    const options = {
      color: line.colour,
      lineWidth: 1,
      priceLineVisible: false,
      lastValueVisible: line.pane > 0,
      crosshairMarkerVisible: false,
    } as const;
    const series = this.chart.addSeries(LineSeries, options, line.pane);
    if (line.pane > 0) this.chart.panes()[line.pane]?.setHeight(RSI_HEIGHT_PX);
    this.lines.set(line, series);
    return series;
  }

  private drawVolume(wanted: boolean): void {
    if (!wanted) {
      if (this.volume) this.chart.removeSeries(this.volume);
      this.volume = null;
      return;
    }
    if (!this.volume) {
      this.volume = this.chart.addSeries(HistogramSeries, {
        priceScaleId: "volume",
        priceFormat: { type: "volume" },
        lastValueVisible: false,
        priceLineVisible: false,
      });
      this.volume.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    }
    this.volume.setData(this.candles.map((candle) => this.volumeBar(candle)));
  }

  /** Only the running candle has changed, or a new one has begun. */
  private step(): void {
    const last = this.candles.at(-1);
    if (!last) return;
    this.candleSeries.update(bar(last));
    this.volume?.update(this.volumeBar(last));
    const closes = this.candles.map((candle) => candle[4]);
    for (const [line, series] of this.lines) {
      const value = line.values(closes).at(-1);
      if (value !== null && value !== undefined) series.update({ time: last[0] as UTCTimestamp, value });
    }
  }

  private volumeBar(candle: Candle): { time: UTCTimestamp; value: number; color: string } {
    const rises = candle[4] >= candle[1];
    return { time: candle[0] as UTCTimestamp, value: candle[5], color: translucent(rises ? this.colours.up : this.colours.down) };
  }

  private numbers(): (value: number) => string {
    const digits = { minimumFractionDigits: this.digits, maximumFractionDigits: this.digits };
    return new Intl.NumberFormat(this.language, digits).format;
  }

  private tell(event: MouseEventParams | null): void {
    const candle = event?.time ? this.candles.find((other) => other[0] === event.time) : this.candles.at(-1);
    this.legend.replaceChildren();
    if (!candle) return;
    const number = this.numbers();
    const way = candle[4] >= candle[1] ? "up" : "down";
    for (const [name, value] of [["O", candle[1]], ["H", candle[2]], ["L", candle[3]], ["C", candle[4]]] as const) {
      this.legend.append(piece(name, "muted"), piece(number(value), way));
    }
    const change = candle[1] ? ((candle[4] - candle[1]) / candle[1]) * 100 : 0;
    this.legend.append(piece(`${change >= 0 ? "+" : ""}${change.toFixed(2)}%`, way));
    for (const line of this.lines.keys()) {
      const label = piece(line.name, "");
      label.style.color = line.colour;
      this.legend.append(label);
    }
  }
}

function bar(candle: Candle): { time: UTCTimestamp; open: number; high: number; low: number; close: number } {
  const [time, open, high, low, close] = candle;
  return { time: time as UTCTimestamp, open, high, low, close };
}

/** Where the chart's own would be UTC: the clock on the wall. */
function wholeTime(language: string): (time: Time) => string {
  const format = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false });
  return (time) => format.format(new Date(Number(time) * 1000));
}

function tickTime(language: string): (time: Time, kind: TickMarkType) => string {
  const formats = {
    [TickMarkType.Year]: new Intl.DateTimeFormat(language, { year: "numeric" }),
    [TickMarkType.Month]: new Intl.DateTimeFormat(language, { month: "short" }),
    [TickMarkType.DayOfMonth]: new Intl.DateTimeFormat(language, { day: "numeric", month: "short" }),
    [TickMarkType.Time]: new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hour12: false }),
    [TickMarkType.TimeWithSeconds]: new Intl.DateTimeFormat(language, { timeStyle: "medium", hour12: false }),
  };
  return (time, kind) => formats[kind].format(new Date(Number(time) * 1000));
}

function isStep(before: readonly Candle[], after: readonly Candle[]): boolean {
  const grown = after.length - before.length;
  return before.length > 0 && (grown === 0 || grown === 1) && before[0] === after[0] && before.at(-2) === after.at(-2 - grown);
}

function piece(text: string, name: string): HTMLElement {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  return element;
}

function translucent(colour: string): string {
  return /^#[0-9a-f]{6}$/i.test(colour) ? `${colour}66` : colour;
}
