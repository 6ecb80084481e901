/** Numbers and times in the chosen language. */

import { type Decimal, type Rounding, decimal, formatDecimal, localized, toText } from "@pyxiu/market";

import { useSettings } from "./settings.ts";

export interface Formats {
  readonly language: string;
  /** Exact digits of a text. */
  text: (plain: string) => string;
  /** Cut to `scale` digits. */
  fixed: (value: Decimal | string, scale: number, rounding?: Rounding) => string;
  /** All digits that are not trailing zeros. */
  exact: (value: Decimal | string) => string;
  percent: (share: Decimal, digits?: number) => string;
  /** Of unix seconds or an ISO text. */
  time: (at: number | string) => string;
  dateTime: (at: number | string) => string;
  date: (at: number | string) => string;
}

const made = new Map<string, Formats>();

function make(language: string): Formats {
  const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
  const both = new Intl.DateTimeFormat(language, {
    year: "2-digit",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hour12: false,
  });
  const day = new Intl.DateTimeFormat(language, { year: "numeric", month: "short", day: "numeric" });
  const dateOf = (at: number | string): Date => new Date(typeof at === "number" ? at * 1000 : at);
  const valueOf = (value: Decimal | string): Decimal => (typeof value === "string" ? decimal(value) : value);
  return {
    language,
    text: (plain) => localized(plain, language),
    fixed: (value, scale, rounding) => formatDecimal(valueOf(value), language, scale, rounding),
    exact: (value) => localized(toText(valueOf(value)), language),
    percent: (share, digits = 2) => `${formatDecimal({ units: share.units * 100n, scale: share.scale }, language, digits, "half-up")}%`,
    time: (at) => clock.format(dateOf(at)),
    dateTime: (at) => both.format(dateOf(at)),
    date: (at) => day.format(dateOf(at)),
  };
}

export function useFormats(): Formats {
  const { language } = useSettings();
  let formats = made.get(language);
  if (!formats) {
    formats = make(language);
    made.set(language, formats);
  }
  return formats;
}
