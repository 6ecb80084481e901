/** The address book: where withdrawals may go, by currency; adding, confirming and removing. */

import { Button, Dialog, Empty, Notice } from "@pyxiu/ui";
import { type ReactElement, useState } from "react";
import { Link } from "react-router";

import { SecondFactor, useHasFactor } from "../account/SecondFactor.tsx";
import { useAction } from "../account/useAction.ts";
import { upper, useCurrencies } from "../app/catalog.ts";
import { useFormats } from "../app/format.ts";
import { canWithdraw, explorerLink, networkName, networkOf } from "../app/networks.ts";
import { useT } from "../i18n/index.ts";
import { Failed, Loading, Scroll } from "../layout/tables.tsx";
import { AddAddress } from "./AddAddress.tsx";
import { CoinMark } from "./CoinMark.tsx";
import { PinDialog } from "./PinDialog.tsx";
import { removeBeneficiary, setAllowList, useAllowList, useBeneficiaries } from "./api.ts";
import { destinationOf, isUsable, isWaiting, wordOf } from "./beneficiaries.ts";
import { Hash } from "./parts.tsx";
import type { Beneficiary, Currency } from "./wire.ts";

export function AddressBook(): ReactElement {
  return (
    <>
      <Book />
      <AllowList />
    </>
  );
}

/** An extra lock on new addresses, for who wants it. */
function AllowList(): ReactElement | null {
  const t = useT();
  const on = useAllowList();
  const guarded = useHasFactor();
  const [asking, setAsking] = useState(false);
  if (on === undefined || guarded === null) return null;
  return (
    <section className="card allow-list">
      <div>
        <h2 className="card-title">
          {t("allowList.title")} <span className={`badge ${on ? "good" : "plain"}`}>{t(on ? "allowList.on" : "allowList.off")}</span>
        </h2>
        <p className="muted">{t("allowList.text")}</p>
      </div>
      {guarded ? (
        <Button small kind="outline" onClick={() => setAsking(true)} data-testid="allow-list">
          {t(on ? "account.disable" : "account.enable")}
        </Button>
      ) : (
        <Link to="/account/security">{t("account.security")}</Link>
      )}
      {asking && (
        <Dialog title={t("allowList.title")} closeLabel={t("app.close")} onClose={() => setAsking(false)}>
          <p>{t(on ? "allowList.turnOff" : "allowList.turnOn")}</p>
          <SecondFactor
            action={{ kind: "withdrawal.allow_list", fields: { allow_list: !on } }}
            label={t(on ? "account.disable" : "account.enable")}
            done={t("allowList.done")}
            act={async (proof) => {
              await setAllowList(!on, proof);
              setAsking(false);
            }}
          />
        </Dialog>
      )}
    </section>
  );
}

