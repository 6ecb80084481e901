/** Addresses for people: in groups that can be compared with another screen, and apart from the memo that some carry. */

const GROUP = 4;
const MEMO_NAMES = ["dt", "memo", "tag", "memoId"];
const SHOWN_START = 8;
const SHOWN_END = 6;

/** Groups of four letters. Joined they are the address itself. */
export function grouped(address: string): readonly string[] {
  return address.match(new RegExp(`.{1,${GROUP}}`, "g")) ?? [];
}

export interface SplitAddress {
  readonly address: string;
  /** What a sender must give beside the address, or the coins are not found to be the member's. */
  readonly memo: string | null;
}

/** `rAddress?dt=123` is one address with a tag of 123. */
export function splitMemo(whole: string): SplitAddress {
  const [address = "", query] = whole.split("?", 2);
  if (!query) return { address: whole, memo: null };
  const fields = new URLSearchParams(query);
  const name = MEMO_NAMES.find((other) => fields.has(other));
  return name ? { address, memo: fields.get(name) } : { address: whole, memo: null };
}

/** Enough to tell one from another in a table. */
export function shortened(text: string): string {
  return text.length <= SHOWN_START + SHOWN_END + 3 ? text : `${text.slice(0, SHOWN_START)}…${text.slice(-SHOWN_END)}`;
}
