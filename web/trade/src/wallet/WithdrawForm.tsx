/** The form of a withdrawal. Invariant: what is sent is what the confirming dialog has shown, digit by digit. */

import { ZERO, decimal, plainOf, toText } from "@pyxiu/market";
import { Button, Field, Notice, Select } from "@pyxiu/ui";
import { type FormEvent, type ReactElement, useState } from "react";
import { Link } from "react-router";

import { upper } from "../app/catalog.ts";
import { useFormats } from "../app/format.ts";
import { type Network, withdrawalNetworks } from "../app/networks.ts";
import { useStore } from "../app/stores.ts";
import { useT } from "../i18n/index.ts";
import { balances } from "../live/index.ts";
import { AddAddress } from "./AddAddress.tsx";
import { AmountField } from "./AmountField.tsx";
import { ConfirmWithdraw } from "./ConfirmWithdraw.tsx";
import { CurrencyChoice } from "./CurrencyChoice.tsx";
import { NetworkChoice } from "./NetworkChoice.tsx";
import { PinDialog } from "./PinDialog.tsx";
import { WithdrawLimits } from "./WithdrawLimits.tsx";
import { useBeneficiaries, useLimits } from "./api.ts";
import { destinationOf, isUsable } from "./beneficiaries.ts";
import { leftIn } from "./limits.ts";
import { Line, useAmounts } from "./parts.tsx";
import type { Beneficiary, Currency } from "./wire.ts";
import { type WithdrawalRules, previewWithdrawal } from "./withdrawal.ts";

interface WithdrawFormProps {
  currencies: readonly Currency[];
  currency: Currency;
  /** None for fiat. */
  network: Network | undefined;
  /** The address that somebody came here for; NaN or 0 for none. */
  first: number;
  onCurrency: (id: string) => void;
  onNetwork: (key: string) => void;
}

/** What the exchange asks of a withdrawal of this currency over this network. */
function useRules(currency: Currency, network: Network | undefined): WithdrawalRules {
  const held = useStore(balances.all)?.[currency.id];
  const limits = useLimits();
  return {
    available: held ? decimal(held.available) : ZERO,
    fee: decimal(network?.withdraw_fee ?? currency.withdraw_fee),
    minimum: decimal(network?.min_withdraw_amount ?? currency.min_withdraw_amount),
    precision: currency.precision,
    left: limits ? leftIn(limits, decimal(currency.price), currency.precision) : null,
  };
}

export function WithdrawForm({ currencies, currency, network, first, onCurrency, onNetwork }: WithdrawFormProps): ReactElement {
  const t = useT();
  const formats = useFormats();
  const amounts = useAmounts(currency.id);
  const rules = useRules(currency, network);
  const addresses = useAddressesFor(currency, network);
  const [chosen, setChosen] = useState<number | null>(first || null);
  const [text, setText] = useState("");
  const [note, setNote] = useState("");
  const [confirming, setConfirming] = useState(false);
  const to = addresses.find((address) => address.id === chosen) ?? addresses[0];
  const plain = plainOf(text, formats.language);
  const amount = plain === null ? null : decimal(plain);
  const preview = amount && previewWithdrawal(amount, rules, amounts);
  const wrong = text === "" ? null : preview ? preview.problem && t(preview.problem.key, preview.problem.parameters) : t("form.required");
  const ready = to !== undefined && isUsable(to, Date.now()) && plain !== null && preview?.receives !== null && preview?.problem === null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (ready) setConfirming(true);
  };
  return (
    <form className="wallet-columns" onSubmit={submit} data-testid="withdraw-form">
      <section className="card stack">
        <CurrencyChoice label={t("wallet.currency")} currencies={currencies} chosen={currency} onChoose={onCurrency} />
        {network && (
          <NetworkChoice
            label={t("wallet.network")}
            networks={withdrawalNetworks(currency)}
            chosen={network}
            onChoose={onNetwork}
            detail={({ withdraw_fee }) => `${t("withdraw.fee")} ${amounts(withdraw_fee)}`}
          />
        )}
        <Destination currency={currency} network={network} addresses={addresses} chosen={to} onChoose={setChosen} />
        <AmountField currency={currency.id} available={rules.available} precision={rules.precision} text={text} wrong={wrong} onText={setText} />
        <Field label={t("withdraw.note")} maxLength={256} value={note} onChange={(event) => setNote(event.target.value)} />
      </section>
      <div>
        <section className="card stack">
          <h2 className="card-title">{t("withdraw.summary")}</h2>
          <dl className="lines">
            <Line name={t("withdraw.available")}>{amounts(rules.available)}</Line>
            <Line name={t("withdraw.minimum")}>{amounts(rules.minimum)}</Line>
            <Line name={t("withdraw.amount")}>{preview && amount ? amounts(amount) : t("wallet.none")}</Line>
            <Line name={t("withdraw.fee")}>{amounts(rules.fee)}</Line>
          </dl>
          <dl className="lines arrives">
            <Line name={t("withdraw.receives")}>
              <strong className="receives" data-testid="receives">
                {preview?.receives ? amounts(preview.receives) : t("wallet.none")}
              </strong>
            </Line>
          </dl>
          {preview?.reviewed && preview.problem === null && <Notice>{t("withdraw.reviewed")}</Notice>}
          <Button type="submit" kind="primary" wide disabled={!ready} data-testid="withdraw-continue">
            {t("withdraw.continue")}
          </Button>
        </section>
        <WithdrawLimits currency={currency} />
      </div>
      {confirming && to && amount && preview?.receives && (
        <ConfirmWithdraw
          currency={currency}
          network={network}
          to={to}
          amount={toText(amount)}
          fee={rules.fee}
          receives={preview.receives}
          note={note.trim()}
          onClose={() => setConfirming(false)}
          onDone={() => {
            setConfirming(false);
            setText("");
            setNote("");
          }}
        />
      )}
    </form>
  );
}

