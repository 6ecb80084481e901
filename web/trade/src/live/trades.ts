/** The latest trades of the market on the screen: a page of the API, then the stream. Invariant: no trade twice, newest first. */

import { Store, type Stream, type StreamSchemas, api, dataOf } from "@pyxiu/client";

export interface TapeTrade {
  readonly id: number;
  readonly price: string;
  readonly amount: string;
  readonly side: "buy" | "sell";
  /** Unix seconds. */
  readonly at: number;
}

export interface Tape {
  readonly market: string;
  readonly trades: readonly TapeTrade[];
  readonly loaded: boolean;
  readonly failed: boolean;
}

export const TAPE_LENGTH = 80;
const NOTHING: Tape = { market: "", trades: [], loaded: false, failed: false };

export class TradesChannel {
  readonly tape = new Store<Tape>(NOTHING);
  private leave: (() => void) | null = null;

  constructor(private readonly stream: Stream) {}

  show(market: string, priceScale: number, volumeScale: number): void {
    if (this.tape.get().market === market) return;
    this.leave?.();
    this.tape.set({ ...NOTHING, market });
    this.leave = this.stream.subscribe(`${market}.trades`, {
      // What was traded while nobody listened is in the page.
      opened: () => void this.load(market, priceScale, volumeScale),
      frame: (payload) => this.add(market, payload.trades.map(fromStream)),
    });
    void this.load(market, priceScale, volumeScale);
  }

  private async load(market: string, priceScale: number, volumeScale: number): Promise<void> {
    try {
      const path = { market };
      const page = await dataOf(
        api.GET("/api/v2/peatio/public/markets/{market}/trades", { params: { path, query: { limit: TAPE_LENGTH } } }),
      );
      const trades = page.map((trade): TapeTrade => ({
        id: trade.id,
        // The API has JSON numbers here, with the market's exact digits.
        price: trade.price.toFixed(priceScale),
        amount: trade.amount.toFixed(volumeScale),
        side: trade.taker_type === "sell" ? "sell" : "buy",
        at: trade.created_at,
      }));
      this.add(market, trades);
    } catch {
      this.tape.update((tape) => (tape.market === market ? { ...tape, failed: !tape.loaded } : tape));
    }
  }

  private add(market: string, trades: readonly TapeTrade[]): void {
    this.tape.update((tape) =>
      tape.market === market ? { market, trades: merged(tape.trades, trades), loaded: true, failed: false } : tape,
    );
  }
}

function fromStream(trade: StreamSchemas["PublicTrade"]): TapeTrade {
  return { id: trade.tid, price: trade.price, amount: trade.amount, side: trade.taker_type, at: trade.date };
}

export function merged(there: readonly TapeTrade[], come: readonly TapeTrade[]): TapeTrade[] {
  const byId = new Map(there.map((trade) => [trade.id, trade]));
  for (const trade of come) byId.set(trade.id, trade);
  return [...byId.values()].sort((a, b) => b.id - a.id).slice(0, TAPE_LENGTH);
}
