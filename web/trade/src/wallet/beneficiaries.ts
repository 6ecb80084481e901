/** What an entry of the address book is, and whether a withdrawal may go to it. */

import type { Key } from "../i18n/index.ts";
import type { Tone } from "./states.ts";
import type { Beneficiary } from "./wire.ts";

/** A code may be asked for again after this long. */
export const RESEND_AFTER_MS = 60_000;

export function isUsable({ state, usable_from }: Beneficiary, nowMs: number): boolean {
  return state === "active" && !isWaiting(usable_from, nowMs);
}

/** A new address waits before it can be used. */
export function isWaiting(usableFrom: string | null, nowMs: number): boolean {
  return usableFrom !== null && new Date(usableFrom).getTime() > nowMs;
}

/** Where money goes: an address, or an account with its holder. */
export function destinationOf({ data }: Beneficiary): string {
  if (data["address"]) return data["address"];
  return [data["full_name"], data["account_number"], data["bank_name"]].filter(Boolean).join(", ");
}

const STATES: Readonly<Record<string, { key: Key; tone: Tone }>> = {
  pending: { key: "address.pending", tone: "waiting" },
  active: { key: "address.active", tone: "good" },
  aml_processing: { key: "address.checking", tone: "waiting" },
  aml_suspicious: { key: "address.held", tone: "bad" },
};

export function wordOf({ state }: Beneficiary): { key: Key; tone: Tone } | null {
  return STATES[state] ?? null;
}

/** How many whole seconds are left before the code may be sent again. */
export function resendIn(sentAt: string | null, nowMs: number): number {
  if (!sentAt) return 0;
  return Math.max(0, Math.ceil((new Date(sentAt).getTime() + RESEND_AFTER_MS - nowMs) / 1000));
}
