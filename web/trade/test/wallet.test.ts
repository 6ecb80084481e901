import { ApiFailure } from "@pyxiu/client";
import { decimal, toText } from "@pyxiu/market";
import { describe, expect, test } from "vitest";

import { canDeposit, canWithdraw, depositNetworks, explorerLink, networkOf } from "../src/app/networks.ts";
import { en } from "../src/i18n/en.ts";
import { failureText } from "../src/i18n/failures.ts";
import { grouped, shortened, splitMemo } from "../src/wallet/addresses.ts";
import { destinationOf, isUsable, resendIn } from "../src/wallet/beneficiaries.ts";
import { confirmationsOf } from "../src/wallet/confirmations.ts";
import { NO_FILTER, spanOf } from "../src/wallet/filters.ts";
import { leftIn, leftOf, limitsOf, usedShare } from "../src/wallet/limits.ts";
import { wordsOf } from "../src/wallet/news.ts";
import { drawn } from "../src/wallet/qr.ts";
import { depositState, isCancelable, isFinalWithdraw, isMoving, withdrawState } from "../src/wallet/states.ts";
import type { Beneficiary, Currency, CurrencyNetwork, Deposit } from "../src/wallet/wire.ts";
import { previewWithdrawal } from "../src/wallet/withdrawal.ts";

const english = (key: keyof typeof en, parameters: Readonly<Record<string, string | number>> = {}): string =>
  en[key].replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(parameters[name] ?? whole));

describe("limits", () => {
  const sums = { last_24_hours: "3412.5", last_1_month: "99000.25", limit_24_hours: "10000.0", limit_1_month: "100000.0" };

  test("what is left is the limit less what was used, of the narrower period", () => {
    const limits = limitsOf(sums);
    expect(toText(limits.day!.left)).toBe("6587.5");
    expect(toText(leftOf(limits)!)).toBe("999.75");
  });

  test("more than all that was allowed leaves nothing, never less", () => {
    const limits = limitsOf({ ...sums, last_24_hours: "10000.01" });
    expect(toText(leftOf(limits)!)).toBe("0");
    expect(usedShare(limits.day!)).toBe(1);
  });

  test("a period without a limit does not bound, and without any there is no number", () => {
    expect(toText(leftOf(limitsOf({ ...sums, limit_1_month: null }))!)).toBe("6587.5");
    expect(leftOf(limitsOf({ ...sums, limit_24_hours: null, limit_1_month: null }))).toBeNull();
  });

  test("in a currency it is cut to its precision, and without a price nothing is claimed", () => {
    const limits = limitsOf({ ...sums, last_1_month: "0.0" });
    expect(toText(leftIn(limits, decimal("81.3"), 4)!)).toBe("81.027");
    expect(leftIn(limits, decimal("0.0"), 4)).toBeNull();
  });
});

describe("the preview of a withdrawal", () => {
  const rules = { available: decimal("10"), fee: decimal("0.0005"), minimum: decimal("0.002"), precision: 8, left: decimal("4") };
  const preview = (amount: string): ReturnType<typeof previewWithdrawal> => previewWithdrawal(decimal(amount), rules, (value) => toText(value));

  test("what arrives is the amount less the fee, to the last digit", () => {
    const found = preview("1.00000001");
    expect(toText(found.receives!)).toBe("0.99950001");
    expect(found.problem).toBeNull();
    expect(found.reviewed).toBe(false);
  });

  test.each([
    ["0", "form.required"],
    ["1.000000001", "form.tooFine"],
    ["10.00000001", "form.insufficient"],
    ["0.0019", "withdraw.belowMinimum"],
  ])("%s is told to be wrong before it is sent", (amount, key) => {
    expect(preview(amount).problem?.key).toBe(key);
  });

  test("an amount that the fee would use up arrives nowhere", () => {
    const found = previewWithdrawal(decimal("0.0005"), { ...rules, minimum: decimal("0") }, (value) => toText(value));
    expect(found.receives).toBeNull();
    expect(found.problem?.key).toBe("withdraw.belowFee");
  });

  test("trailing zeros are not digits", () => {
    expect(preview("1.0000000000").problem).toBeNull();
  });

  test("above the limits it is taken and looked at, not refused", () => {
    expect(preview("4.00000001")).toMatchObject({ reviewed: true, problem: null });
    expect(preview("4")).toMatchObject({ reviewed: false });
  });
});

