/** A table of withdrawals: where each goes, how far it has come, and a way back while there is one. */

import { Button, Dialog, Notice } from "@pyxiu/ui";
import { type ReactElement, useState } from "react";

import { useAction } from "../account/useAction.ts";
import { upper } from "../app/catalog.ts";
import { useFormats } from "../app/format.ts";
import { explorerLink, networkName, networkOf } from "../app/networks.ts";
import { useT } from "../i18n/index.ts";
import { Scroll } from "../layout/tables.tsx";
import { cancelWithdraw } from "./api.ts";
import { confirmationsOf } from "./confirmations.ts";
import { Amount, Hash, StateCell } from "./parts.tsx";
import { isCancelable, withdrawState } from "./states.ts";
import type { Currency, Withdraw } from "./wire.ts";

export function WithdrawRows({ withdraws, currencies }: { withdraws: readonly Withdraw[]; currencies: readonly Currency[] }): ReactElement {
  const t = useT();
  const [canceling, setCanceling] = useState<Withdraw | null>(null);
  return (
    <>
      <Scroll label={t("history.withdrawals")}>
        <table className="table rows" data-testid="withdraws">
          <thead>
            <tr>
              <th className="wide-only">{t("history.time")}</th>
              <th className="end">{t("history.amount")}</th>
              <th className="end wide-only">{t("history.fee")}</th>
              <th className="wide-only">{t("wallet.network")}</th>
              <th className="wide-only">{t("history.destination")}</th>
              <th className="wide-only">{t("history.transaction")}</th>
              <th>{t("history.state")}</th>
              <th className="end">
                <span className="hidden">{t("orders.actions")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {withdraws.map((withdraw) => (
              <WithdrawRow key={withdraw.id} withdraw={withdraw} currency={currencies.find((other) => other.id === withdraw.currency)} onCancel={setCanceling} />
            ))}
          </tbody>
        </table>
      </Scroll>
      {canceling && <CancelDialog withdraw={canceling} onClose={() => setCanceling(null)} />}
    </>
  );
}

function WithdrawRow({ withdraw, currency, onCancel }: { withdraw: Withdraw; currency: Currency | undefined; onCancel: (withdraw: Withdraw) => void }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const network = networkOf(currency, withdraw.blockchain_key);
  const state = withdrawState(withdraw.state, t);
  const confirmations = withdraw.state === "confirming" ? confirmationsOf(withdraw.confirmations, network?.min_confirmations) : null;
  const hash = <Hash text={withdraw.blockchain_txid} href={explorerLink(network?.explorer_transaction, "txid", withdraw.blockchain_txid)} />;
  const words = { amount: formats.exact(withdraw.amount), currency: upper(withdraw.currency) };
  return (
    <tr data-testid="withdraw" data-state={withdraw.state}>
      <td className="muted number wide-only">{formats.dateTime(withdraw.created_at)}</td>
      <td className="end">
        <Amount value={withdraw.amount} unit={withdraw.currency} at={withdraw.created_at} />
      </td>
      <td className="end number wide-only">{formats.exact(withdraw.fee)}</td>
      <td className="wide-only">{network ? networkName(network) : t("wallet.none")}</td>
      <td className="wide-only">
        <Hash text={withdraw.rid} href={explorerLink(network?.explorer_address, "address", withdraw.rid)} />
      </td>
      <td className="wide-only">{hash}</td>
      <td>
        <StateCell state={state} confirmations={confirmations} hash={withdraw.blockchain_txid && hash} />
      </td>
      <td className="end">
        {isCancelable(withdraw.state) && (
          <Button small kind="outline" aria-label={t("withdraw.cancelOf", words)} onClick={() => onCancel(withdraw)}>
            {t("withdraw.cancel")}
          </Button>
        )}
      </td>
    </tr>
  );
}

function CancelDialog({ withdraw, onClose }: { withdraw: Withdraw; onClose: () => void }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const action = useAction();
  const cancel = async (): Promise<void> => {
    await cancelWithdraw(withdraw.id);
    onClose();
  };
  return (
    <Dialog title={t("withdraw.cancelSure")} closeLabel={t("app.close")} onClose={onClose}>
      <p>{t("withdraw.cancelText", { amount: formats.exact(withdraw.amount), currency: upper(withdraw.currency) })}</p>
      {action.failure && <Notice kind="bad">{action.failure}</Notice>}
      <div className="dialog-actions">
        <Button kind="outline" onClick={onClose}>
          {t("withdraw.keep")}
        </Button>
        <Button kind="danger" autoFocus busy={action.busy} data-testid="confirm-cancel-withdraw" onClick={() => action.run(cancel, t("withdraw.canceledNow"))}>
          {t("withdraw.cancel")}
        </Button>
      </div>
    </Dialog>
  );
}
