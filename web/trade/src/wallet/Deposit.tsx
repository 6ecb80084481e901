/** To deposit: what, over which network, to which address, and what has become of the latest ones. */

import { decimal, isZero } from "@pyxiu/market";
import { Empty, Icon, Notice, SkeletonRows } from "@pyxiu/ui";
import type { ReactElement } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";

import { upper, useCurrencies } from "../app/catalog.ts";
import { useFormats } from "../app/format.ts";
import { type Network, canDeposit, depositNetworks, networkName } from "../app/networks.ts";
import { useSession } from "../app/session.ts";
import { failureText, useT } from "../i18n/index.ts";
import { CopyButton } from "../account/Security.tsx";
import { Failed, Loading } from "../layout/tables.tsx";
import { CurrencyChoice } from "./CurrencyChoice.tsx";
import { DepositRows } from "./DepositRows.tsx";
import { Faucet } from "./FaucetButton.tsx";
import { NetworkChoice } from "./NetworkChoice.tsx";
import { QrCode } from "./QrCode.tsx";
import { grouped, splitMemo } from "./addresses.ts";
import { useDepositAddress, useMissingLevel, useRecentDeposits } from "./api.ts";
import { Line, NeedsLevel, useAmounts } from "./parts.tsx";
import type { Currency, DepositDepth } from "./wire.ts";

export function Deposit(): ReactElement {
  const t = useT();
  const found = useCurrencies();
  const level = useMissingLevel("deposit");
  if (found.isPending) return <SkeletonRows rows={6} label={t("app.loading")} />;
  if (found.isError) return <Failed again={() => void found.refetch()} />;
  const open = found.data.filter((currency) => canDeposit(currency) || isBanked(currency));
  if (open.length === 0) return <Closed />;
  if (level !== null) return <NeedsLevel level={level} />;
  return <OpenDeposit currencies={open} />;
}

/** Fiat comes through a bank, where the exchange takes it at all. */
function isBanked(currency: Currency): boolean {
  return currency.type === "fiat" && currency.deposit_enabled;
}

function Closed(): ReactElement {
  const t = useT();
  return (
    <section className="card">
      <Empty text={t("deposit.off")} />
    </section>
  );
}

function OpenDeposit({ currencies }: { currencies: readonly Currency[] }): ReactElement {
  const t = useT();
  const navigate = useNavigate();
  const { currency: id } = useParams();
  const [search, setSearch] = useSearchParams();
  const currency = currencies.find((other) => other.id === id?.toLowerCase()) ?? currencies[0];
  const networks = currency ? depositNetworks(currency) : [];
  const asked = search.get("network");
  const network = networks.find((other) => other.blockchain_key === asked) ?? networks[0];
  const amounts = useAmounts(currency?.id ?? "");
  if (!currency) return <Closed />;
  return (
    <>
      <div className="wallet-columns">
        <section className="card stack">
          <CurrencyChoice label={t("deposit.choose")} currencies={currencies} chosen={currency} onChoose={(chosen) => void navigate(`/wallet/deposit/${chosen}`)} />
          {network && (
            <>
              <NetworkChoice
                label={t("deposit.chooseNetwork")}
                networks={networks}
                chosen={network}
                onChoose={(key) => setSearch({ network: key }, { replace: true })}
                detail={({ min_deposit_amount }) => `${t("deposit.minimum")} ${amounts(min_deposit_amount)}`}
              />
              <p className="hint">{t("deposit.networkHint")}</p>
              <Faucet currency={currency.id} network={network.blockchain_key} />
            </>
          )}
        </section>
        <section className="card">
          {network ? <AddressCard key={`${currency.id} ${network.blockchain_key}`} currency={currency} network={network} /> : <BankCard currency={currency} />}
        </section>
      </div>
      <Recent currency={currency} />
    </>
  );
}

