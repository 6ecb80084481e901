// How long the trading page's frames take while its book changes 60 times a second.
//
//   node bench/frames.mjs [seconds]
//
// Starts a demo exchange, opens one market in a headless Chromium, and answers the page's stream itself: a snapshot of
// 300 levels a side, then 60 nested increments of eight changed levels a second, each with its checksum, and ten trades
// a second. In the page, a frame's time is what lies between its animation callback and the moment when the browser has
// styled, laid out and painted it (a message posted from the callback arrives after that). Prints percentiles, and the
// share of frames that came late. It exits with 1 when the 95th percentile is 16 ms or more.

import { launch } from "../e2e/browser.mjs";
import { startExchange } from "../e2e/exchange.mjs";

const SECONDS = Number(process.argv[2] ?? 20);
const UPDATES_PER_S = 60;
const LEVELS = 300;
const CHANGES = 8;
const BUDGET_MS = 16;

/** Runs in the page in place of WebSocket. It has the CRC of its own, so that a wrong checksum of the page is noticed. */
function fakeStream({ updatesPerS, levels, changes }) {
  const table = Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value >>> 0;
  });
  const crc = (text) => {
    let sum = 0xffffffff;
    for (const letter of text) sum = table[(sum ^ letter.charCodeAt(0)) & 255] ^ (sum >>> 8);
    return (sum ^ 0xffffffff) >>> 0;
  };
  const middle = 6_400_000;
  const text = (cents) => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0").replace(/0$/, "")}`;
  const book = { asks: [], bids: [] };
  for (let index = 0; index < levels; index += 1) {
    book.asks.push([text(middle + 50 + index * 100), `${(0.05 + (index % 17) / 10).toFixed(4)}`]);
    book.bids.push([text(middle - 50 - index * 100), `${(0.05 + (index % 13) / 10).toFixed(4)}`]);
  }
  const checksum = () => {
    const parts = [];
    for (let index = 0; index < 10; index += 1) for (const side of ["bids", "asks"]) parts.push(book[side][index].join(":"));
    return crc(parts.join(":"));
  };
  globalThis.framesSent = 0;
  globalThis.WebSocket = class {
    constructor() {
      this.readyState = 1;
      this.sequence = 1;
      setTimeout(() => this.onopen?.(), 10);
    }

    send(raw) {
      if (raw === "ping") return this.tell("pong");
      const { event, streams } = JSON.parse(raw);
      for (const stream of event === "subscribe" ? streams : []) if (stream.endsWith(".ob-inc")) this.begin(stream.slice(0, -".ob-inc".length));
    }

    begin(market) {
      clearInterval(this.timer);
      this.sequence = 1;
      this.frame(`${market}.ob-snap`, { ...book, sequence: 1, checksum: checksum() });
      const began = performance.now();
      let sent = 0;
      let trade = 1e12;
      this.timer = setInterval(() => {
        while (sent < ((performance.now() - began) / 1000) * updatesPerS) {
          sent += 1;
          const frame = { asks: [], bids: [] };
          for (let index = 0; index < changes; index += 1) {
            const side = index % 2 ? "asks" : "bids";
            const level = book[side][Math.floor(Math.random() * 24)];
            level[1] = (0.01 + Math.random() * 3).toFixed(4);
            frame[side].push([...level]);
          }
          this.sequence += 1;
          this.frame(`${market}.ob-inc`, { ...frame, sequence: this.sequence, checksum: checksum() });
          globalThis.framesSent = sent;
          if (sent % 6 === 0) {
            trade += 1;
            const price = text(middle + Math.floor(Math.random() * 200) - 100);
            const made = { tid: trade, taker_type: trade % 2 ? "buy" : "sell", date: Math.floor(Date.now() / 1000), price, amount: "0.0123" };
            this.frame(`${market}.trades`, { trades: [made] });
          }
        }
      }, 4);
    }

    frame(name, payload) {
      this.tell(JSON.stringify({ [name]: payload }));
    }

    tell(data) {
      queueMicrotask(() => this.onmessage?.({ data }));
    }

    close() {
      clearInterval(this.timer);
    }
  };
}

/** Runs in the page: the times of all frames of so many seconds. */
function measure(seconds) {
  return new Promise((done) => {
    const work = [];
    const gaps = [];
    const channel = new MessageChannel();
    let began = 0;
    let last = 0;
    channel.port1.onmessage = () => work.push(performance.now() - began);
    const until = performance.now() + seconds * 1000;
    const frame = (now) => {
      if (last) gaps.push(now - last);
      last = now;
      began = performance.now();
      channel.port2.postMessage(0);
      if (began < until) requestAnimationFrame(frame);
      else setTimeout(() => done({ work, gaps }), 100);
    };
    requestAnimationFrame(frame);
  });
}

const percentile = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

const exchange = await startExchange();
const browser = await launch();
let late = true;
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.addInitScript(fakeStream, { updatesPerS: UPDATES_PER_S, levels: LEVELS, changes: CHANGES });
  await page.goto(`${exchange.url}/trading/btcusdt`);
  await page.locator('[data-testid="book"][data-state="live"]').waitFor();
  await page.waitForTimeout(2000);
  const before = await page.evaluate(() => globalThis.framesSent);
  const { work, gaps } = await page.evaluate(measure, SECONDS);
  const updates = (await page.evaluate(() => globalThis.framesSent)) - before;
  const state = await page.getByTestId("book").getAttribute("data-state");
  const p95 = percentile(work, 0.95);
  console.log(`${work.length} frames in ${SECONDS} s, ${updates} book updates (${(updates / SECONDS).toFixed(1)}/s), book ${state}`);
  console.log(`frame ms: p50 ${percentile(work, 0.5).toFixed(1)}, p95 ${p95.toFixed(1)}, p99 ${percentile(work, 0.99).toFixed(1)}, max ${Math.max(...work).toFixed(1)}`);
  console.log(`between frames ms: p50 ${percentile(gaps, 0.5).toFixed(1)}, p95 ${percentile(gaps, 0.95).toFixed(1)}, p99 ${percentile(gaps, 0.99).toFixed(1)}`);
  late = p95 >= BUDGET_MS || state !== "live";
} finally {
  await browser.close();
  await exchange.remove();
}
process.exitCode = late ? 1 : 0;
