// The terminal in a real browser against a running exchange: from signing up to trading with somebody else, and what
// happens when the exchange goes away in between. One exchange for all, so the order of the tests matters.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch } from "./browser.mjs";
import { startExchange } from "./exchange.mjs";
import { assertAccessible, authenticatorCode, eventually, linkFromMail, openMarket, place, signIn, signedIn, visitor } from "./support.mjs";

const NEW = { email: "newcomer@web.example", password: "Quiet-Harbor-41-Lantern" };
let exchange;
let browser;
let trader;
let other;

before(async () => {
  exchange = await startExchange();
  browser = await launch();
  const members = exchange.members();
  trader = { ...(await visitor(browser, exchange.url)), who: members.trader };
  other = { ...(await visitor(browser, exchange.url, { theme: "light" })), who: members.maker };
});

after(async () => {
  await browser?.close();
  await exchange?.remove();
});

const bookText = (page, side) => page.locator(`.book-rows.${side}`).innerText();
const openOrders = (page) => page.getByTestId("open-order").count();

async function balance(page, currency) {
  await page.getByRole("tab", { name: "Balances" }).click();
  const cells = page.locator(`[data-testid="balances"] tr[data-currency="${currency}"] td`);
  const [available, held] = [await cells.nth(1).innerText(), await cells.nth(2).innerText()];
  await page.getByRole("tab", { name: /Open orders/ }).click();
  return { available, held };
}

test("a visitor sees the market without an account, and nothing of the page breaks its policy", async () => {
  const { page, context, complaints } = await visitor(browser, exchange.url);
  await page.goto("/");
  await page.waitForURL("**/trading/*");
  await page.locator('[data-testid="book"][data-state="live"]').waitFor();
  assert.equal(await page.getByRole("link", { name: "Log in to trade" }).count(), 1);
  await page.keyboard.press("/");
  await page.getByRole("searchbox", { name: "Search markets" }).last().fill("ltc");
  await page.getByRole("dialog").getByRole("link", { name: /LTC/ }).click();
  await page.locator("h1", { hasText: "LTC/USDT" }).waitFor({ state: "attached" });
  await page.keyboard.press("?");
  await page.getByRole("heading", { name: "Keyboard shortcuts" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "Keyboard shortcuts" }).waitFor({ state: "detached" });
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a path that the terminal does not know says so, and one of the API stays the API's", async () => {
  const { page, context } = await visitor(browser, exchange.url);
  await page.goto("/no/such/page");
  await page.getByText("There is no such page.").waitFor();
  const missing = await page.goto("/api/v2/peatio/no/such/path");
  assert.equal(missing.status(), 404);
  assert.match(await missing.text(), /record.not_found/);
  await context.close();
});

test("somebody signs up, confirms by mail, logs in, and is told what trading needs", async () => {
  const { page, context } = await visitor(browser, exchange.url);
  await page.goto("/signup");
  await page.getByLabel("E-mail").fill(NEW.email);
  await page.getByLabel("Password", { exact: true }).fill(NEW.password);
  await page.getByText("I accept the terms").click();
  await page.getByRole("button", { name: "Sign up" }).click();
  await page.getByRole("heading", { name: "Look into your mail" }).waitFor();
  const link = await linkFromMail(exchange.url, NEW.email, "confirmation_token");
  await page.goto(`${link.pathname}${link.search}`);
  await page.getByRole("heading", { name: "Your address is confirmed." }).waitFor();
  assert.equal(new URL(page.url()).search, "", "the token must not stay in the address");
  await signIn(page, NEW);
  await signedIn(page);
  await page.getByText(/Trading needs level/).waitFor();
  await context.close();
});

