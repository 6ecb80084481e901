/** All that came and went, with filters; the kind is in the address, so that a link leads to it. */

import { Button, Empty, Field, Select, Tabs } from "@pyxiu/ui";
import { type ReactElement, type ReactNode, useState } from "react";
import { useNavigate, useParams } from "react-router";

import { upper, useCurrencies } from "../app/catalog.ts";
import { useT } from "../i18n/index.ts";
import { Failed, Loading } from "../layout/tables.tsx";
import { DepositRows } from "./DepositRows.tsx";
import { MorePages, TransactionRows, TransferRows } from "./HistoryRows.tsx";
import { WithdrawRows } from "./WithdrawRows.tsx";
import { useDeposits, useTransactions, useTransfers, useWithdraws } from "./api.ts";
import { type Filter, NO_FILTER } from "./filters.ts";
import { DEPOSIT_STATES, WITHDRAW_STATES, depositState, withdrawState } from "./states.ts";
import type { Currency } from "./wire.ts";

type Kind = "all" | "deposits" | "withdrawals" | "transfers";
const KINDS: readonly Kind[] = ["all", "deposits", "withdrawals", "transfers"];

export function History(): ReactElement {
  const t = useT();
  const navigate = useNavigate();
  const params = useParams();
  const kind = KINDS.find((other) => other === params.kind) ?? "all";
  const [filter, setFilter] = useState<Filter>(NO_FILTER);
  const currencies = useCurrencies().data ?? [];
  const show = (chosen: Kind): void => {
    setFilter((there) => ({ ...there, state: "" }));
    void navigate(`/wallet/history${chosen === "all" ? "" : `/${chosen}`}`, { replace: true });
  };
  return (
    <section className="panel">
      <div className="panel-head">
        <Tabs<Kind> label={t("wallet.history")} panel="history-panel" choices={KINDS.map((value) => ({ value, label: t(`history.${value}`) }))} value={kind} onChange={show} />
      </div>
      <Filters kind={kind} filter={filter} currencies={currencies} onChange={setFilter} />
      <div id="history-panel" role="tabpanel" aria-label={t(`history.${kind}`)}>
        {kind === "all" && <AllList filter={filter} currencies={currencies} />}
        {kind === "deposits" && <DepositList filter={filter} currencies={currencies} />}
        {kind === "withdrawals" && <WithdrawList filter={filter} currencies={currencies} />}
        {kind === "transfers" && <TransferList filter={filter} />}
      </div>
    </section>
  );
}

interface FiltersProps {
  kind: Kind;
  filter: Filter;
  currencies: readonly Currency[];
  onChange: (filter: Filter) => void;
}

function Filters({ kind, filter, currencies, onChange }: FiltersProps): ReactElement {
  const t = useT();
  const states: readonly string[] = kind === "deposits" ? DEPOSIT_STATES : kind === "withdrawals" ? WITHDRAW_STATES : [];
  const wordOf = kind === "deposits" ? depositState : withdrawState;
  const filtered = Object.values(filter).some((value) => value !== "");
  return (
    <div className="filters" role="search">
      <Select label={t("wallet.currency")} value={filter.currency} onChange={(event) => onChange({ ...filter, currency: event.target.value })}>
        <option value="">{t("history.anyCurrency")}</option>
        {currencies.map(({ id }) => (
          <option key={id} value={id}>
            {upper(id)}
          </option>
        ))}
      </Select>
      {states.length > 0 && (
        <Select label={t("history.state")} value={filter.state} onChange={(event) => onChange({ ...filter, state: event.target.value })}>
          <option value="">{t("history.anyState")}</option>
          {states.map((state) => (
            <option key={state} value={state}>
              {wordOf(state, t).text}
            </option>
          ))}
        </Select>
      )}
      {kind !== "transfers" && (
        <>
          <Field label={t("history.from")} type="date" max={filter.to || undefined} value={filter.from} onChange={(event) => onChange({ ...filter, from: event.target.value })} />
          <Field label={t("history.to")} type="date" min={filter.from || undefined} value={filter.to} onChange={(event) => onChange({ ...filter, to: event.target.value })} />
        </>
      )}
      <Button disabled={!filtered} onClick={() => onChange(NO_FILTER)}>
        {t("history.clear")}
      </Button>
    </div>
  );
}

interface ListProps {
  filter: Filter;
  currencies: readonly Currency[];
}

function AllList({ filter, currencies }: ListProps): ReactElement {
  const found = useTransactions(filter);
  return <Listed found={found}>{(rows) => <TransactionRows transactions={rows} currencies={currencies} />}</Listed>;
}

function DepositList({ filter, currencies }: ListProps): ReactElement {
  const found = useDeposits(filter);
  return <Listed found={found}>{(rows) => <DepositRows deposits={rows} currencies={currencies} />}</Listed>;
}

function WithdrawList({ filter, currencies }: ListProps): ReactElement {
  const found = useWithdraws(filter);
  return <Listed found={found}>{(rows) => <WithdrawRows withdraws={rows} currencies={currencies} />}</Listed>;
}

function TransferList({ filter }: { filter: Filter }): ReactElement {
  const found = useTransfers(filter);
  return <Listed found={found}>{(rows) => <TransferRows transfers={rows} />}</Listed>;
}

interface Found<T> {
  readonly data: { readonly pages: readonly T[][] } | undefined;
  readonly isPending: boolean;
  readonly isError: boolean;
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => Promise<unknown>;
  readonly refetch: () => Promise<unknown>;
}

function Listed<T>({ found, children }: { found: Found<T>; children: (rows: readonly T[]) => ReactNode }): ReactElement {
  const t = useT();
  const rows = found.data?.pages.flat() ?? [];
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failed again={() => void found.refetch()} />;
  if (rows.length === 0) return <Empty text={t("history.none")} />;
  return (
    <>
      {children(rows)}
      <MorePages pages={found} />
    </>
  );
}
