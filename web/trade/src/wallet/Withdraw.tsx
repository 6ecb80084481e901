/** To withdraw: what, over which network, to which confirmed address, how much; and what has become of the latest ones. */

import { Empty, SkeletonRows } from "@pyxiu/ui";
import type { ReactElement } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";

import { useHasFactor } from "../account/SecondFactor.tsx";
import { useCurrencies } from "../app/catalog.ts";
import { canWithdraw, withdrawalNetworks } from "../app/networks.ts";
import { useT } from "../i18n/index.ts";
import { Failed, Loading } from "../layout/tables.tsx";
import { WithdrawForm } from "./WithdrawForm.tsx";
import { WithdrawRows } from "./WithdrawRows.tsx";
import { useMissingLevel, useRecentWithdraws } from "./api.ts";
import { NeedsFactor, NeedsLevel } from "./parts.tsx";
import type { Currency } from "./wire.ts";

export function Withdraw(): ReactElement {
  const t = useT();
  const found = useCurrencies();
  const level = useMissingLevel("withdraw");
  const guarded = useHasFactor();
  if (found.isPending || guarded === null) return <SkeletonRows rows={6} label={t("app.loading")} />;
  if (found.isError) return <Failed again={() => void found.refetch()} />;
  const open = found.data.filter(canWithdraw);
  if (open.length === 0) {
    return (
      <section className="card">
        <Empty text={t("withdraw.off")} />
      </section>
    );
  }
  if (level !== null) return <NeedsLevel level={level} />;
  if (!guarded) return <NeedsFactor />;
  return <OpenWithdraw currencies={open} />;
}

function OpenWithdraw({ currencies }: { currencies: readonly Currency[] }): ReactElement | null {
  const navigate = useNavigate();
  const { currency: id } = useParams();
  const [search, setSearch] = useSearchParams();
  const currency = currencies.find((other) => other.id === id?.toLowerCase()) ?? currencies[0];
  if (!currency) return null;
  const networks = withdrawalNetworks(currency);
  const network = networks.find((other) => other.blockchain_key === search.get("network")) ?? networks[0];
  return (
    <>
      <WithdrawForm
        key={`${currency.id} ${network?.blockchain_key ?? ""}`}
        currencies={currencies}
        currency={currency}
        network={network}
        first={Number(search.get("address"))}
        onCurrency={(chosen) => void navigate(`/wallet/withdraw/${chosen}`)}
        onNetwork={(key) => setSearch({ network: key }, { replace: true })}
      />
      <Recent currency={currency} />
    </>
  );
}

function Recent({ currency }: { currency: Currency }): ReactElement {
  const t = useT();
  const found = useRecentWithdraws(currency.id);
  return (
    <section className="panel">
      <div className="panel-head">
        <h2 className="panel-title">{t("withdraw.recent")}</h2>
      </div>
      {found.isPending && <Loading />}
      {found.isError && <Failed again={() => void found.refetch()} />}
      {found.isSuccess && found.data.length === 0 && <Empty text={t("withdraw.none")} />}
      {found.isSuccess && found.data.length > 0 && <WithdrawRows withdraws={found.data} currencies={[currency]} />}
    </section>
  );
}