describe("addresses", () => {
  const ADDRESS = "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9";

  test("groups of four, joined, are the address", () => {
    expect(grouped(ADDRESS)[0]).toBe("ltc1");
    expect(grouped(ADDRESS).join("")).toBe(ADDRESS);
    expect(grouped("")).toEqual([]);
  });

  test("a memo stands apart from the address, and what is no memo stays with it", () => {
    expect(splitMemo("rAddress?dt=4711")).toEqual({ address: "rAddress", memo: "4711" });
    expect(splitMemo(ADDRESS)).toEqual({ address: ADDRESS, memo: null });
    expect(splitMemo("addr?amount=1")).toEqual({ address: "addr?amount=1", memo: null });
  });

  test("only long texts are shortened, and keep both ends", () => {
    expect(shortened(ADDRESS)).toBe("ltc1qw50…gmn4n9");
    expect(shortened("short")).toBe("short");
  });

  test("a QR code is a square of dark rows inside its quiet zone", () => {
    const { size, path } = drawn(ADDRESS);
    // 43 letters take version 4, which has 33 modules; four on each side stay light.
    expect(size).toBe(33 + 8);
    expect(path.startsWith("M4 4h7v1h-7z")).toBe(true);
    expect(drawn(`${ADDRESS}x`).path).not.toBe(path);
  });
});

describe("the address book", () => {
  const entry = { state: "active", usable_from: "2026-01-01T12:00:00Z", data: { address: "a" } } as unknown as Beneficiary;
  const at = (text: string): number => new Date(text).getTime();

  test("a new address waits until its time, and one without a code is not usable at all", () => {
    expect(isUsable(entry, at("2026-01-01T11:59:59Z"))).toBe(false);
    expect(isUsable(entry, at("2026-01-01T12:00:01Z"))).toBe(true);
    expect(isUsable({ ...entry, state: "pending" }, at("2026-01-02T00:00:00Z"))).toBe(false);
  });

  test("a code can be sent again after a minute", () => {
    expect(resendIn("2026-01-01T12:00:00Z", at("2026-01-01T12:00:00.500Z"))).toBe(60);
    expect(resendIn("2026-01-01T12:00:00Z", at("2026-01-01T12:00:59.100Z"))).toBe(1);
    expect(resendIn("2026-01-01T12:00:00Z", at("2026-01-01T12:01:00Z"))).toBe(0);
  });

  test("a bank account is told by its holder, number and bank", () => {
    expect(destinationOf({ ...entry, data: { full_name: "Ann Example", account_number: "DE******1234" } })).toBe("Ann Example, DE******1234");
  });
});

describe("networks", () => {
  const network = (key: string | null, over: Partial<CurrencyNetwork> = {}): CurrencyNetwork =>
    ({ blockchain_key: key, deposit_enabled: true, withdrawal_enabled: true, ...over }) as CurrencyNetwork;
  const coin = (networks: CurrencyNetwork[], over: Partial<Currency> = {}): Currency =>
    ({ type: "coin", deposit_enabled: true, withdrawal_enabled: true, networks, ...over }) as Currency;

  test("nothing is offered that the currency or the network has switched off", () => {
    const usdt = coin([network("a"), network("b", { deposit_enabled: false })]);
    expect(depositNetworks(usdt).map((other) => other.blockchain_key)).toEqual(["a"]);
    expect(canDeposit({ ...usdt, deposit_enabled: false })).toBe(false);
    expect(canDeposit(coin([]))).toBe(false);
    expect(canWithdraw(coin([network("a", { withdrawal_enabled: false })]))).toBe(false);
  });

  test("fiat leaves without a network", () => {
    expect(canWithdraw(coin([network(null)], { type: "fiat" }))).toBe(true);
    expect(canDeposit(coin([network(null)], { type: "fiat" }))).toBe(false);
    expect(networkOf(coin([network(null)], { type: "fiat" }), null)).toBeUndefined();
  });

  test("links to explorers are web addresses with the value in them, and nothing else", () => {
    expect(explorerLink("https://x.example/tx/#{txid}", "txid", "ab/c")).toBe("https://x.example/tx/ab%2Fc");
    expect(explorerLink("javascript:alert(#{txid})", "txid", "ab")).toBeNull();
    expect(explorerLink("https://x.example/", "txid", "ab")).toBeNull();
    expect(explorerLink(null, "txid", "ab")).toBeNull();
    expect(explorerLink("https://x.example/#{txid}", "txid", null)).toBeNull();
  });
});

