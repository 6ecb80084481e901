// Pictures of the main pages in both themes and at a phone's width, into web/screenshots/.
//
//   node e2e/screenshots.mjs [http://localhost:8000 e-mail password]
//
// Without an address it starts a demo exchange of its own, with private chains where their nodes are installed, and lets the
// bots trade for a while.

import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { complaintsOf, launch } from "./browser.mjs";
import { missingChains, startExchange } from "./exchange.mjs";
import { authenticatorCode, pinFromMail } from "./support.mjs";

const folder = resolve(dirname(fileURLToPath(import.meta.url)), "../screenshots");
mkdirSync(folder, { recursive: true });
const [given, email, password] = process.argv.slice(2);
const chains = !given && missingChains().length === 0;
const exchange = given ? null : await startExchange({ bots: true, chains });
const url = given ?? exchange.url;
const trader = given ? { email, password } : exchange.members().trader;
const browser = await launch();

const SIZES = { wide: { width: 1440, height: 900 }, wider: { width: 1920, height: 1080 }, phone: { width: 390, height: 844 } };
const complaints = [];

async function open({ size, theme, palette = "green-red", language = "en", state }) {
  const context = await browser.newContext({ viewport: SIZES[size], storageState: state, colorScheme: theme, deviceScaleFactor: size === "phone" ? 2 : 1 });
  await context.addInitScript(
    (settings) => {
      const there = JSON.parse(localStorage.getItem("pyxiu.settings") ?? "{}");
      localStorage.setItem("pyxiu.settings", JSON.stringify({ ...there, ...settings }));
    },
    { theme, palette, language, period: "1m" },
  );
  const page = await context.newPage();
  complaints.push([page, complaintsOf(page)]);
  return page;
}

async function shot(page, name) {
  await page.waitForTimeout(900);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  console.log(`screenshots/${name}.png`);
}

async function signIn() {
  const page = await open({ size: "wide", theme: "dark" });
  await page.goto(`${url}/signin`);
  await shot(page, "signin-dark");
  await page.getByLabel("E-mail").fill(trader.email);
  await page.getByLabel("Password", { exact: true }).fill(trader.password);
  await page.getByRole("button", { name: "Log in", exact: true }).click();
  await page.getByTestId("submit-order").waitFor();
  await page.goto(`${url}/trading/btcusdt`);
  await page.getByTestId("book").locator(".book-row").first().waitFor();
  for (const [side, share] of [["Buy", 0.998], ["Sell", 1.002]]) {
    await page.getByRole("radio", { name: side, exact: true }).click();
    const last = Number((await page.getByTestId("last-price").innerText()).replaceAll(",", ""));
    await page.locator('input[data-field="price"]').fill((last * share).toFixed(1));
    await page.locator('input[data-field="amount"]').fill("0.05");
    await page.getByTestId("submit-order").click();
    await page.getByTestId("confirm-order").click();
    await page.getByText("order placed").first().waitFor();
  }
  await page.getByRole("tab", { name: "Market", exact: true }).click();
  await page.locator('input[data-field="amount"]').fill("0.02");
  await page.getByTestId("submit-order").click();
  await page.getByTestId("confirm-order").click();
  await page.getByText("filled").first().waitFor();
  const state = await page.context().storageState();
  await page.context().close();
  return state;
}

