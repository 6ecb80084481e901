/** Confirms an entry of the address book with the code that came by mail. */

import { Button, Dialog, Field, Notice } from "@pyxiu/ui";
import { type FormEvent, type ReactElement, useEffect, useState } from "react";

import { type Proof, SecondFactor } from "../account/SecondFactor.tsx";
import { useAction } from "../account/useAction.ts";
import { useSession } from "../app/session.ts";
import { useT } from "../i18n/index.ts";
import { activateBeneficiary, resendPin, useAllowList, useBeneficiaries } from "./api.ts";
import { destinationOf, resendIn } from "./beneficiaries.ts";
import type { Beneficiary } from "./wire.ts";

interface PinDialogProps {
  beneficiary: Beneficiary;
  onClose: () => void;
  onDone: () => void;
}

export function PinDialog({ beneficiary, onClose, onDone }: PinDialogProps): ReactElement {
  const t = useT();
  const { user } = useSession();
  const action = useAction();
  const allowList = useAllowList();
  const [pin, setPin] = useState("");
  const confirm = async (proof: Proof | null): Promise<void> => {
    await activateBeneficiary(beneficiary.id, pin.trim(), proof);
    onDone();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    action.run(() => confirm(null), t("address.confirmed"));
  };
  return (
    <Dialog title={t("address.confirmTitle")} closeLabel={t("app.close")} onClose={onClose}>
      <p>{t("address.confirmText", { email: user?.email ?? "", name: beneficiary.name })}</p>
      <div className="secret">
        <span className="address">{destinationOf(beneficiary)}</span>
      </div>
      <form className="stack" onSubmit={submit}>
        {action.failure && <Notice kind="bad">{action.failure}</Notice>}
        <Field label={t("address.pin")} inputMode="numeric" autoComplete="one-time-code" required autoFocus maxLength={6} value={pin} onChange={(event) => setPin(event.target.value)} />
        {allowList === false && (
          <Button type="submit" kind="primary" wide busy={action.busy} data-testid="confirm-address">
            {t("app.confirm")}
          </Button>
        )}
      </form>
      {allowList && (
        <SecondFactor action={{ kind: "beneficiary.activate", fields: { id: beneficiary.id } }} label={t("app.confirm")} done={t("address.confirmed")} act={confirm} />
      )}
      <Resend beneficiary={beneficiary} />
    </Dialog>
  );
}

function Resend({ beneficiary: { id, currency, sent_at } }: { beneficiary: Beneficiary }): ReactElement {
  const t = useT();
  const action = useAction();
  const sentAt = useBeneficiaries(currency).data?.find((other) => other.id === id)?.sent_at ?? sent_at;
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const wait = resendIn(sentAt, now);
  return (
    <>
      {action.failure && <Notice kind="bad">{action.failure}</Notice>}
      <Button small disabled={wait > 0} busy={action.busy} onClick={() => action.run(() => resendPin(id), t("address.resent"))}>
        {wait > 0 ? t("address.resendIn", { seconds: wait }) : t("address.resend")}
      </Button>
    </>
  );
}
