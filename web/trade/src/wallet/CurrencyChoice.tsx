/** Which currency: a button that shows the present one and opens a list with a search. */

import { Dialog, Empty, Icon } from "@pyxiu/ui";
import { type ReactElement, useId, useState } from "react";

import { upper } from "../app/catalog.ts";
import { useFormats } from "../app/format.ts";
import { useStore } from "../app/stores.ts";
import { useT } from "../i18n/index.ts";
import { balances } from "../live/index.ts";
import { CoinMark } from "./CoinMark.tsx";
import type { Currency } from "./wire.ts";

interface CurrencyChoiceProps {
  label: string;
  currencies: readonly Currency[];
  chosen: Currency | undefined;
  onChoose: (id: string) => void;
}

export function CurrencyChoice({ label, currencies, chosen, onChoose }: CurrencyChoiceProps): ReactElement {
  const id = useId();
  const [open, setOpen] = useState(false);
  return (
    <div className="field">
      <span className="label" id={`${id}-label`}>
        {label}
      </span>
      <button
        type="button"
        id={id}
        className="coin-button"
        aria-haspopup="dialog"
        aria-labelledby={`${id}-label ${id}`}
        onClick={() => setOpen(true)}
        data-testid="choose-currency"
      >
        {chosen && (
          <>
            <CoinMark currency={chosen.id} />
            <strong>{upper(chosen.id)}</strong>
            <span className="muted">{chosen.name}</span>
          </>
        )}
        <Icon name="down" size={14} />
      </button>
      {open && <CurrencyList label={label} currencies={currencies} onClose={() => setOpen(false)} onChoose={onChoose} />}
    </div>
  );
}

type ListProps = Pick<CurrencyChoiceProps, "label" | "currencies" | "onChoose"> & { onClose: () => void };

function CurrencyList({ label, currencies, onClose, onChoose }: ListProps): ReactElement {
  const t = useT();
  const formats = useFormats();
  const all = useStore(balances.all);
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const shown = currencies.filter((currency) => currency.id.includes(wanted) || currency.name.toLowerCase().includes(wanted));
  return (
    <Dialog title={label} closeLabel={t("app.close")} onClose={onClose}>
      <div className="input">
        <span className="prefix">
          <Icon name="search" />
        </span>
        <input type="search" autoFocus aria-label={t("balances.search")} placeholder={t("balances.search")} value={search} onChange={(event) => setSearch(event.target.value)} />
      </div>
      {shown.length === 0 && <Empty text={t("history.none")} />}
      <ul className="coin-list">
        {shown.map((currency) => (
          <li key={currency.id}>
            <button
              type="button"
              onClick={() => {
                onChoose(currency.id);
                onClose();
              }}
            >
              <CoinMark currency={currency.id} />
              <strong>{upper(currency.id)}</strong>
              <span className="muted">{currency.name}</span>
              <span className="number coin-balance">{formats.exact(all?.[currency.id]?.available ?? "0")}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
