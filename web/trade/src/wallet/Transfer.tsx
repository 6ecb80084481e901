/** Transfers between members: at once, without a fee and without a way back. */

import { type Decimal, ZERO, compare, decimal, isPositive, plainOf, toText } from "@pyxiu/market";
import { Button, Dialog, Empty, Field, SkeletonRows } from "@pyxiu/ui";
import { type FormEvent, type ReactElement, useState } from "react";

import { SecondFactor, useHasFactor } from "../account/SecondFactor.tsx";
import { upper, useCurrencies } from "../app/catalog.ts";
import { newWish } from "../app/failures.ts";
import { useFormats } from "../app/format.ts";
import { useStore } from "../app/stores.ts";
import { type Key, useT } from "../i18n/index.ts";
import { Failed, Loading } from "../layout/tables.tsx";
import { balances } from "../live/index.ts";
import { AmountField } from "./AmountField.tsx";
import { CurrencyChoice } from "./CurrencyChoice.tsx";
import { MorePages, TransferRows } from "./HistoryRows.tsx";
import { type TransferTerms, transfer, useLimits, useMissingLevel, useTransfers } from "./api.ts";
import { NO_FILTER } from "./filters.ts";
import { leftIn } from "./limits.ts";
import { Line, NeedsFactor, NeedsLevel, useAmounts } from "./parts.tsx";
import type { Currency } from "./wire.ts";

export function Transfer(): ReactElement {
  const t = useT();
  const found = useCurrencies();
  const guarded = useHasFactor();
  const level = useMissingLevel("withdraw");
  const first = found.data?.[0];
  return (
    <div className="wallet-columns">
      <div>
        {(found.isPending || guarded === null) && <SkeletonRows rows={5} label={t("app.loading")} />}
        {found.isError && <Failed again={() => void found.refetch()} />}
        {level !== null && <NeedsLevel level={level} />}
        {level === null && guarded === false && <NeedsFactor />}
        {found.data && first && level === null && guarded && <TransferForm currencies={found.data} first={first} />}
      </div>
      <Recent />
    </div>
  );
}

interface Wish {
  readonly currency: Currency;
  readonly amount: string;
  readonly receiver: string;
}

function TransferForm({ currencies, first }: { currencies: readonly Currency[]; first: Currency }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const all = useStore(balances.all);
  const held = currencies.find((currency) => isPositive(decimal(all?.[currency.id]?.available ?? "0")));
  const [id, setId] = useState<string | null>(null);
  const [receiver, setReceiver] = useState("");
  const [text, setText] = useState("");
  const [wish, setWish] = useState<Wish | null>(null);
  const currency = currencies.find((other) => other.id === id) ?? held ?? first;
  const available = decimal(all?.[currency.id]?.available ?? "0");
  const plain = plainOf(text, formats.language);
  const amount = plain === null ? ZERO : decimal(plain);
  const limits = useLimits();
  const left = limits && leftIn(limits, decimal(currency.price), currency.precision);
  const problem = problemOf(amount, available, left);
  const wrong = text !== "" && problem ? t(problem) : null;
  const ready = receiver.trim() !== "" && isPositive(amount) && problem === null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (ready) setWish({ currency, amount: toText(amount), receiver: receiver.trim() });
  };
  return (
    <section className="card">
      <div className="card-head">
        <h2 className="card-title">{t("transfer.title")}</h2>
      </div>
      <form className="stack" onSubmit={submit} data-testid="transfer-form">
        <p className="muted">{t("transfer.text")}</p>
        <CurrencyChoice label={t("wallet.currency")} currencies={currencies} chosen={currency} onChoose={setId} />
        <Field label={t("transfer.to")} required autoComplete="off" spellCheck={false} value={receiver} onChange={(event) => setReceiver(event.target.value)} data-field="receiver" />
        <AmountField currency={currency.id} available={available} precision={currency.precision} text={text} wrong={wrong} onText={setText} />
        <Button type="submit" kind="primary" wide disabled={!ready} data-testid="transfer-continue">
          {t("withdraw.continue")}
        </Button>
      </form>
      {wish && (
        <ConfirmTransfer
          wish={wish}
          onClose={() => setWish(null)}
          onDone={() => {
            setWish(null);
            setText("");
          }}
        />
      )}
    </section>
  );
}

/** `left` is what the limits leave, null without one; unlike a withdrawal nobody can let more through. */
function problemOf(amount: Decimal, available: Decimal, left: Decimal | null): Key | null {
  if (!isPositive(amount)) return "form.required";
  if (compare(amount, available) > 0) return "form.insufficient";
  return left && compare(amount, left) > 0 ? "error.account.*.over_limit" : null;
}

function ConfirmTransfer({ wish, onClose, onDone }: { wish: Wish; onClose: () => void; onDone: () => void }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const amounts = useAmounts(wish.currency.id);
  const [name] = useState(newWish);
  const terms: TransferTerms = { client_transfer_id: name, currency: wish.currency.id, amount: wish.amount, username_or_uid: wish.receiver };
  return (
    <Dialog title={t("transfer.confirmTitle")} closeLabel={t("app.close")} onClose={onClose}>
      <dl className="lines">
        <Line name={t("withdraw.to")}>{wish.receiver}</Line>
        <Line name={t("withdraw.amount")}>
          <strong>{amounts(wish.amount)}</strong>
        </Line>
      </dl>
      <p className="hint">{t("transfer.text")}</p>
      <SecondFactor
        action={{ kind: "internal_transfer.create", fields: { ...terms } }}
        label={t("transfer.send", { amount: formats.exact(wish.amount), currency: upper(wish.currency.id) })}
        done={t("transfer.done")}
        act={async (proof) => {
          await transfer(terms, proof);
          onDone();
        }}
      />
    </Dialog>
  );
}

function Recent(): ReactElement {
  const t = useT();
  const found = useTransfers(NO_FILTER);
  const rows = found.data?.pages.flat() ?? [];
  return (
    <section className="panel">
      <div className="panel-head">
        <h2 className="panel-title">{t("transfer.recent")}</h2>
      </div>
      {found.isPending && <Loading />}
      {found.isError && <Failed again={() => void found.refetch()} />}
      {found.isSuccess && rows.length === 0 && <Empty text={t("transfer.none")} />}
      {rows.length > 0 && (
        <>
          <TransferRows transfers={rows} />
          <MorePages pages={found} />
        </>
      )}
    </section>
  );
}
