import { describe, expect, it } from "vitest";

import { add, compare, decimal, divide, multiply, parseDecimal, percentOf, rescale, subtract, toText } from "../src/decimal.ts";
import { localized, plainOf } from "../src/format.ts";

describe("decimals", () => {
  it("adds what floats cannot", () => {
    expect(toText(add(decimal("0.1"), decimal("0.2")))).toBe("0.3");
    expect(toText(subtract(decimal("0.3"), decimal("0.1")))).toBe("0.2");
  });

  it("multiplies exactly, beyond the digits of a float", () => {
    expect(toText(multiply(decimal("123456789012.12345678"), decimal("98765.4321")))).toBe("12193263112460905.347422374638");
  });

  it.each([
    ["1", "3", 4, "down", "0.3333"],
    ["1", "3", 4, "up", "0.3334"],
    ["2", "3", 4, "half-up", "0.6667"],
    ["-2", "3", 2, "down", "-0.66"],
    ["-2", "3", 2, "up", "-0.67"],
    ["0.5", "0.25", 0, "down", "2"],
  ] as const)("divides %s by %s to %i digits rounding %s", (left, right, scale, rounding, expected) => {
    const result = divide(decimal(left), decimal(right), scale, rounding);
    expect(result && toText(result)).toBe(expected);
  });

  it("says nothing about a division by zero", () => {
    expect(divide(decimal("1"), decimal("0.00"), 2)).toBeNull();
  });

  it("compares across scales", () => {
    expect(compare(decimal("1.10"), decimal("1.1"))).toBe(0);
    expect(compare(decimal("-1"), decimal("0.5"))).toBe(-1);
  });

  it("takes percentages exactly", () => {
    expect(toText(percentOf(decimal("0.00000003"), 75))).toBe("0.0000000225");
  });

  it("rounds halves away from zero only when it is asked to", () => {
    expect(toText(rescale(decimal("1.25"), 1, "half-up"))).toBe("1.3");
    expect(toText(rescale(decimal("1.25"), 1))).toBe("1.2");
  });

  it.each(["", ".", "1e3", "0x1", "1,000", "--1", "NaN", "1.2.3"])("reads %j as no number", (text) => {
    expect(parseDecimal(text)).toBeNull();
  });

  it("keeps as many digits as it is told to", () => {
    expect(toText(decimal("1.5"), 3)).toBe("1.500");
    expect(toText(decimal("-0.05"))).toBe("-0.05");
    expect(toText(decimal("100"))).toBe("100");
  });
});

describe("numbers of a locale", () => {
  it("groups digits without touching the fraction", () => {
    expect(localized("1234567.12345678", "en")).toBe("1,234,567.12345678");
    expect(localized("1234567.5", "ru")).toBe("1\u00a0234\u00a0567,5");
  });

  it.each([
    ["1,234.5", "en", "1234.5"],
    ["1 234,5", "ru", "1234.5"],
    ["0.5", "ru", "0.5"],
    [".5", "en", "0.5"],
    ["abc", "en", null],
    ["1.2.3", "en", null],
    ["-1", "en", null],
    ["1,5", "en", null],
    ["1,00.5", "en", null],
    ["1.5,000", "en", null],
    ["1,234,567.89", "en", "1234567.89"],
    ["1.234,5", "ru", "1234.5"],
    ["1.2,5", "ru", null],
    ["1,2,3", "ru", null],
    ["5.", "en", "5"],
  ])("reads %j as typed in %s", (typed, locale, expected) => {
    expect(plainOf(typed, locale)).toBe(expected);
  });
});
