/** Words in the chosen language. Invariant: a key that a dictionary lacks fails the build. */

import { useSettings } from "../app/settings.ts";
import { type Dictionary, type Key, en } from "./en.ts";
import { ru } from "./ru.ts";

export type { Key } from "./en.ts";
export { failureText } from "./failures.ts";

export const LANGUAGES = { en: "English", ru: "Русский" } as const;
export type Language = keyof typeof LANGUAGES;
const DICTIONARIES: Readonly<Record<Language, Dictionary>> = { en, ru };

export type Parameters = Readonly<Record<string, string | number>>;
export type Translate = (key: Key, parameters?: Parameters) => string;

export function translate(language: Language, key: Key, parameters: Parameters = {}): string {
  return DICTIONARIES[language][key].replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(parameters[name] ?? whole));
}

const TRANSLATORS: Readonly<Record<Language, Translate>> = {
  en: (key, parameters) => translate("en", key, parameters),
  ru: (key, parameters) => translate("ru", key, parameters),
};

export function useT(): Translate {
  return TRANSLATORS[useSettings().language];
}
