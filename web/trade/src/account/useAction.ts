/** One thing that a button or a form does: whether it runs, and what became of it. */

import { useToast } from "@pyxiu/ui";
import { useState } from "react";

import { failureText, useT } from "../i18n/index.ts";

export interface Action {
  readonly busy: boolean;
  readonly failure: string | null;
  /** Runs once at a time; failures are told beside the form and as a message. */
  readonly run: (act: () => Promise<unknown>, done?: string) => void;
}

export function useAction(): Action {
  const t = useT();
  const say = useToast();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const run: Action["run"] = (act, done) => {
    if (busy) return;
    setBusy(true);
    setFailure(null);
    act()
      .then(
        () => {
          if (done) say(done, "good");
        },
        (cause: unknown) => {
          // A passkey dialog that was closed is no failure to talk about.
          if (cause instanceof DOMException && cause.name === "NotAllowedError") return;
          setFailure(failureText(t, cause));
        },
      )
      .finally(() => setBusy(false));
  };
  return { busy, failure, run };
}
