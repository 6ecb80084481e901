/**
 * Asks for a second factor and does something with it: a code, a recovery code, or a passkey for exactly this action.
 *
 * Invariant: a passkey signs for the fields that are then sent. Limit: whoever uses it has asked whether there is a factor.
 */

import { api, dataOf } from "@pyxiu/client";
import { Button, Field, Notice } from "@pyxiu/ui";
import { type FormEvent, type ReactElement, useState } from "react";

import { useT } from "../i18n/index.ts";
import { useFactors } from "./Security.tsx";
import { passkeysAreThere, usePasskey } from "./passkey.ts";
import { useAction } from "./useAction.ts";

/** The fields of a request by which it shows a factor. */
export type Proof = { otp: string } | { recovery_code: string } | { assertion: Record<string, never> };

export interface ProvedAction {
  readonly kind: "beneficiary.activate" | "internal_transfer.create" | "withdrawal.allow_list" | "withdrawal.create";
  /** What the request says, but for the factor. */
  readonly fields: Readonly<Record<string, unknown>>;
}

interface SecondFactorProps {
  action: ProvedAction;
  label: string;
  done: string;
  act: (proof: Proof) => Promise<void>;
}

/** Whether the member has any; null until it is known. */
export function useHasFactor(): boolean | null {
  const factors = useFactors();
  return factors ? factors.totp || factors.passkeys.length > 0 : null;
}

export function SecondFactor({ action, label, done, act }: SecondFactorProps): ReactElement {
  const t = useT();
  const factors = useFactors();
  const run = useAction();
  const [recovery, setRecovery] = useState(false);
  const [code, setCode] = useState("");
  const typed = code.trim();
  const withCode = (event: FormEvent): void => {
    event.preventDefault();
    run.run(() => act(recovery ? { recovery_code: typed } : { otp: typed }), done);
  };
  const withPasskey = async (): Promise<void> => {
    const body = { kind: action.kind, fields: action.fields as Record<string, never> };
    const options = await dataOf(api.POST("/api/v2/barong/resource/passkeys/assertion_options", { body }));
    await act({ assertion: await usePasskey(options) });
  };
  return (
    <form className="stack" onSubmit={withCode}>
      {run.failure && <Notice kind="bad">{run.failure}</Notice>}
      <Field
        key={String(recovery)}
        label={t(recovery ? "auth.recoveryCode" : "auth.code")}
        inputMode={recovery ? "text" : "numeric"}
        autoComplete="one-time-code"
        required
        autoFocus
        value={code}
        onChange={(event) => setCode(event.target.value)}
      />
      <Button type="submit" kind="primary" wide busy={run.busy} data-testid="prove">
        {label}
      </Button>
      {factors && factors.passkeys.length > 0 && passkeysAreThere() && (
        <Button kind="outline" wide busy={run.busy} onClick={() => run.run(withPasskey, done)} data-testid="prove-passkey">
          {t("auth.usePasskey")}
        </Button>
      )}
      <div>
        <Button kind="link" onClick={() => setRecovery(!recovery)}>
          {t(recovery ? "auth.useCode" : "auth.useRecovery")}
        </Button>
      </div>
    </form>
  );
}
