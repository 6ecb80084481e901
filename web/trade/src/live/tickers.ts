/** The tickers of all markets: a page of the API at first, then the stream, which always sends all of them. */

import { Store, type Stream, api, dataOf } from "@pyxiu/client";

export interface Ticker {
  readonly last: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  /** In quote currency. */
  readonly volume: string;
  /** In base currency. */
  readonly amount: string;
  /** With its sign and the percent sign: `+1.25%`. */
  readonly price_change_percent: string;
}

export type Tickers = Readonly<Record<string, Ticker>>;

export class TickersChannel {
  readonly all = new Store<Tickers | null>(null);

  constructor(stream: Stream) {
    stream.subscribe("global.tickers", { opened: () => void this.load(), frame: (payload) => this.all.set(payload as Tickers) });
    void this.load();
  }

  private async load(): Promise<void> {
    try {
      const entries = await dataOf(api.GET("/api/v2/peatio/public/markets/tickers"));
      this.all.set(Object.fromEntries(Object.entries(entries).map(([market, entry]) => [market, entry.ticker])));
    } catch {
      // The stream brings them, or the next connection asks again.
    }
  }
}