test("an authenticator is set up and asked for at the next log-in, and a passkey logs in alone", async () => {
  const { page, context } = await visitor(browser, exchange.url);
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  await signIn(page, NEW);
  await signedIn(page);
  await page.goto("/account/security");
  await page.getByTestId("enable-totp").click();
  const secret = (await page.getByTestId("totp-secret").innerText()).trim();
  await page.getByLabel("Code from your authenticator").fill(authenticatorCode(secret));
  await page.getByRole("dialog").getByRole("button", { name: "Turn on" }).click();
  await page.getByRole("heading", { name: "Recovery codes" }).first().waitFor();
  const codes = await page.locator(".codes li").allInnerTexts();
  assert.ok(codes.length >= 8, `expected recovery codes, found ${codes.length}`);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByTestId("add-passkey").click();
  await page.getByLabel("Name of the passkey").fill("Test");
  // The code of this half minute is used up.
  await page.getByLabel("Code from your authenticator").fill(authenticatorCode(secret, 1));
  await page.getByRole("dialog").getByRole("button", { name: "Add a passkey" }).click();
  await page.getByText("The passkey is added.").waitFor();

  await context.clearCookies();
  await page.evaluate(() => localStorage.removeItem("csrfToken"));
  await signIn(page, NEW);
  await page.getByLabel("Code from your authenticator").waitFor();
  await page.getByRole("button", { name: "Use a recovery code" }).click();
  await page.getByLabel("Recovery code").fill(codes[0]);
  await page.getByRole("button", { name: "Log in", exact: true }).click();
  await signedIn(page);

  await context.clearCookies();
  await page.evaluate(() => localStorage.removeItem("csrfToken"));
  await page.goto("/signin");
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await signedIn(page);
  await page.goto("/account/sessions");
  await page.getByText("This device").waitFor();
  await context.close();
});

