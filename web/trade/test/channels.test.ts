import type { Channel, Stream } from "@pyxiu/client";
import { describe, expect, it } from "vitest";

import { en } from "../src/i18n/en.ts";
import { ru } from "../src/i18n/ru.ts";
import { BalancesChannel } from "../src/live/balances.ts";
import { BookChannel } from "../src/live/book.ts";
import { type Candle, mergedCandles } from "../src/live/candles.ts";
import { type Order, normal, withOrder } from "../src/live/orders.ts";
import { type TapeTrade, merged } from "../src/live/trades.ts";

/** A channel that is fed whatever a test wants to know about. */
type Fed = Omit<Channel, "frame"> & { readonly frame: (payload: unknown, event: string) => void };

class FakeStream {
  channel: Fed | null = null;
  resynced: string[] = [];

  subscribe(_: string, channel: Fed): () => void {
    this.channel = channel;
    return () => {
      this.channel = null;
    };
  }

  resync(name: string): void {
    this.resynced.push(name);
  }
}

function bookChannel(): { stream: FakeStream; channel: BookChannel } {
  const stream = new FakeStream();
  const channel = new BookChannel(stream as unknown as Stream, (draw) => draw());
  channel.show("btcusdt", 2, 4);
  return { stream, channel };
}

const SNAPSHOT = { asks: [["101.0", "1.0"]], bids: [["99.0", "1.0"]], sequence: 7 };

describe("the book's channel", () => {
  it("is live from the first snapshot on", () => {
    const { stream, channel } = bookChannel();
    expect(channel.view.get().state).toBe("loading");
    stream.channel?.frame(SNAPSHOT, "btcusdt.ob-snap");
    expect(channel.view.get()).toMatchObject({ state: "live", asks: [{ priceText: "101.0" }] });
  });

  it.each([
    ["a gap", { asks: [], bids: [["98.0", "1.0"]], sequence: 9 }],
    ["a wrong checksum", { asks: [], bids: [["98.0", "1.0"]], sequence: 8, checksum: 1 }],
  ])("after %s is stale, asks once for a snapshot, and is live with it", (_, increment) => {
    const { stream, channel } = bookChannel();
    stream.channel?.frame(SNAPSHOT, "btcusdt.ob-snap");
    stream.channel?.frame(increment, "btcusdt.ob-inc");
    stream.channel?.frame({ asks: [], bids: [], sequence: 10 }, "btcusdt.ob-inc");
    expect(channel.view.get().state).toBe("stale");
    expect(stream.resynced).toEqual(["btcusdt.ob-inc"]);
    stream.channel?.frame({ ...SNAPSHOT, sequence: 40 }, "btcusdt.ob-snap");
    expect(channel.view.get().state).toBe("live");
    expect(channel.resyncs.get()).toBe(1);
  });

  it("does not ask forever where nothing helps", () => {
    const { stream } = bookChannel();
    for (let count = 0; count < 20; count += 1) stream.channel?.frame({ ...SNAPSHOT, checksum: 1 }, "btcusdt.ob-snap");
    expect(stream.resynced.length).toBe(5);
  });

  it("is stale while there is no connection", () => {
    const { stream, channel } = bookChannel();
    stream.channel?.frame(SNAPSHOT, "btcusdt.ob-snap");
    stream.channel?.closed?.();
    expect(channel.view.get().state).toBe("stale");
  });
});

const order = (changes: Partial<Order>): Order =>
  ({ id: 1, state: "wait", updated_at: "2026-01-01T00:00:00Z", trades_count: 0, ...changes }) as Order;

describe("open orders", () => {
  it("take the later of two states, whichever comes first", () => {
    const early = order({ trades_count: 0 });
    const late = order({ updated_at: "2026-01-01T00:00:01Z", trades_count: 1 });
    expect(withOrder([early], late)).toEqual([late]);
    expect(withOrder([late], early)).toEqual([late]);
  });

  it("tell states of one second apart by their trades", () => {
    const second = order({ trades_count: 2 });
    expect(withOrder([second], order({ trades_count: 1 }))).toEqual([second]);
  });

  it("lose what has ended, and are newest first", () => {
    expect(withOrder([order({})], order({ state: "done" }))).toEqual([]);
    expect(withOrder([order({ id: 1 })], order({ id: 2 })).map((one) => one.id)).toEqual([2, 1]);
  });

  it("have the same times from the stream as from the API", () => {
    const event = { kind: "bid", order_type: "limit", at: 1767225600 } as const;
    const fromStream = normal({ ...order({}), ...event, created_at: 1767225600, updated_at: 1767225601 });
    expect([fromStream.created_at, fromStream.updated_at]).toEqual(["2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"]);
  });
});

describe("balances", () => {
  it("keep what the stream has told while the API was being asked", async () => {
    const stream = new FakeStream();
    const rows = [
      { currency: "btc", balance: "9.0", locked: "0.0" },
      { currency: "eth", balance: "3.0", locked: "0.0" },
    ];
    const channel = new BalancesChannel(stream as unknown as Stream, async () => {
      stream.channel?.frame({ btc: ["1.5", "0.5"] }, "balances");
      return rows;
    });
    channel.start();
    await channel.load();
    expect(channel.all.get()).toEqual({ btc: { available: "1.5", locked: "0.5" }, eth: { available: "3.0", locked: "0.0" } });
  });

  it("are gone after logging out, whatever answer is still under way", async () => {
    let answer: (rows: { currency: string; balance: string; locked: string }[]) => void = () => undefined;
    const channel = new BalancesChannel(new FakeStream() as unknown as Stream, () => new Promise((resolve) => (answer = resolve)));
    channel.start();
    const loading = channel.load();
    channel.stop();
    answer([{ currency: "btc", balance: "9.0", locked: "0.0" }]);
    await loading;
    expect(channel.all.get()).toBeNull();
  });
});

describe("trades and candles", () => {
  it("have no trade twice, newest first", () => {
    const trade = (id: number): TapeTrade => ({ id, price: "1", amount: "1", side: "buy", at: id });
    expect(merged([trade(2), trade(1)], [trade(3), trade(2)]).map((one) => one.id)).toEqual([3, 2, 1]);
  });

  it("replace the running candle, add the next and join earlier pages in order", () => {
    const candle = (time: number, close = 1): Candle => [time, 1, 1, 1, close, 1];
    expect(mergedCandles([candle(60)], [candle(60, 2)])).toEqual([candle(60, 2)]);
    expect(mergedCandles([candle(60)], [candle(120)])).toEqual([candle(60), candle(120)]);
    expect(mergedCandles([candle(120)], [candle(0), candle(60)]).map((one) => one[0])).toEqual([0, 60, 120]);
  });
});

describe("the dictionaries", () => {
  it("have the same parameters in every language", () => {
    const parameters = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map((match) => match[0]).sort();
    for (const key of Object.keys(en) as (keyof typeof en)[]) expect([key, ...parameters(ru[key])]).toEqual([key, ...parameters(en[key])]);
  });
});
