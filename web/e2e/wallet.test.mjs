// The wallet in a real browser, with real coins of private chains: in by the faucet, traded, and out again. One exchange
// for all, so the order of the tests matters. Coins arrive and leave at the pace of blocks, hence the patience.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch } from "./browser.mjs";
import { missingChains, startExchange } from "./exchange.mjs";
import { assertAccessible, authenticatorCode, eventually, openMarket, pinFromMail, place, signIn, signedIn, visitor } from "./support.mjs";

const BLOCKS_MS = 90_000;
/** Nobody's: of the twenty bytes 1 to 20. */
const OUTSIDE = "rltc1qqypqxpq9qcrsszg2pvxq6rs0zqg3yyc5l62ze4";
const GIFT = "5";
// What is not installed cannot be tested here; `make chains` installs it.
const missing = missingChains();
const skip = missing.length > 0 && `not on this machine: ${missing.join(", ")}`;
let exchange;
let browser;
let trader;
let other;
let secret = "";
let codes = [];

before(async () => {
  if (skip) return;
  exchange = await startExchange({ chains: true });
  browser = await launch();
  const members = exchange.members();
  trader = { ...(await visitor(browser, exchange.url)), who: members.trader };
  other = { ...(await visitor(browser, exchange.url, { theme: "light" })), who: members.maker };
  for (const { page, who } of [trader, other]) {
    await signIn(page, who);
    await signedIn(page);
  }
});

after(async () => {
  await browser?.close();
  await exchange?.remove();
});

/** As it is shown, so that no float is in between. */
const available = async (page, currency) => {
  await page.goto("/wallet");
  return page.locator(`[data-testid="balances"] tr[data-currency="${currency}"] td`).nth(1).innerText();
};

const rowState = (page, kind) => page.locator(`[data-testid="${kind}"]`).first().getAttribute("data-state");

test("before there is a second factor the pages say what withdrawing needs", { skip }, async () => {
  const { page } = trader;
  await page.goto("/wallet/withdraw/ltc");
  await page.getByText("Withdrawals need a second factor.").waitFor();
  await page.getByRole("main").getByRole("link", { name: "Security" }).click();
  await page.getByTestId("enable-totp").click();
  secret = (await page.getByTestId("totp-secret").innerText()).trim();
  await page.getByLabel("Code from your authenticator").fill(authenticatorCode(secret));
  await page.getByRole("dialog").getByRole("button", { name: "Turn on" }).click();
  await page.getByRole("heading", { name: "Recovery codes" }).first().waitFor();
  codes = await page.locator(".codes li").allInnerTexts();
  assert.ok(codes.length >= 8, `expected recovery codes, found ${codes.length}`);
  await page.getByRole("button", { name: "Done" }).click();
});

test("coins of the faucet arrive at the address that is shown, and their confirmations are seen to grow", { skip }, async () => {
  const { page } = trader;
  const before = await available(page, "ltc");
  assert.equal(before, "500");
  await page.getByRole("link", { name: "Deposit LTC" }).click();
  const address = await page.getByTestId("address-text").getAttribute("data-address");
  assert.match(address, /^rltc1[0-9a-z]{30,}$/);
  assert.equal((await page.getByTestId("address-text").innerText()).replaceAll(/\s/g, ""), address);
  assert.equal(await page.getByRole("img", { name: `QR code of the address ${address}` }).count(), 1);
  const waits = page.getByTestId("deposit-address").locator(".line", { hasText: "Confirmations before it is credited" });
  assert.equal(await waits.locator("dd").innerText(), "1, and 2 to withdraw it", "what the demo asks of this asset, not of its chain");
  await page.getByTestId("faucet").click();
  await page.getByTestId("deposit").waitFor({ timeout: BLOCKS_MS });
  await page.locator('[data-testid="deposit"][data-state="accepted"], [data-testid="deposit"][data-state="collected"]').waitFor({ timeout: BLOCKS_MS });
  await page.getByText(`${GIFT} LTC: the deposit is credited.`).first().waitFor();
  await page.reload();
  assert.equal(await page.getByTestId("address-text").getAttribute("data-address"), address, "the address stays");
  assert.equal(await available(page, "ltc"), "505");
});

