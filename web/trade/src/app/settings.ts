/** What a visitor has chosen for this browser. Invariant: kept locally, and unreadable settings fall back to the defaults. */

import { Store } from "@pyxiu/client";
import { useSyncExternalStore } from "react";

import type { Language } from "../i18n/index.ts";
import type { Period } from "../live/candles.ts";

export interface Settings {
  readonly theme: "dark" | "light";
  readonly palette: "green-red" | "blue-orange";
  readonly language: Language;
  readonly confirmOrders: boolean;
  readonly favourites: readonly string[];
  readonly hideSmall: boolean;
  readonly period: Period;
  readonly indicators: readonly Indicator[];
  readonly market: string | null;
}

export type Indicator = "volume" | "ma" | "ema" | "rsi" | "orders" | "fills";

const KEY = "pyxiu.settings";

function defaults(): Settings {
  return {
    theme: matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark",
    palette: "green-red",
    language: navigator.language.startsWith("ru") ? "ru" : "en",
    confirmOrders: true,
    favourites: [],
    hideSmall: false,
    period: "15m",
    indicators: ["volume", "ma", "orders", "fills"],
    market: null,
  };
}

function read(): Settings {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return { ...defaults(), ...(kept as Partial<Settings>) };
  } catch {
    return defaults();
  }
}

export const settings = new Store<Settings>(read());

function show({ theme, palette, language }: Settings): void {
  const root = document.documentElement;
  root.dataset["theme"] = theme;
  root.dataset["palette"] = palette;
  root.lang = language;
}

show(settings.get());
settings.watch(() => {
  show(settings.get());
  localStorage.setItem(KEY, JSON.stringify(settings.get()));
});

export function choose(changes: Partial<Settings>): void {
  settings.update((there) => ({ ...there, ...changes }));
}

export function useSettings(): Settings {
  return useSyncExternalStore(settings.watch, settings.get);
}
