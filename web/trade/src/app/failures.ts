/** Failures that say less than yes or no, and names by which something can be asked for again. */

import { ApiFailure } from "@pyxiu/client";

/** It may or may not have happened. */
export function isUnknown(failure: unknown): boolean {
  return failure instanceof ApiFailure && (failure.status === 0 || failure.has("server.outcome_unknown"));
}

/** 128 random bits: the name by which a wish can be repeated without coming true twice. */
export function newWish(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `web-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
