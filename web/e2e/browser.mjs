// One Chromium for scripts and tests. CHROMIUM names another than the first of the usual places.

import { existsSync } from "node:fs";

import { chromium } from "playwright-core";

const PLACES = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
// A container's root has no sandbox; the pages that are opened are our own.
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launch(options = {}) {
  const executablePath = PLACES.find((place) => place && existsSync(place));
  if (!executablePath) throw new Error(`expected a Chromium at one of ${PLACES.filter(Boolean).join(", ")}; CHROMIUM names another`);
  return chromium.launch({ executablePath, args: FLAGS, ...options });
}

/** Collects what a page complains about: exceptions, errors of the console and violations of its policy. */
export function complaintsOf(page) {
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`console: ${message.text()}`);
  });
  return complaints;
}
