/** The last look at a withdrawal, with the second factor. */

import type { Decimal } from "@pyxiu/market";
import { Dialog } from "@pyxiu/ui";
import { type ReactElement, useState } from "react";

import { SecondFactor } from "../account/SecondFactor.tsx";
import { upper } from "../app/catalog.ts";
import { newWish } from "../app/failures.ts";
import { useFormats } from "../app/format.ts";
import { type Network, networkName } from "../app/networks.ts";
import { useT } from "../i18n/index.ts";
import { grouped } from "./addresses.ts";
import { type WithdrawTerms, askForWithdraw } from "./api.ts";
import { destinationOf } from "./beneficiaries.ts";
import { Line, useAmounts } from "./parts.tsx";
import type { Beneficiary, Currency } from "./wire.ts";

interface ConfirmWithdrawProps {
  currency: Currency;
  network: Network | undefined;
  to: Beneficiary;
  /** Plain digits, as they are sent. */
  amount: string;
  fee: Decimal;
  receives: Decimal;
  note: string;
  onClose: () => void;
  onDone: () => void;
}

export function ConfirmWithdraw({ currency, network, to, amount, fee, receives, note, onClose, onDone }: ConfirmWithdrawProps): ReactElement {
  const t = useT();
  const formats = useFormats();
  const amounts = useAmounts(currency.id);
  const [wish] = useState(newWish);
  const terms: WithdrawTerms = {
    client_withdrawal_id: wish,
    beneficiary_id: to.id,
    currency: currency.id,
    amount,
    ...(network ? { blockchain_key: network.blockchain_key } : {}),
    ...(note ? { note } : {}),
  };
  return (
    <Dialog title={t("withdraw.confirmTitle")} closeLabel={t("app.close")} onClose={onClose}>
      <dl className="lines">
        <Line name={t("withdraw.to")}>{to.name}</Line>
        {network && <Line name={t("wallet.network")}>{networkName(network)}</Line>}
        <Line name={t("withdraw.amount")}>{amounts(amount)}</Line>
        <Line name={t("withdraw.fee")}>{amounts(fee)}</Line>
        <Line name={t("withdraw.receives")}>
          <strong>{amounts(receives)}</strong>
        </Line>
      </dl>
      <div className="secret">
        <span className="address">{to.data["address"] ? grouped(to.data["address"]).map((group, index) => <span key={index}>{group}</span>) : destinationOf(to)}</span>
      </div>
      <p className="hint">{t("withdraw.confirmText")}</p>
      <SecondFactor
        action={{ kind: "withdrawal.create", fields: { ...terms } }}
        label={t("withdraw.send", { amount: formats.exact(amount), currency: upper(currency.id) })}
        done={t("withdraw.asked")}
        act={async (proof) => {
          await askForWithdraw(terms, proof);
          onDone();
        }}
      />
    </Dialog>
  );
}
