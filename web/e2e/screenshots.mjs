// Pictures of the main pages in both themes and at a phone's width, into web/screenshots/.
//
//   node e2e/screenshots.mjs [http://localhost:8000 e-mail password]
//
// Without an address it starts a demo exchange of its own and lets the bots trade for a while.

import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { complaintsOf, launch } from "./browser.mjs";
import { startExchange } from "./exchange.mjs";

const folder = resolve(dirname(fileURLToPath(import.meta.url)), "../screenshots");
mkdirSync(folder, { recursive: true });
const [given, email, password] = process.argv.slice(2);
const exchange = given ? null : await startExchange({ bots: true });
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
  for (const [path, name] of [["/balances", "balances"], ["/orders", "orders"], ["/account", "account"], ["/account/security", "security"], ["/account/sessions", "sessions"], ["/account/api-keys", "api-keys"], ["/account/activity", "activity"], ["/account/verification", "verification"]]) {
    for (const [size, theme] of name === "balances" || name === "security" ? [["wide", "dark"], ["wide", "light"], ["phone", "dark"]] : [["wide", "dark"]]) {
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
