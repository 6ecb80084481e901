/** To add an address, or a bank account, to the address book. */

import { Button, Dialog, Field, Notice, Select } from "@pyxiu/ui";
import { type FormEvent, type ReactElement, useState } from "react";

import { useAction } from "../account/useAction.ts";
import { upper } from "../app/catalog.ts";
import { networkName, withdrawalNetworks } from "../app/networks.ts";
import { useT } from "../i18n/index.ts";
import { addBeneficiary } from "./api.ts";
import type { Beneficiary, Currency } from "./wire.ts";

interface AddAddressProps {
  currencies: readonly Currency[];
  currency: string;
  network: string | undefined;
  onClose: () => void;
  onAdded: (beneficiary: Beneficiary) => void;
}

const ACCOUNT_FIELDS = [
  ["full_name", "address.fullName", true],
  ["account_number", "address.accountNumber", true],
  ["bank_name", "address.bankName", false],
  ["bank_swift_code", "address.bankSwift", false],
] as const;

export function AddAddress({ currencies, currency: first, network: firstNetwork, onClose, onAdded }: AddAddressProps): ReactElement {
  const t = useT();
  const action = useAction();
  const [id, setId] = useState(first);
  const [key, setKey] = useState(firstNetwork);
  const [name, setName] = useState("");
  const [note, setNote] = useState("");
  const [data, setData] = useState<Readonly<Record<string, string>>>({});
  const currency = currencies.find((other) => other.id === id) ?? currencies[0];
  const networks = currency ? withdrawalNetworks(currency) : [];
  const network = networks.find((other) => other.blockchain_key === key) ?? networks[0];
  const fiat = currency?.type === "fiat";
  const add = async (): Promise<void> => {
    if (!currency) return;
    const given = Object.fromEntries(Object.entries(data).flatMap(([field, text]) => (text.trim() ? [[field, text.trim()]] : [])));
    onAdded(await addBeneficiary({ currency: currency.id, network: fiat ? null : (network?.blockchain_key ?? null), name: name.trim(), description: note.trim(), data: given }));
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    action.run(add);
  };
  const field = (of: string, label: string, required: boolean): ReactElement => (
    <Field key={of} label={label} required={required} autoComplete="off" spellCheck={false} value={data[of] ?? ""} onChange={(event) => setData({ ...data, [of]: event.target.value })} data-field={of} />
  );
  return (
    <Dialog title={t(fiat ? "address.addAccount" : "address.add")} closeLabel={t("app.close")} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {action.failure && <Notice kind="bad">{action.failure}</Notice>}
        {currencies.length > 1 && (
          <Select label={t("wallet.currency")} value={currency?.id} onChange={(event) => setId(event.target.value)}>
            {currencies.map((other) => (
              <option key={other.id} value={other.id}>
                {upper(other.id)} – {other.name}
              </option>
            ))}
          </Select>
        )}
        {!fiat && networks.length > 0 && (
          <Select label={t("wallet.network")} value={network?.blockchain_key} onChange={(event) => setKey(event.target.value)}>
            {networks.map((other) => (
              <option key={other.blockchain_key} value={other.blockchain_key}>
                {networkName(other)}
              </option>
            ))}
          </Select>
        )}
        <Field label={t("address.name")} required maxLength={64} autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} data-field="name" />
        {fiat ? ACCOUNT_FIELDS.map(([of, label, required]) => field(of, t(label), required)) : field("address", t("address.address"), true)}
        <Field label={t("address.note")} maxLength={255} value={note} onChange={(event) => setNote(event.target.value)} />
        <Button type="submit" kind="primary" wide busy={action.busy} data-testid="add-address">
          {t(fiat ? "address.addAccount" : "address.add")}
        </Button>
      </form>
    </Dialog>
  );
}
