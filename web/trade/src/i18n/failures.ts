/** What a failure means, in words. Invariant: a code that has none is shown as it is. */

import { ApiFailure } from "@pyxiu/client";

import { type Key, en } from "./en.ts";
import type { Translate } from "./index.ts";

/** What withdrawals, transfers and the address book refuse for the same reasons has the same words. */
const SHARED = /^account\.[a-z_]+\./;

export function failureText(t: Translate, failure: unknown): string {
  if (!(failure instanceof ApiFailure)) return t("error.web.no_answer");
  const code = failure.codes[0] ?? `status ${failure.status}`;
  const key = [`error.${code}`, `error.${code.replace(SHARED, "account.*.")}`].find((other) => other in en);
  return t((key ?? "error.unknown") as Key, { code, wait: waitText(t, failure.retryAfterS ?? 0) });
}

/** A span of time in its largest unit, rounded up. */
function waitText(t: Translate, seconds: number): string {
  if (seconds > 3600) return t("wait.hours", { count: Math.ceil(seconds / 3600) });
  if (seconds > 60) return t("wait.minutes", { count: Math.ceil(seconds / 60) });
  return t("wait.seconds", { count: seconds });
}
