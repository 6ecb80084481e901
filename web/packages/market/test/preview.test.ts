import { describe, expect, it } from "vitest";

import { Book, type Pair } from "../src/book.ts";
import { decimal, toText } from "../src/decimal.ts";
import { type Question, affordable, preview } from "../src/preview.ts";
import { pricesIn } from "../src/value.ts";

const MARKET = { pricePrecision: 2, amountPrecision: 4 };
const made = new Book(2, 4);
const ASKS: Pair[] = [["100.0", "1.0"], ["101.0", "1.0"], ["105.0", "2.0"]];
made.load({ asks: ASKS, bids: [["99.0", "1.0"], ["90.0", "1.0"]], sequence: 1 });

function asked(changes: Partial<Question>): Question {
  return {
    side: "buy",
    type: "market",
    price: null,
    amount: null,
    quote: null,
    opposite: changes.side === "sell" ? made.bids : made.asks,
    makerFee: decimal("0.001"),
    takerFee: decimal("0.002"),
    ...changes,
  };
}

describe("a preview", () => {
  it("of a market buy walks the book and takes the fee from what is received", () => {
    const seen = preview(MARKET, asked({ amount: decimal("2") }));
    expect(seen && [toText(seen.total), toText(seen.fee), toText(seen.received)]).toEqual(["201", "0.004", "1.996"]);
    expect(seen && toText(seen.slippage)).toBe("0.005");
    expect(seen?.takes).toBe(true);
  });

  it("of a market buy by quote amount spends no more than that", () => {
    const seen = preview(MARKET, asked({ quote: decimal("150.5") }));
    expect(seen && [toText(seen.amount), toText(seen.total)]).toEqual(["1.5", "150.5"]);
    const cut = preview(MARKET, asked({ quote: decimal("100.009") }));
    expect(cut && [toText(cut.amount), toText(cut.total)]).toEqual(["1", "100"]);
    expect(cut?.shortOfLiquidity).toBe(false);
  });

  it("says when the book cannot fill a market order", () => {
    expect(preview(MARKET, asked({ amount: decimal("9") }))?.shortOfLiquidity).toBe(true);
    expect(preview(MARKET, asked({ quote: decimal("9999") }))?.shortOfLiquidity).toBe(true);
    expect(preview(MARKET, asked({ amount: decimal("1"), opposite: [] }))?.shortOfLiquidity).toBe(true);
  });

  it("of a market sell takes the fee in quote", () => {
    const seen = preview(MARKET, asked({ side: "sell", amount: decimal("1.5") }));
    expect(seen && [toText(seen.total), toText(seen.fee)]).toEqual(["144", "0.288"]);
  });

  it("of a limit order splits into what takes and what rests", () => {
    const seen = preview(MARKET, asked({ type: "limit", price: decimal("100"), amount: decimal("3") }));
    expect(seen && [toText(seen.total), toText(seen.fee)]).toEqual(["300", "0.004"]); // 1 × 0.2 % + 2 × 0.1 %
    const resting = preview(MARKET, asked({ type: "limit", price: decimal("98"), amount: decimal("1") }));
    expect(resting?.takes).toBe(false);
  });

  it("of a limit order without a price or an amount is none", () => {
    expect(preview(MARKET, asked({ type: "limit", amount: decimal("1") }))).toBeNull();
  });
});

describe("what is affordable", () => {
  it("is cut to the market's digits, never rounded up", () => {
    const buy = affordable(MARKET, "buy", decimal("100"), decimal("3"));
    expect(buy && toText(buy)).toBe("33.3333");
    const sell = affordable(MARKET, "sell", decimal("0.99999"), null);
    expect(sell && toText(sell)).toBe("0.9999");
    expect(affordable(MARKET, "buy", decimal("100"), null)).toBeNull();
  });
});

describe("values", () => {
  it("go through a second market where there is no direct one", () => {
    const prices = pricesIn("usdt", [
      { base: "eth", quote: "btc", last: "0.05" },
      { base: "btc", quote: "usdt", last: "60000" },
    ]);
    expect(toText(prices.get("eth") ?? decimal("0"))).toBe("3000");
    expect(prices.has("doge")).toBe(false);
  });
});
