/** How far a transaction has come. Invariant: never more than was asked for, and nothing where nobody knows. */

export interface Confirmations {
  readonly seen: number;
  readonly needed: number;
  /** From 0 to 1. */
  readonly share: number;
}

/** `seen` as the API tells it: a number, or a word where the node could not be asked. */
export function confirmationsOf(seen: number | string | null | undefined, needed: number | null | undefined): Confirmations | null {
  if (typeof seen !== "number" || !Number.isInteger(seen) || seen < 0 || !needed || needed < 1) return null;
  const counted = Math.min(seen, needed);
  return { seen: counted, needed, share: counted / needed };
}
