/**
 * The candles of one market and period: pages of the API, then the running candle of the stream.
 *
 * Invariant: times ascend without doubles. Limit: numbers, since candles are only drawn; one market and period at a time.
 */

import { Store, type Stream, api, dataOf } from "@pyxiu/client";

export const PERIODS = {
  "1m": 1,
  "5m": 5,
  "15m": 15,
  "30m": 30,
  "1h": 60,
  "2h": 120,
  "4h": 240,
  "6h": 360,
  "12h": 720,
  "1d": 1440,
  "3d": 4320,
  "1w": 10080,
} as const;
export type Period = keyof typeof PERIODS;

/** Unix seconds, open, high, low, close, volume. */
export type Candle = readonly [time: number, open: number, high: number, low: number, close: number, volume: number];

export interface Candles {
  readonly key: string;
  readonly candles: readonly Candle[];
  readonly state: "loading" | "ready" | "failed";
  /** There is nothing earlier to fetch. */
  readonly complete: boolean;
}

const PAGE = 500;

export class CandlesChannel {
  readonly view = new Store<Candles>({ key: "", candles: [], state: "loading", complete: false });
  private leave: (() => void) | null = null;
  private market = "";
  private period: Period = "15m";
  private fetching = false;

  constructor(private readonly stream: Stream) {}

  show(market: string, period: Period): void {
    const key = `${market} ${period}`;
    if (this.view.get().key === key) return;
    this.leave?.();
    this.market = market;
    this.period = period;
    this.fetching = false;
    this.view.set({ key, candles: [], state: "loading", complete: false });
    this.leave = this.stream.subscribe(`${market}.kline-${period}`, {
      opened: () => void this.load(key),
      frame: (payload) => this.add(key, [payload]),
    });
    void this.load(key);
  }

  retry(): void {
    void this.load(this.view.get().key);
  }

  /** The page before the earliest candle there is. */
  async earlier(): Promise<void> {
    const { key, candles, complete } = this.view.get();
    const first = candles[0];
    if (!first || complete || this.fetching) return;
    this.fetching = true;
    const seconds = PERIODS[this.period] * 60;
    try {
      const page = await this.page({ time_from: first[0] - PAGE * seconds, time_to: first[0] - 1, limit: PAGE });
      this.add(key, page, page.length === 0);
    } catch {
      // The chart asks again when it is moved.
    } finally {
      this.fetching = false;
    }
  }

  private async load(key: string): Promise<void> {
    try {
      this.add(key, await this.page({ limit: PAGE }));
    } catch {
      this.view.update((view) => (view.key === key && view.candles.length === 0 ? { ...view, state: "failed" } : view));
    }
  }

  private async page(query: { time_from?: number; time_to?: number; limit: number }): Promise<Candle[]> {
    const path = { market: this.market };
    const period = PERIODS[this.period];
    const rows = await dataOf(
      api.GET("/api/v2/peatio/public/markets/{market}/k-line", { params: { path, query: { period, ...query } } }),
    );
    return rows as unknown as Candle[];
  }

  private add(key: string, come: readonly Candle[], complete?: boolean): void {
    this.view.update((view) => {
      if (view.key !== key) return view;
      return { key, candles: mergedCandles(view.candles, come), state: "ready", complete: complete ?? view.complete };
    });
  }
}

export function mergedCandles(there: readonly Candle[], come: readonly Candle[]): readonly Candle[] {
  const [only] = come;
  const last = there.at(-1);
  if (come.length === 1 && only && last && only[0] >= last[0]) {
    return only[0] === last[0] ? [...there.slice(0, -1), only] : [...there, only];
  }
  const byTime = new Map(there.map((candle) => [candle[0], candle]));
  for (const candle of come) byTime.set(candle[0], candle);
  return [...byTime.values()].sort((a, b) => a[0] - b[0]);
}
