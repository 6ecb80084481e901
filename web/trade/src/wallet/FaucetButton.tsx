/** The demo's faucet: test coins for whoever asks, where the exchange runs its own test networks; elsewhere nothing. */

import { Button, Notice } from "@pyxiu/ui";
import type { ReactElement } from "react";

import { useAction } from "../account/useAction.ts";
import { upper } from "../app/catalog.ts";
import { useFormats } from "../app/format.ts";
import { useT } from "../i18n/index.ts";
import { askFaucet, useFaucet } from "./faucet.ts";

export function Faucet({ currency, network }: { currency: string; network: string }): ReactElement | null {
  const t = useT();
  const action = useAction();
  const formats = useFormats();
  const offer = useFaucet().data?.find((other) => other.currency === currency && other.blockchain_key === network);
  if (!offer) return null;
  return (
    <div className="faucet">
      <div>
        <strong>{t("faucet.title")}</strong>
        <p className="muted">{t("faucet.text")}</p>
      </div>
      {action.failure && <Notice kind="bad">{action.failure}</Notice>}
      <Button kind="outline" busy={action.busy} onClick={() => action.run(() => askFaucet(offer), t("faucet.sent"))} data-testid="faucet">
        {t("faucet.get", { amount: formats.exact(offer.amount), currency: upper(currency) })}
      </Button>
    </div>
  );
}