describe("states and confirmations", () => {
  test("confirmations count up to what is needed, and are not claimed where nobody knows", () => {
    expect(confirmationsOf(3, 6)).toEqual({ seen: 3, needed: 6, share: 0.5 });
    expect(confirmationsOf(9, 6)).toEqual({ seen: 6, needed: 6, share: 1 });
    expect(confirmationsOf(0, 6)).toEqual({ seen: 0, needed: 6, share: 0 });
    expect(confirmationsOf(undefined, 6)).toBeNull();
    expect(confirmationsOf(3, undefined)).toBeNull();
  });

  test("states are told in words, and one without a word as it came", () => {
    expect(withdrawState("succeed", english)).toEqual({ text: "Done", tone: "good", final: true });
    expect(depositState("collected", english).text).toBe(depositState("accepted", english).text);
    expect(depositState("submitted", english, 0)).toEqual({ text: "Waiting for a block", tone: "waiting", final: false });
    expect(depositState("submitted", english, 1).text).toBe(depositState("submitted", english).text);
    expect(depositState("canceled", english, 0).text).toBe("Canceled");
    expect(depositState("brand_new", english)).toEqual({ text: "brand_new", tone: "plain", final: false });
  });

  test("a deposit is watched until it is credited and may leave again", () => {
    const deposit = (state: string, confirmations: number): boolean => isMoving({ state, confirmations, withdrawable_confirmations: 6 } as Deposit);
    expect(deposit("submitted", 9)).toBe(true);
    expect(deposit("accepted", 5)).toBe(true);
    expect(deposit("accepted", 6)).toBe(false);
    expect(deposit("rejected", 0)).toBe(false);
  });

  test("what is on its way cannot be canceled", () => {
    expect(["prepared", "accepted", "processing", "confirming", "succeed"].filter(isCancelable)).toEqual(["prepared", "accepted"]);
    expect(isFinalWithdraw("confirming")).toBe(false);
  });
});

describe("news", () => {
  const deposit = (state: string): Parameters<typeof wordsOf>[0] => ({ kind: "deposit", deposit: { tid: "TID1", state, amount: "2.5", currency: "ltc" } as never });

  test("each step of a deposit is told once, however often it is announced", () => {
    const told = new Set<string>();
    expect(wordsOf(deposit("submitted"), told)?.key).toBe("deposit.coming");
    expect(wordsOf(deposit("submitted"), told)).toBeNull();
    expect(wordsOf(deposit("accepted"), told)).toEqual({ key: "deposit.credited", amount: "2.5", currency: "ltc" });
    expect(wordsOf(deposit("collected"), told)).toBeNull();
  });
});

describe("refusals", () => {
  const told = (code: string, retryAfterS: number | null = null): string => failureText(english, new ApiFailure(422, [code], retryAfterS));

  test("the same reason has the same words, whatever was asked for", () => {
    expect(told("account.withdraw.insufficient_balance")).toBe(told("account.internal_transfer.insufficient_balance"));
    expect(told("account.withdraw_settings.invalid_otp")).toBe(told("account.withdraw.invalid_otp"));
  });

  test("a matter of time says how long", () => {
    expect(told("account.beneficiary.waits", 86_399)).toContain("in 24 h");
    expect(told("account.withdraw.cooling_off", 90)).toContain("2 min");
  });

  test("a code without words is shown as it is", () => {
    expect(told("account.withdraw.brand_new")).toContain("account.withdraw.brand_new");
  });
});

test("the days of a filter are whole days, from the first moment of one to the last of the other", () => {
  const { time_from, time_to } = spanOf({ from: "2026-03-01", to: "2026-03-01" });
  expect(time_to! - time_from!).toBe(24 * 3600);
  expect(spanOf(NO_FILTER)).toEqual({});
});
