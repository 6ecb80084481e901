/** A currency's round mark: its letters on a colour of its own. Decoration; its name stands beside. */

import type { ReactElement } from "react";

import { upper } from "../app/catalog.ts";

const HUES = 8;
const LETTERS = 4;

/** The same currency has the same colour everywhere. */
export function hueOf(currency: string): number {
  let sum = 7;
  for (const letter of currency) sum = (sum * 31 + letter.charCodeAt(0)) % 9973;
  return sum % HUES;
}

export function CoinMark({ currency }: { currency: string }): ReactElement {
  return (
    <span
      className={`coin hue-${hueOf(currency)}${currency.length >= LETTERS ? " long" : ""}`}
      data-letters={upper(currency).slice(0, LETTERS)}
      aria-hidden="true"
    />
  );
}
