import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { FIRST_DELAY_MS, LAST_DELAY_MS, type SocketLike, Stream } from "../src/stream.ts";

class FakeSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  readyState = 1;
  sent: string[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.closed = true;
  }

  requests(): unknown[] {
    return this.sent.filter((text) => text !== "ping").map((text) => JSON.parse(text) as unknown);
  }
}

let sockets: FakeSocket[] = [];
const latest = (): FakeSocket => sockets.at(-1) as FakeSocket;

function stream(onSessionEnded = (): void => undefined): Stream {
  return new Stream({
    url: () => "ws://exchange/",
    open: () => {
      sockets.push(new FakeSocket());
      return latest();
    },
    random: () => 1,
    now: () => Date.now(),
    onSessionEnded,
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
});
afterEach(() => vi.useRealTimers());

describe("the stream", () => {
  it("subscribes to what is wanted when it opens, and to the rest as it is asked for", () => {
    const made = stream();
    made.subscribe("btcusdt.trades", { frame: () => undefined });
    made.start();
    latest().onopen?.();
    made.subscribe("global.tickers", { frame: () => undefined });
    expect(latest().requests()).toEqual([
      { event: "subscribe", streams: ["btcusdt.trades"] },
      { event: "subscribe", streams: ["global.tickers"] },
    ]);
  });

  it("hands a book's snapshots and increments to one channel", () => {
    const made = stream();
    const seen: string[] = [];
    made.subscribe("btcusdt.ob-inc", { frame: (_, event) => seen.push(event) });
    made.start();
    latest().onopen?.();
    latest().onmessage?.({ data: '{"btcusdt.ob-snap": {}}' });
    latest().onmessage?.({ data: '{"btcusdt.ob-inc": {}}' });
    latest().onmessage?.({ data: '{"success": {"message": "subscribed", "streams": []}}' });
    expect(seen).toEqual(["btcusdt.ob-snap", "btcusdt.ob-inc"]);
  });

  it("comes back with growing delays, tells its channels, and begins small after a success", () => {
    const made = stream();
    let closed = 0;
    let opened = 0;
    made.subscribe("order", { frame: () => undefined, closed: () => (closed += 1), opened: () => (opened += 1) });
    made.start();
    for (const delay of [FIRST_DELAY_MS, 2 * FIRST_DELAY_MS, 4 * FIRST_DELAY_MS]) {
      latest().onclose?.({ code: 1006 });
      const before = sockets.length;
      vi.advanceTimersByTime(delay - 1);
      expect(sockets.length).toBe(before);
      vi.advanceTimersByTime(1);
      expect(sockets.length).toBe(before + 1);
    }
    latest().onopen?.();
    expect(opened).toBe(1);
    expect(closed).toBe(3);
    latest().onclose?.({ code: 1001 });
    vi.advanceTimersByTime(FIRST_DELAY_MS);
    latest().onopen?.();
    expect(latest().requests()).toEqual([{ event: "subscribe", streams: ["order"] }]);
  });

  it("never waits longer than its limit", () => {
    const made = stream();
    made.start();
    for (let index = 0; index < 20; index += 1) {
      latest().onclose?.({ code: 1006 });
      vi.advanceTimersByTime(LAST_DELAY_MS);
    }
    expect(sockets.length).toBe(21);
  });

  it("leaves a connection on which nothing is heard", () => {
    const made = stream();
    made.start();
    latest().onopen?.();
    vi.advanceTimersByTime(30_000);
    expect(sockets[0]?.closed).toBe(true);
    expect(made.state.get().connection).toBe("waiting");
  });

  it("sends nothing into a socket that is about to close", () => {
    const made = stream();
    made.start();
    latest().onopen?.();
    latest().readyState = 2;
    latest().sent = [];
    made.subscribe("global.tickers", { frame: () => undefined });
    vi.advanceTimersByTime(10_000);
    expect(latest().sent).toEqual([]);
  });

  it("measures the round trip of its own pings", () => {
    const made = stream();
    made.start();
    latest().onopen?.();
    vi.advanceTimersByTime(42);
    latest().onmessage?.({ data: "pong" });
    expect(made.state.get().latencyMs).toBe(42);
  });

  it("says when the session has ended", () => {
    let ended = 0;
    const made = stream(() => (ended += 1));
    made.start();
    latest().onopen?.();
    latest().onclose?.({ code: 4001 });
    expect(ended).toBe(1);
  });

  it("unsubscribes when the last one who wanted a channel leaves", () => {
    const made = stream();
    made.start();
    latest().onopen?.();
    const leaveOne = made.subscribe("global.tickers", { frame: () => undefined });
    const leaveOther = made.subscribe("global.tickers", { frame: () => undefined });
    latest().sent = [];
    leaveOne();
    expect(latest().requests()).toEqual([]);
    leaveOther();
    expect(latest().requests()).toEqual([{ event: "unsubscribe", streams: ["global.tickers"] }]);
  });
});