/** Confirmed ones that this currency can leave to over this network, also those that must wait. */
function useAddressesFor(currency: Currency, network: Network | undefined): readonly Beneficiary[] {
  const found = useBeneficiaries(currency.id);
  return (found.data ?? []).filter((address) => address.state === "active" && (!network || address.blockchain_key === network.blockchain_key));
}

interface DestinationProps {
  currency: Currency;
  network: Network | undefined;
  addresses: readonly Beneficiary[];
  chosen: Beneficiary | undefined;
  onChoose: (id: number) => void;
}

function Destination({ currency, network, addresses, chosen, onChoose }: DestinationProps): ReactElement {
  const t = useT();
  const formats = useFormats();
  const [adding, setAdding] = useState(false);
  const [added, setAdded] = useState<Beneficiary | null>(null);
  return (
    <div className="field">
      {addresses.length > 0 && chosen ? (
        <>
          <Select label={t("withdraw.to")} value={chosen.id} onChange={(event) => onChoose(Number(event.target.value))}>
            {addresses.map((address) => (
              <option key={address.id} value={address.id}>
                {address.name}
              </option>
            ))}
          </Select>
          <span className="hint address" data-testid="destination">
            {destinationOf(chosen)}
          </span>
          {chosen.internal && <span className="hint">{t("address.internal")}</span>}
          {!isUsable(chosen, Date.now()) && <Notice>{t("address.waiting", { time: formats.dateTime(chosen.usable_from ?? "") })}</Notice>}
        </>
      ) : (
        <>
          <span className="label">{t("withdraw.to")}</span>
          <Notice>{t(currency.type === "fiat" ? "withdraw.noAccount" : "withdraw.noAddress", { currency: upper(currency.id) })}</Notice>
        </>
      )}
      <div className="field-actions">
        <Button small onClick={() => setAdding(true)} data-testid="new-address">
          {t(currency.type === "fiat" ? "address.addAccount" : "withdraw.newAddress")}
        </Button>
        <Link to="/wallet/addresses">{t("address.title")}</Link>
      </div>
      {adding && (
        <AddAddress
          currencies={[currency]}
          currency={currency.id}
          network={network?.blockchain_key}
          onClose={() => setAdding(false)}
          onAdded={(made) => {
            setAdding(false);
            setAdded(made);
          }}
        />
      )}
      {added && (
        <PinDialog
          beneficiary={added}
          onClose={() => setAdded(null)}
          onDone={() => {
            onChoose(added.id);
            setAdded(null);
          }}
        />
      )}
    </div>
  );
}
