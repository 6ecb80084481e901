/** Tables of transfers and of everything that came or went, and the way to more of them. */

import type { ReactElement } from "react";

import { useFormats } from "../app/format.ts";
import { explorerLink, networkOf } from "../app/networks.ts";
import { useT } from "../i18n/index.ts";
import { More, Scroll } from "../layout/tables.tsx";
import { Amount, Hash, StateBadge, StateCell } from "./parts.tsx";
import { depositState, transferState, withdrawState } from "./states.ts";
import type { Currency, InternalTransfer, Transaction } from "./wire.ts";

export function TransferRows({ transfers }: { transfers: readonly InternalTransfer[] }): ReactElement {
  const t = useT();
  const formats = useFormats();
  return (
    <Scroll label={t("history.transfers")}>
      <table className="table rows" data-testid="transfers">
        <thead>
          <tr>
            <th className="wide-only">{t("history.time")}</th>
            <th>{t("history.with")}</th>
            <th className="end">{t("history.amount")}</th>
            <th>{t("history.state")}</th>
          </tr>
        </thead>
        <tbody>
          {transfers.map((transfer) => {
            const out = transfer.direction === "out";
            const name = out ? transfer.receiver_username || transfer.receiver_uid : transfer.sender_username || transfer.sender_uid;
            return (
              <tr key={transfer.tid}>
                <td className="muted number wide-only">{formats.dateTime(transfer.created_at)}</td>
                <td>{t(out ? "transfer.out" : "transfer.in", { name })}</td>
                <td className="end">
                  <Amount value={transfer.amount} unit={transfer.currency} sign={out ? "−" : "+"} at={transfer.created_at} />
                </td>
                <td>
                  <StateBadge state={transferState(transfer.status, t)} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

export function TransactionRows({ transactions, currencies }: { transactions: readonly Transaction[]; currencies: readonly Currency[] }): ReactElement {
  const t = useT();
  const formats = useFormats();
  return (
    <Scroll label={t("history.all")}>
      <table className="table rows" data-testid="transactions">
        <thead>
          <tr>
            <th className="wide-only">{t("history.time")}</th>
            <th>{t("history.kind")}</th>
            <th className="end">{t("history.amount")}</th>
            <th className="end wide-only">{t("history.fee")}</th>
            <th className="wide-only">{t("address.address")}</th>
            <th className="wide-only">{t("history.transaction")}</th>
            <th>{t("history.state")}</th>
          </tr>
        </thead>
        <tbody>
          {transactions.map((transaction) => {
            const out = transaction.type === "Withdraw";
            const state = out ? withdrawState(transaction.state, t) : depositState(transaction.state, t, transaction.confirmations);
            const network = networkOf(currencies.find((other) => other.id === transaction.currency), transaction.blockchain_key);
            const hash = <Hash text={transaction.txid} href={explorerLink(network?.explorer_transaction, "txid", transaction.txid)} />;
            return (
              <tr key={transaction.tid}>
                <td className="muted number wide-only">{formats.dateTime(transaction.created_at)}</td>
                <td>{t(out ? "history.withdraw" : "history.deposit")}</td>
                <td className="end">
                  <Amount value={transaction.amount} unit={transaction.currency} sign={out ? "−" : "+"} at={transaction.created_at} />
                </td>
                <td className="end number wide-only">{formats.exact(transaction.fee)}</td>
                <td className="wide-only">
                  <Hash text={transaction.address} href={explorerLink(network?.explorer_address, "address", transaction.address)} />
                </td>
                <td className="wide-only">{hash}</td>
                <td>
                  <StateCell state={state} confirmations={null} hash={transaction.txid && hash} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

interface Pages {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => Promise<unknown>;
}

export function MorePages({ pages }: { pages: Pages }): ReactElement {
  return <More there={pages.hasNextPage} busy={pages.isFetchingNextPage} more={() => void pages.fetchNextPage()} />;
}