function Book(): ReactElement {
  const t = useT();
  const found = useBeneficiaries();
  const currencies = useCurrencies().data ?? [];
  const open = currencies.filter(canWithdraw);
  const [adding, setAdding] = useState(false);
  const [confirming, setConfirming] = useState<Beneficiary | null>(null);
  const [removing, setRemoving] = useState<Beneficiary | null>(null);
  const first = open[0];
  return (
    <section className="panel">
      <div className="panel-head address-head">
        <div>
          <h2 className="panel-title">{t("address.title")}</h2>
          <p className="muted">{t("address.text")}</p>
        </div>
        {first && (
          <Button small kind="primary" onClick={() => setAdding(true)} data-testid="new-address">
            {t("address.add")}
          </Button>
        )}
      </div>
      {found.isPending && <Loading />}
      {found.isError && <Failed again={() => void found.refetch()} />}
      {found.isSuccess && found.data.length === 0 && <Empty text={t("address.none")} />}
      {found.isSuccess && found.data.length > 0 && (
        <Scroll label={t("address.title")}>
          <table className="table rows" data-testid="addresses">
            <thead>
              <tr>
                <th>{t("address.name")}</th>
                <th className="wide-only">{t("wallet.currency")}</th>
                <th className="wide-only">{t("wallet.network")}</th>
                <th className="wide-only">{t("address.address")}</th>
                <th>{t("address.state")}</th>
                <th className="end">
                  <span className="hidden">{t("orders.actions")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {found.data.map((beneficiary) => (
                <AddressRow
                  key={beneficiary.id}
                  beneficiary={beneficiary}
                  currency={currencies.find((other) => other.id === beneficiary.currency)}
                  onConfirm={setConfirming}
                  onRemove={setRemoving}
                />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {adding && first && (
        <AddAddress
          currencies={open}
          currency={first.id}
          network={undefined}
          onClose={() => setAdding(false)}
          onAdded={(made) => {
            setAdding(false);
            setConfirming(made);
          }}
        />
      )}
      {confirming && <PinDialog beneficiary={confirming} onClose={() => setConfirming(null)} onDone={() => setConfirming(null)} />}
      {removing && <RemoveDialog beneficiary={removing} onClose={() => setRemoving(null)} />}
    </section>
  );
}

interface AddressRowProps {
  beneficiary: Beneficiary;
  currency: Currency | undefined;
  onConfirm: (beneficiary: Beneficiary) => void;
  onRemove: (beneficiary: Beneficiary) => void;
}

function AddressRow({ beneficiary, currency, onConfirm, onRemove }: AddressRowProps): ReactElement {
  const t = useT();
  const formats = useFormats();
  const { name, usable_from } = beneficiary;
  const network = networkOf(currency, beneficiary.blockchain_key);
  const word = wordOf(beneficiary);
  const to = destinationOf(beneficiary);
  const where = beneficiary.data["address"] ? <Hash text={to} href={explorerLink(network?.explorer_address, "address", to)} /> : to;
  return (
    <tr data-testid="address" data-state={beneficiary.state}>
      <td>
        <span className="two-lines">
          <b>{name}</b>
          {beneficiary.description && <span className="muted">{beneficiary.description}</span>}
          <span className="muted phone-only">{[upper(beneficiary.currency), network && networkName(network)].filter(Boolean).join(" · ")}</span>
          <span className="phone-only">{where}</span>
        </span>
      </td>
      <td className="wide-only">
        <span className="asset">
          <CoinMark currency={beneficiary.currency} />
          {upper(beneficiary.currency)}
        </span>
      </td>
      <td className="wide-only">{network ? networkName(network) : t("wallet.none")}</td>
      <td className="wide-only">{where}</td>
      <td>
        <span className="two-lines">
          <span className={`badge ${word?.tone ?? "plain"}`}>{word ? t(word.key) : beneficiary.state}</span>
          {isWaiting(usable_from, Date.now()) && <span className="muted usable">{t("address.waiting", { time: formats.dateTime(usable_from ?? "") })}</span>}
        </span>
      </td>
      <td className="end">
        <span className="row-actions stacked">
          {beneficiary.state === "pending" && (
            <Button small kind="primary" aria-label={t("address.confirmOf", { name })} onClick={() => onConfirm(beneficiary)}>
              {t("address.confirm")}
            </Button>
          )}
          {isUsable(beneficiary, Date.now()) && currency && canWithdraw(currency) && (
            <Link className="button small" to={withdrawLink(beneficiary)} aria-label={t("address.withdraw", { name })}>
              {t("wallet.withdraw")}
            </Link>
          )}
          <Button small kind="outline" aria-label={t("address.removeOf", { name })} onClick={() => onRemove(beneficiary)}>
            {t("address.remove")}
          </Button>
        </span>
      </td>
    </tr>
  );
}

function withdrawLink({ id, currency, blockchain_key }: Beneficiary): string {
  const query = new URLSearchParams({ ...(blockchain_key ? { network: blockchain_key } : {}), address: String(id) });
  return `/wallet/withdraw/${currency}?${query.toString()}`;
}

function RemoveDialog({ beneficiary, onClose }: { beneficiary: Beneficiary; onClose: () => void }): ReactElement {
  const t = useT();
  const action = useAction();
  const remove = async (): Promise<void> => {
    await removeBeneficiary(beneficiary.id);
    onClose();
  };
  return (
    <Dialog title={t("address.removeTitle")} closeLabel={t("app.close")} onClose={onClose}>
      <p>{t("address.removeText", { name: beneficiary.name })}</p>
      {action.failure && <Notice kind="bad">{action.failure}</Notice>}
      <div className="dialog-actions">
        <Button kind="outline" onClick={onClose}>
          {t("app.cancel")}
        </Button>
        <Button kind="danger" autoFocus busy={action.busy} data-testid="confirm-remove" onClick={() => action.run(remove, t("address.removed"))}>
          {t("address.remove")}
        </Button>
      </div>
    </Dialog>
  );
}