/** Coins in, one confirmed address and one that waits, coins out: so that the wallet's pages have something to show. */
async function fillWallet(state) {
  const page = await open({ size: "wide", theme: "dark", state });
  await page.goto(`${url}/account/security`);
  await page.getByTestId("enable-totp").click();
  const secret = (await page.getByTestId("totp-secret").innerText()).trim();
  await page.getByLabel("Code from your authenticator").fill(authenticatorCode(secret));
  await page.getByRole("dialog").getByRole("button", { name: "Turn on" }).click();
  await page.getByRole("heading", { name: "Recovery codes" }).first().waitFor();
  const [code] = await page.locator(".codes li").allInnerTexts();
  for (const currency of ["eth", "usdt", "ltc"]) {
    await page.goto(`${url}/wallet/deposit/${currency}`);
    await page.getByTestId("faucet").click();
    await page.getByTestId("deposit").waitFor({ timeout: 60_000 });
  }
  await page.locator('[data-testid="deposit"][data-state="accepted"]').waitFor({ timeout: 60_000 });
  await page.goto(`${url}/wallet/addresses`);
  for (const [name, address] of [["Ledger at home", "rltc1qqypqxpq9qcrsszg2pvxq6rs0zqg3yyc5l62ze4"], ["Old phone", "rltc1qqgpsgpgxquyqjzstpsxsurcszyfpx9q46dn40k"]]) {
    await page.getByTestId("new-address").click();
    await page.getByLabel("Currency").selectOption("ltc");
    await page.locator('input[data-field="name"]').fill(name);
    await page.locator('input[data-field="address"]').fill(address);
    await page.getByTestId("add-address").click();
    await page.getByLabel("Code from the mail").waitFor();
    if (name === "Ledger at home") {
      await page.getByLabel("Code from the mail").fill(await pinFromMail(url, trader.email));
      await page.getByTestId("confirm-address").click();
      await page.getByText("The address is confirmed.").waitFor();
    } else await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  }
  await page.goto(`${url}/wallet/withdraw/ltc`);
  await page.locator('input[data-field="amount"]').fill("1");
  await page.getByTestId("withdraw-continue").click();
  await shot(page, "withdraw-confirm");
  await page.getByRole("button", { name: "Use a recovery code" }).click();
  await page.getByLabel("Recovery code").fill(code);
  await page.getByTestId("prove").click();
  await page.getByText("The withdrawal is asked for.").waitFor();
  await page.context().close();
}

async function trading(options, name, then = async () => {}) {
  const page = await open(options);
  await page.goto(`${url}/trading/btcusdt`);
  await page.locator(".book-row, .chart-area").first().waitFor();
  await then(page);
  await shot(page, name);
  await page.context().close();
}

try {
  const state = await signIn();
  await trading({ size: "wide", theme: "dark", state }, "trading-dark", async (page) => {
    await page.locator('input[data-field="amount"]').fill("0.1");
    await page.locator(".bids .book-row").nth(3).click();
  });
  await trading({ size: "wide", theme: "light", state }, "trading-light");
  await trading({ size: "wide", theme: "dark" }, "trading-visitor");
  await trading({ size: "wider", theme: "dark", state }, "trading-wider", async (page) => page.getByRole("tab", { name: "Balances" }).click());
  await trading({ size: "wide", theme: "light", palette: "blue-orange", language: "ru", state }, "trading-russian-blue-orange", async (page) => {
    await page.getByRole("tab", { name: "Рынок", exact: true }).click();
    await page.locator('input[data-field="amount"]').fill("0,5");
  });
  await trading({ size: "wide", theme: "dark", state }, "trading-depth", async (page) => page.getByRole("tab", { name: "Depth" }).click());
  await trading({ size: "wide", theme: "dark", state }, "trading-markets", async (page) => page.locator(".chooser-button").click());
  await trading({ size: "wide", theme: "dark", state }, "trading-keys", async (page) => page.keyboard.press("?"));
  for (const part of ["chart", "book", "form", "activity"]) {
    await trading({ size: "phone", theme: part === "book" ? "light" : "dark", state }, `phone-${part}`, async (page) => {
      await page.locator(".phone-tabs .tab").nth(["chart", "book", "form", "activity"].indexOf(part)).click();
    });
  }
  if (chains) await fillWallet(state);
  const wallet = ["deposit/ltc", "withdraw/ltc", "transfer", "addresses", "history"].map((path) => [`/wallet/${path}`, `wallet-${path.split("/")[0]}`]);
  for (const [path, name] of [["/wallet", "wallet"], ...wallet, ["/orders", "orders"], ["/account", "account"], ["/account/security", "security"], ["/account/sessions", "sessions"], ["/account/api-keys", "api-keys"], ["/account/activity", "activity"], ["/account/verification", "verification"]]) {
    for (const [size, theme] of name.startsWith("wallet") || name === "security" || name === "orders" ? [["wide", "dark"], ["wide", "light"], ["phone", "dark"]] : [["wide", "dark"]]) {
      const page = await open({ size, theme, state });
      await page.goto(url + path);
      await page.locator(".page-title").waitFor();
      await shot(page, `${name}-${size}-${theme}`);
      await page.context().close();
    }
  }
  for (const [size, theme] of [["wide", "light"], ["phone", "dark"]]) {
    const page = await open({ size, theme });
    await page.goto(`${url}/signup`);
    await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
    await shot(page, `signup-${size}-${theme}`);
    await page.context().close();
  }
} finally {
  await browser.close();
  await exchange?.remove();
}
for (const [, list] of complaints) for (const complaint of new Set(list)) console.log("complaint:", complaint);