test("what came in is traded", { skip }, async () => {
  await openMarket(other.page, "ltcusdt");
  await place(other.page, { side: "Buy", price: "80", amount: "2" });
  await other.page.getByText("order placed").first().waitFor();
  await openMarket(trader.page, "ltcusdt");
  await place(trader.page, { side: "Sell", price: "80", amount: "2" });
  await trader.page.getByText("filled").first().waitFor();
  await eventually(() => available(trader.page, "ltc"), "503", "two are sold");
});

test("an address is no address, or is added and confirmed by the code from the mail", { skip }, async () => {
  const { page } = trader;
  await page.goto("/wallet/withdraw/ltc");
  await page.getByText("There is no confirmed address for LTC").waitFor();
  await page.getByTestId("new-address").click();
  await page.locator('input[data-field="name"]').fill("Outside");
  await page.locator('input[data-field="address"]').fill(`${OUTSIDE.slice(0, -1)}q`);
  await page.getByTestId("add-address").click();
  await page.getByText("This is no address of this network.").waitFor();
  await page.locator('input[data-field="address"]').fill(OUTSIDE);
  await page.getByTestId("add-address").click();
  await page.getByLabel("Code from the mail").fill("000000");
  await page.getByTestId("confirm-address").click();
  await page.getByText("The code is wrong or too old.").waitFor();
  await page.getByLabel("Code from the mail").fill(await pinFromMail(exchange.url, trader.who.email));
  await page.getByTestId("confirm-address").click();
  await page.getByText("The address is confirmed.").waitFor();
  assert.equal(await page.getByTestId("destination").innerText(), OUTSIDE);
});

test("what cannot be withdrawn is told before it is asked for, and a wrong code takes nothing", { skip }, async () => {
  const { page } = trader;
  const amount = page.locator('input[data-field="amount"]');
  await amount.fill("504");
  await page.getByText("More than you have available.").waitFor();
  await amount.fill("0.001");
  await page.getByText(/^At least/).waitFor();
  assert.equal(await page.getByTestId("withdraw-continue").isDisabled(), true);
  await amount.fill("1");
  assert.equal(await page.getByTestId("receives").innerText(), "0.99 LTC");
  await page.getByTestId("withdraw-continue").click();
  await page.getByRole("button", { name: "Use a recovery code" }).click();
  await page.getByLabel("Recovery code").fill("never-was-one");
  await page.getByTestId("prove").click();
  await page.getByText("The code is wrong, or was used before.").waitFor();
  assert.equal(await page.getByTestId("withdraw").count(), 0);
});

test("a withdrawal leaves, is seen on the chain and is done", { skip }, async () => {
  const { page } = trader;
  await page.getByLabel("Recovery code").fill(codes[0]);
  await page.getByTestId("prove").click();
  await page.getByText("The withdrawal is asked for.").waitFor();
  await page.getByTestId("withdraw").waitFor();
  await page.locator('[data-testid="withdraw"][data-state="succeed"]').waitFor({ timeout: BLOCKS_MS });
  await page.goto("/wallet/history");
  const rows = page.locator('[data-testid="transactions"] tbody tr');
  await eventually(() => rows.count(), 2, "in and out are in the history");
  assert.match(await rows.first().innerText(), /Withdrawal[\s\S]*−1 LTC[\s\S]*Done/);
  assert.equal(await available(page, "ltc"), "502");
});

