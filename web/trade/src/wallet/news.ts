/** What is told of a deposit or withdrawal in a short message. Invariant: each step is told once. */

import type { Key } from "../i18n/index.ts";
import type { WalletNews } from "../live/wallet.ts";

const DEPOSIT: Readonly<Record<string, Key>> = { submitted: "deposit.coming", accepted: "deposit.credited" };
const WITHDRAW: Readonly<Record<string, Key>> = { succeed: "withdraw.arrived", failed: "withdraw.cameBack" };

export interface Words {
  readonly key: Key;
  readonly amount: string;
  readonly currency: string;
}

/** `told`: the steps that were told already, to which this one is added. */
export function wordsOf(news: WalletNews, told: Set<string>): Words | null {
  if (news.kind === "address") return null;
  const [row, words] = news.kind === "deposit" ? [news.deposit, DEPOSIT] : [news.withdraw, WITHDRAW];
  const key = words[row.state];
  const step = `${row.tid} ${row.state}`;
  if (!key || told.has(step)) return null;
  told.add(step);
  return { key, amount: row.amount, currency: row.currency };
}
