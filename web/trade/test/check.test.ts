import { Book, decimal } from "@pyxiu/market";
import { describe, expect, it } from "vitest";

import { type Surroundings, check } from "../src/trading/check.ts";
import { EMPTY_TICKET, type Ticket } from "../src/trading/ticket.ts";

const book = new Book(2, 4);
book.load({ asks: [["100.0", "1.0"], ["101.0", "5.0"]], bids: [["99.0", "1.0"]], sequence: 1 });

const AROUND: Surroundings = {
  market: {
    pricePrecision: 2,
    amountPrecision: 4,
    minPrice: decimal("0.01"),
    maxPrice: decimal("0.0"),
    minAmount: decimal("0.001"),
    base: "btc",
  },
  asks: book.asks,
  bids: book.bids,
  fees: { maker: decimal("0.001"), taker: decimal("0.002") },
  available: decimal("1000"),
  language: "en",
  percent: () => "x%",
};

const keys = (ticket: Partial<Ticket>, around: Partial<Surroundings> = {}): string[] =>
  check({ ...EMPTY_TICKET, ...ticket }, { ...AROUND, ...around }).findings.map((finding) => finding.key);

describe("checking an order", () => {
  it("finds nothing wrong with what can be sent, and says what is sent", () => {
    const checked = check({ ...EMPTY_TICKET, price: "100.50", amount: ".5" }, AROUND);
    expect(checked.findings).toEqual([]);
    expect([checked.price, checked.amount]).toEqual(["100.50", "0.5"]);
  });

  it("says nothing about fields that are still empty, and has no preview yet", () => {
    const checked = check(EMPTY_TICKET, AROUND);
    expect(checked.findings).toEqual([]);
    expect(checked.preview).toBeNull();
  });

  it.each([
    [{ price: "abc", amount: "1" }, "form.required"],
    [{ price: "1.005", amount: "1" }, "form.tooFine"],
    [{ price: "0.001", amount: "1" }, "form.tooFine"],
    [{ price: "0", amount: "1" }, "form.priceRange"],
    [{ price: "90", amount: "0.00001" }, "form.tooFine"],
    [{ price: "90", amount: "0.0001" }, "form.tooSmall"],
    [{ price: "90", amount: "12" }, "form.insufficient"],
    [{ price: "100", amount: "1", postOnly: true }, "form.wouldTake"],
    [{ price: "106", amount: "1" }, "form.farPrice"],
    [{ type: "market", amount: "7" }, "form.noLiquidity"],
    [{ type: "market", by: "quote", amount: "1001" }, "form.insufficient"],
  ] as [Partial<Ticket>, string][])("%o: %s", (ticket, key) => {
    expect(keys(ticket)).toContain(key);
  });

  it("counts a sell in base currency", () => {
    expect(keys({ side: "sell", price: "99", amount: "2" }, { available: decimal("1.5") })).toContain("form.insufficient");
    expect(keys({ side: "sell", price: "99", amount: "1.5" }, { available: decimal("1.5") })).toEqual([]);
  });

  it("warns of a far price without forbidding it", () => {
    const [finding] = check({ ...EMPTY_TICKET, price: "106", amount: "1" }, AROUND).findings;
    expect(finding?.mild).toBe(true);
  });

  it("keeps an upper price limit where there is one", () => {
    const market = { ...AROUND.market, maxPrice: decimal("100") };
    expect(keys({ price: "100.01", amount: "1" }, { market })).toContain("form.priceRange");
    expect(keys({ price: "100", amount: "1" }, { market })).toEqual([]);
  });
});
