/** A table of deposits with how far each has come. */

import type { ReactElement } from "react";

import { useFormats } from "../app/format.ts";
import { explorerLink, networkName, networkOf } from "../app/networks.ts";
import { useT } from "../i18n/index.ts";
import { Scroll } from "../layout/tables.tsx";
import { confirmationsOf } from "./confirmations.ts";
import { Amount, Hash, StateCell } from "./parts.tsx";
import { depositState, isMoving } from "./states.ts";
import type { Currency, Deposit } from "./wire.ts";

export function DepositRows({ deposits, currencies }: { deposits: readonly Deposit[]; currencies: readonly Currency[] }): ReactElement {
  const t = useT();
  return (
    <Scroll label={t("history.deposits")}>
      <table className="table rows" data-testid="deposits">
        <thead>
          <tr>
            <th className="wide-only">{t("history.time")}</th>
            <th className="end">{t("history.amount")}</th>
            <th className="wide-only">{t("wallet.network")}</th>
            <th className="wide-only">{t("history.transaction")}</th>
            <th>{t("history.state")}</th>
          </tr>
        </thead>
        <tbody>
          {deposits.map((deposit) => (
            <DepositRow key={deposit.id} deposit={deposit} currency={currencies.find((other) => other.id === deposit.currency)} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function DepositRow({ deposit, currency }: { deposit: Deposit; currency: Currency | undefined }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const network = networkOf(currency, deposit.blockchain_key);
  const state = depositState(deposit.state, t, deposit.confirmations);
  const hash = <Hash text={deposit.txid} href={explorerLink(network?.explorer_transaction, "txid", deposit.txid)} />;
  const needed = state.final ? deposit.withdrawable_confirmations : deposit.credit_confirmations;
  const confirmations = isMoving(deposit) ? confirmationsOf(deposit.confirmations, needed) : null;
  return (
    <tr data-testid="deposit" data-state={deposit.state}>
      <td className="muted number wide-only">{formats.dateTime(deposit.created_at)}</td>
      <td className="end">
        <Amount value={deposit.amount} unit={deposit.currency} at={deposit.created_at} />
      </td>
      <td className="wide-only">{network ? networkName(network) : t("wallet.none")}</td>
      <td className="wide-only">{hash}</td>
      <td>
        <StateCell state={state} confirmations={confirmations} until={state.final && confirmations ? t("deposit.untilWithdrawable") : null} hash={deposit.txid && hash} />
      </td>
    </tr>
  );
}