function AddressCard({ currency, network }: { currency: Currency; network: Network }): ReactElement {
  const t = useT();
  const amounts = useAmounts(currency.id);
  const found = useDepositAddress(currency.id, network.blockchain_key);
  const names = { currency: upper(currency.id), network: networkName(network) };
  if (found.isPending) return <SkeletonRows rows={6} label={t("app.loading")} />;
  if (found.isError) return <Notice kind="bad">{failureText(t, found.error)}</Notice>;
  const { address, memo } = splitMemo(found.data.address);
  return (
    <div className="stack" data-testid="deposit-address">
      <h2 className="card-title">{t("deposit.address", names)}</h2>
      <div className="address-card">
        <QrCode text={address} label={t("deposit.qr", { address })} />
        <div className="stack">
          <AddressText text={address} />
          {memo !== null && (
            <div className="field">
              <span className="label">{t("deposit.memo")}</span>
              <div className="secret">
                <span className="address">{memo}</span>
                <CopyButton text={memo} />
              </div>
              <Notice>{t("deposit.memoNeeded")}</Notice>
            </div>
          )}
        </div>
      </div>
      <Notice>
        {t("deposit.only", names)}
        {network.warning && (
          <>
            <br />
            {network.warning}
          </>
        )}
      </Notice>
      <dl className="lines">
        <Line name={t("deposit.minimum")}>{amounts(network.min_deposit_amount)}</Line>
        <Line name={t("deposit.fee")}>{isZero(decimal(network.deposit_fee)) ? t("deposit.free") : amounts(network.deposit_fee)}</Line>
        <Depths depths={network.deposit_depths ?? []} amounts={amounts} />
      </dl>
      <p className="hint">{t("deposit.minimumText")}</p>
    </div>
  );
}

/** How many confirmations a deposit waits for; with the amounts where larger ones wait longer. */
function Depths({ depths, amounts }: { depths: readonly DepositDepth[]; amounts: (amount: string) => string }): ReactElement {
  const t = useT();
  return (
    <>
      {depths.map(({ from_amount, credit_confirmations: credit, withdrawable_confirmations: withdrawable }) => (
        <Line key={from_amount} name={isZero(decimal(from_amount)) ? t("deposit.needed") : t("deposit.neededFrom", { amount: amounts(from_amount) })}>
          {credit === withdrawable ? credit : t("deposit.depths", { credit, withdrawable })}
        </Line>
      ))}
    </>
  );
}

/** In groups, to compare it with another screen; what is copied is the address alone. */
function AddressText({ text }: { text: string }): ReactElement {
  return (
    <div className="secret">
      <span className="address" data-testid="address-text" data-address={text}>
        {grouped(text).map((group, index) => (
          <span key={index}>{group}</span>
        ))}
      </span>
      <CopyButton text={text} />
    </div>
  );
}

function BankCard({ currency }: { currency: Currency }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const { user } = useSession();
  return (
    <div className="stack">
      <h2 className="card-title">
        <Icon name="wallet" /> {t("deposit.fiat")}
      </h2>
      <p>{t("deposit.fiatText")}</p>
      <div className="field">
        <span className="label">{t("wallet.uid")}</span>
        <div className="secret">
          {user?.uid}
          <CopyButton text={user?.uid ?? ""} />
        </div>
      </div>
      <dl className="lines">
        <Line name={t("deposit.minimum")}>
          {formats.exact(currency.min_deposit_amount)} {upper(currency.id)}
        </Line>
        <Line name={t("deposit.fee")}>{isZero(decimal(currency.deposit_fee)) ? t("deposit.free") : `${formats.exact(currency.deposit_fee)} ${upper(currency.id)}`}</Line>
      </dl>
    </div>
  );
}

function Recent({ currency }: { currency: Currency }): ReactElement {
  const t = useT();
  const found = useRecentDeposits(currency.id);
  return (
    <section className="panel">
      <div className="panel-head">
        <h2 className="panel-title">{t("deposit.recent")}</h2>
      </div>
      {found.isPending && <Loading />}
      {found.isError && <Failed again={() => void found.refetch()} />}
      {found.isSuccess && found.data.length === 0 && <Empty text={t("deposit.none")} />}
      {found.isSuccess && found.data.length > 0 && <DepositRows deposits={found.data} currencies={[currency]} />}
    </section>
  );
}