test("one that somebody must look at can be taken back, and the funds with it", { skip }, async () => {
  const { page } = trader;
  await page.goto("/wallet/withdraw/ltc");
  await page.locator('input[data-field="amount"]').fill("400");
  await page.getByText("Above your limits").waitFor();
  await page.getByTestId("withdraw-continue").click();
  await page.getByRole("button", { name: "Use a recovery code" }).click();
  await page.getByLabel("Recovery code").fill(codes[1]);
  await page.getByTestId("prove").click();
  await eventually(() => rowState(page, "withdraw"), "accepted", "held and waiting");
  assert.equal(await available(page, "ltc"), "102");
  await page.goto("/wallet/withdraw/ltc");
  await page.getByRole("button", { name: "Cancel the withdrawal of 400 LTC" }).click();
  await page.getByTestId("confirm-cancel-withdraw").click();
  await eventually(() => rowState(page, "withdraw"), "canceled", "taken back");
  await eventually(() => available(page, "ltc"), "502", "available again");
});

test("another member is paid at once, proved by a passkey", { skip }, async () => {
  const { page, context } = trader;
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  await page.goto("/account/security");
  await page.getByTestId("add-passkey").click();
  await page.getByLabel("Name of the passkey").fill("Test");
  // The step of half a minute in which it was turned on is used up.
  await page.getByLabel("Code from your authenticator").fill(authenticatorCode(secret, 1));
  await page.getByRole("dialog").getByRole("button", { name: "Add a passkey" }).click();
  await page.getByText("The passkey is added.").waitFor();
  const uid = await other.page.evaluate(async () => (await (await fetch("/api/v2/barong/resource/users/me")).json()).uid);
  const theirs = await available(other.page, "ltc");
  await page.goto("/wallet/transfer");
  await page.getByTestId("choose-currency").click();
  await page.getByRole("dialog").getByRole("button", { name: /LTC/ }).click();
  await page.locator('input[data-field="receiver"]').fill(uid);
  await page.locator('input[data-field="amount"]').fill("0.5");
  await page.getByText("This is more than your limits leave.").waitFor();
  await page.locator('input[data-field="amount"]').fill("0.1");
  await page.getByTestId("transfer-continue").click();
  await page.getByTestId("prove-passkey").click();
  await page.getByText("Transferred.").waitFor();
  await page.getByRole("cell", { name: /^To / }).waitFor();
  await eventually(async () => (await available(other.page, "ltc")) !== theirs, true, "it is there");
});

test("an address is removed from the book", { skip }, async () => {
  const { page } = trader;
  await page.goto("/wallet/addresses");
  await page.getByRole("button", { name: "Remove Outside" }).click();
  await page.getByTestId("confirm-remove").click();
  await page.getByText("No addresses yet").waitFor();
});

test("the wallet's pages keep WCAG AA in both themes, and fit a phone", { skip }, async () => {
  for (const [{ page }, theme] of [[trader, "dark"], [other, "light"]]) {
    await page.locator(".toast").first().waitFor({ state: "detached" });
    for (const path of ["", "/deposit/ltc", "/deposit/usdt", "/withdraw/ltc", "/transfer", "/addresses", "/history", "/history/withdrawals"]) {
      await page.goto(`/wallet${path}`);
      await page.locator(".page-title").waitFor();
      await page.locator(".skeleton").first().waitFor({ state: "detached" });
      await assertAccessible(page, `/wallet${path}, ${theme}`);
    }
  }
  const { page } = trader;
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ["", "/deposit/ltc", "/withdraw/ltc", "/transfer", "/addresses", "/history"]) {
    await page.goto(`/wallet${path}`);
    await page.locator(".skeleton").first().waitFor({ state: "detached" });
    const { wide, width } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, width: innerWidth }));
    assert.ok(wide <= width, `/wallet${path} is ${wide} wide on a phone of ${width}`);
  }
});

test("nothing that was done above broke the page's policy or threw in it", { skip }, () => {
  for (const { complaints } of [trader, other]) assert.deepEqual(complaints.filter((complaint) => !/Failed to load resource/.test(complaint)), []);
});