test("a forgotten password is replaced through the mail", async () => {
  const { page, context } = await visitor(browser, exchange.url);
  await page.goto("/forgot_password");
  await page.getByLabel("E-mail").fill(NEW.email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await page.getByText("a message with a link is on its way").waitFor();
  const link = await linkFromMail(exchange.url, NEW.email, "reset_token");
  await page.goto(`${link.pathname}${link.search}`);
  await page.getByLabel("New password").fill(`${NEW.password}-2`);
  await page.getByLabel("Repeat the password").fill(`${NEW.password}-2`);
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForURL("**/signin");
  await signIn(page, { ...NEW, password: `${NEW.password}-2` });
  await page.getByLabel("Code from your authenticator").waitFor();
  await context.close();
});

test("an order is placed, seen in the book by everybody, and holds its money", async () => {
  await signIn(trader.page, trader.who);
  await signedIn(trader.page);
  await openMarket(trader.page, "ltcusdt");
  await signIn(other.page, other.who);
  await signedIn(other.page);
  await openMarket(other.page, "ltcusdt");
  const before = await balance(trader.page, "usdt");
  await place(trader.page, { side: "Buy", price: "70.5", amount: "2" });
  await trader.page.getByText("order placed").first().waitFor();
  await eventually(() => openOrders(trader.page), 1, "the order is in the list");
  await eventually(async () => (await bookText(other.page, "bids")).includes("70.50"), true, "another browser sees it in the book");
  await trader.page.locator(".bids .book-row.own").waitFor();
  const held = await balance(trader.page, "usdt");
  assert.equal(held.held, "141");
  assert.notEqual(held.available, before.available);
});

test("it is filled by another browser, and both balances move", async () => {
  const before = await balance(trader.page, "ltc");
  await place(other.page, { side: "Sell", price: "70.5", amount: "2" });
  await other.page.getByText("filled").first().waitFor();
  await eventually(() => openOrders(trader.page), 0, "the filled order has left the list");
  await eventually(async () => (await balance(trader.page, "ltc")).available !== before.available, true, "litecoin has come in");
  assert.equal((await balance(trader.page, "usdt")).held, "0");
  await trader.page.getByRole("tab", { name: "Fills" }).click();
  await trader.page.getByRole("cell", { name: "Maker" }).first().waitFor();
  await trader.page.getByRole("tab", { name: /Open orders/ }).click();
  await trader.page.locator(".tape-row", { hasText: "70.50" }).first().waitFor();
});

test("a click on the book fills the form, and the preview walks the book", async () => {
  const { page } = trader;
  await place(other.page, { side: "Sell", price: "80", amount: "1" });
  await place(other.page, { side: "Sell", price: "84", amount: "1" });
  await page.locator(".asks .book-row", { hasText: "84.00" }).click();
  assert.equal(await page.locator('input[data-field="price"]').inputValue(), "84");
  assert.equal(await page.locator('input[data-field="amount"]').inputValue(), "2");
  await eventually(async () => (await page.getByTestId("summary").innerText()).includes("164.0000 USDT"), true, "80 and 84");
  await page.getByRole("tab", { name: "Market", exact: true }).click();
  await page.getByRole("radio", { name: "USDT", exact: true }).last().click();
  await page.locator('input[data-field="amount"]').fill("80");
  await page.getByTestId("submit-order").click();
  await page.getByTestId("confirm-order").click();
  await page.getByText("filled at 80").waitFor();
  await page.getByRole("tab", { name: "Limit", exact: true }).click();
});

test("orders are canceled one by one, and all at once", async () => {
  const { page } = trader;
  for (const price of ["60", "61", "62"]) {
    await place(page, { side: "Buy", price, amount: "1" });
    await page.locator('[data-testid="open-order"]', { hasText: `${price}.00` }).waitFor();
  }
  await page.getByRole("button", { name: /^Cancel Buy 1 at 61/ }).click();
  await eventually(() => openOrders(page), 2, "one less");
  await eventually(async () => (await bookText(other.page, "bids")).includes("61.00"), false, "gone from the other's book");
  await page.getByTestId("cancel-all").click();
  await page.getByTestId("confirm-cancel").click();
  await eventually(() => openOrders(page), 0, "none left");
  assert.equal((await balance(page, "usdt")).held, "0");
});

test("what the exchange refuses is told in words, and nothing is placed", async () => {
  const { page } = trader;
  await place(page, { side: "Buy", price: "75", amount: "1" });
  await eventually(() => openOrders(page), 1, "a resting buy");
  await page.locator('input[data-field="amount"]').fill("99999999");
  await page.getByText("More than you have available.").waitFor();
  assert.equal(await page.getByTestId("submit-order").isDisabled(), true);
  await page.locator('input[data-field="amount"]').fill("0.123456789");
  await page.getByText(/At most 4 digits/).waitFor();
  await page.locator('input[data-field="amount"]').fill("");
});

test("when the exchange goes away the page says so, and is live and right again when it comes back", async () => {
  const { page } = trader;
  await exchange.stop();
  await page.getByTestId("stale").waitFor();
  assert.equal(await page.getByTestId("book").getAttribute("data-state"), "stale");
  await exchange.start();
  await page.locator('[data-testid="book"][data-state="live"]').waitFor();
  await page.getByTestId("stale").waitFor({ state: "detached" });
  await eventually(() => openOrders(page), 1, "the order outlived the restart");
  await place(page, { side: "Buy", price: "74", amount: "1" });
  await eventually(() => openOrders(page), 2, "orders go on");
  await eventually(async () => (await bookText(other.page, "bids")).includes("74.00"), true, "and the other browser is back as well");
});

test("the main pages keep WCAG AA in both themes", async () => {
  for (const { page, name } of [{ page: trader.page, name: "dark" }, { page: other.page, name: "light" }]) {
    await page.locator(".toast").first().waitFor({ state: "detached" });
    await assertAccessible(page, `trading, ${name}`);
    for (const path of ["/wallet", "/orders", "/account", "/account/security", "/account/api-keys", "/account/verification"]) {
      await page.goto(path);
      await page.locator(".page-title").waitFor();
      await page.locator(".skeleton").first().waitFor({ state: "detached" });
      await assertAccessible(page, `${path}, ${name}`);
    }
  }
  for (const theme of ["dark", "light"]) {
    const { page, context } = await visitor(browser, exchange.url, { theme, settings: { palette: "blue-orange" } });
    for (const path of ["/signin", "/signup", "/forgot_password", "/trading/btcusdt"]) {
      await page.goto(path);
      await page.locator("h1").first().waitFor({ state: "attached" });
      await assertAccessible(page, `${path}, ${theme}`);
    }
    await context.close();
  }
});

test("logging out leaves nothing of the member on the page", async () => {
  const { page } = trader;
  await openMarket(page, "ltcusdt");
  await eventually(() => openOrders(page), 2, "still logged in");
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByText("Log in to see your orders and balances.").waitFor();
  assert.equal(await openOrders(page), 0);
  assert.equal(await page.locator(".book-row.own").count(), 0);
});

test("nothing that was done above broke the page's policy or threw in it", () => {
  // The exchange was away for a while, which browsers report as failed connections; and refusals as failed resources.
  const expected = /ERR_CONNECTION|WebSocket connection|Failed to load resource/;
  for (const { complaints } of [trader, other]) assert.deepEqual(complaints.filter((complaint) => !expected.test(complaint)), []);
});
