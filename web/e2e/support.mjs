// What the tests of the terminal share: pages with their complaints, mails, codes of an authenticator, accessibility.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { complaintsOf } from "./browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WAIT_MS = 20_000;

/** A visitor with an own browser profile. */
export async function visitor(browser, url, { theme = "dark", viewport = { width: 1440, height: 900 }, settings = {} } = {}) {
  const context = await browser.newContext({ viewport, colorScheme: theme, baseURL: url });
  context.setDefaultTimeout(WAIT_MS);
  await context.addInitScript((chosen) => {
    if (!localStorage.getItem("pyxiu.settings")) localStorage.setItem("pyxiu.settings", JSON.stringify(chosen));
  }, { language: "en", theme, ...settings });
  const page = await context.newPage();
  return { page, context, complaints: complaintsOf(page) };
}

export async function signIn(page, { email, password }) {
  await page.goto("/signin");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Log in", exact: true }).click();
}

export async function signedIn(page) {
  await page.getByRole("button", { name: "Account" }).waitFor();
}

export async function openMarket(page, market) {
  await page.goto(`/trading/${market}`);
  await page.locator('[data-testid="book"][data-state="live"]').waitFor();
}

export async function place(page, { side, price, amount }) {
  await page.getByRole("radio", { name: side, exact: true }).click();
  await page.locator('input[data-field="price"]').fill(price);
  await page.locator('input[data-field="amount"]').fill(amount);
  await page.getByTestId("submit-order").click();
  await page.getByTestId("confirm-order").click();
}

/** The newest mail to an address with a link that has this parameter. */
export async function linkFromMail(url, to, parameter) {
  const until = Date.now() + WAIT_MS;
  while (Date.now() < until) {
    const { mails } = await (await fetch(`${url}/dev/mail.json?to=${encodeURIComponent(to)}`)).json();
    for (const mail of mails) {
      const link = new RegExp(`https?://\\S+[?&]${parameter}=[^\\s&]+\\S*`).exec(JSON.stringify(mail).replaceAll("\\n", " ").replaceAll('"', " "));
      if (link) return new URL(link[0].replaceAll("&amp;", "&"));
    }
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`no mail to ${to} has a link with ${parameter}`);
}

/** The code of the newest mail to an address that has one of six digits. */
export async function pinFromMail(url, to) {
  const until = Date.now() + WAIT_MS;
  while (Date.now() < until) {
    const { mails } = await (await fetch(`${url}/dev/mail.json?to=${encodeURIComponent(to)}`)).json();
    for (const mail of mails) {
      const pin = /\b\d{6}\b/.exec(mail.text ?? "");
      if (pin) return pin[0];
    }
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`no mail to ${to} has a code`);
}

/** The code that an authenticator app shows for a base32 key, `steps` of half a minute from now. */
export function authenticatorCode(secret, steps = 0) {
  const bits = [...secret.toUpperCase().replaceAll("=", "")].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac("sha1", key).update(counter).digest();
  const offset = digest.at(-1) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** WCAG 2.2 A and AA, as far as a program can tell. */
export async function assertAccessible(page, name) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }),
  );
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`).join("\n    ")}`);
  assert.deepEqual(found, [], `${name}:\n${found.join("\n")}`);
}

export const eventually = async (look, expected, what) => {
  const until = Date.now() + WAIT_MS;
  let seen;
  do {
    seen = await look();
    if (seen === expected) return;
    await new Promise((done) => setTimeout(done, 100));
  } while (Date.now() < until);
  assert.equal(seen, expected, what);
};
