/** What deposits and withdrawals are doing, in words. Invariant: a state without words is shown as it came. */

import type { Key, Translate } from "../i18n/index.ts";
import type { Deposit } from "./wire.ts";

export type Tone = "good" | "bad" | "waiting" | "plain";

interface Word {
  readonly key: Key;
  readonly tone: Tone;
  /** Nothing changes any more. */
  readonly final?: boolean;
}

const DEPOSIT: Readonly<Record<string, Word>> = {
  submitted: { key: "deposit.submitted", tone: "waiting" },
  accepted: { key: "deposit.accepted", tone: "good", final: true },
  collected: { key: "deposit.accepted", tone: "good", final: true },
  processing: { key: "deposit.accepted", tone: "good", final: true },
  fee_processing: { key: "deposit.accepted", tone: "good", final: true },
  skipped: { key: "deposit.accepted", tone: "good", final: true },
  aml_processing: { key: "deposit.checking", tone: "waiting" },
  aml_suspicious: { key: "deposit.held", tone: "bad" },
  refunding: { key: "deposit.refunding", tone: "waiting" },
  errored: { key: "deposit.held", tone: "bad" },
  canceled: { key: "deposit.canceled", tone: "bad", final: true },
  rejected: { key: "deposit.rejected", tone: "bad", final: true },
};

const WITHDRAW: Readonly<Record<string, Word>> = {
  prepared: { key: "withdraw.prepared", tone: "waiting" },
  accepted: { key: "withdraw.accepted", tone: "waiting" },
  skipped: { key: "withdraw.queued", tone: "waiting" },
  processing: { key: "withdraw.processing", tone: "waiting" },
  confirming: { key: "withdraw.confirming", tone: "waiting" },
  under_review: { key: "withdraw.review", tone: "waiting" },
  to_reject: { key: "withdraw.review", tone: "waiting" },
  errored: { key: "withdraw.looked", tone: "bad" },
  succeed: { key: "withdraw.succeed", tone: "good", final: true },
  canceled: { key: "withdraw.canceled", tone: "plain", final: true },
  rejected: { key: "withdraw.rejected", tone: "bad", final: true },
  failed: { key: "withdraw.failed", tone: "bad", final: true },
};

const TRANSFER: Readonly<Record<string, Word>> = {
  completed: { key: "transfer.completed", tone: "good", final: true },
};

export interface Shown {
  readonly text: string;
  readonly tone: Tone;
  readonly final: boolean;
}

function shown(words: Readonly<Record<string, Word>>, state: string, t: Translate): Shown {
  const word = words[state];
  return word ? { text: t(word.key), tone: word.tone, final: word.final ?? false } : { text: state, tone: "plain", final: false };
}

/** `confirmations`: none means that no block has it, so that it may still be replaced. */
export function depositState(state: string, t: Translate, confirmations?: number): Shown {
  const said = shown(DEPOSIT, state, t);
  return state === "submitted" && confirmations === 0 ? { ...said, text: t("deposit.pending") } : said;
}

export function withdrawState(state: string, t: Translate): Shown {
  return shown(WITHDRAW, state, t);
}

export function transferState(state: string, t: Translate): Shown {
  return shown(TRANSFER, state, t);
}

/** Whether confirmations still count: until it is credited, and until it can be withdrawn. */
export function isMoving({ state, confirmations, withdrawable_confirmations }: Deposit): boolean {
  const word = DEPOSIT[state];
  if (!word?.final) return true;
  return word.tone === "good" && confirmations !== undefined && confirmations < withdrawable_confirmations;
}

export function isFinalWithdraw(state: string): boolean {
  return WITHDRAW[state]?.final ?? false;
}

/** Until it is on its way a member may take it back. */
export function isCancelable(state: string): boolean {
  return state === "prepared" || state === "accepted";
}

/** Those that one can look for. */
export const DEPOSIT_STATES = ["submitted", "accepted", "errored", "canceled", "rejected"] as const;
export const WITHDRAW_STATES = ["accepted", "processing", "confirming", "succeed", "canceled", "rejected", "failed"] as const;
