/** The tickers of all markets: a page of the API at first, then the stream, which always sends all of them. */

import { Store, type Stream, type StreamSchemas, api, dataOf } from "@pyxiu/client";

/** What is shown of a market's last day, whether the API or the stream has told it. */
export type Ticker = Pick<
  StreamSchemas["TickerEvent"],
  "last" | "open" | "high" | "low" | "volume" | "amount" | "price_change_percent"
>;

export type Tickers = Readonly<Record<string, Ticker>>;

export class TickersChannel {
  readonly all = new Store<Tickers | null>(null);

  constructor(stream: Stream) {
    stream.subscribe("global.tickers", { opened: () => void this.load(), frame: (payload) => this.all.set(payload) });
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
