/** An amount of one currency: typed, or taken as a part of what is available. */

import { type Decimal, percentOf, rescale } from "@pyxiu/market";
import { Button, Field } from "@pyxiu/ui";
import type { ReactElement } from "react";

import { upper } from "../app/catalog.ts";
import { useFormats } from "../app/format.ts";
import { useT } from "../i18n/index.ts";
import { useAmounts } from "./parts.tsx";

interface AmountFieldProps {
  currency: string;
  available: Decimal;
  /** What a part of it is cut to. */
  precision: number;
  text: string;
  wrong: string | null;
  onText: (text: string) => void;
}

const SHARES = [25, 50, 75] as const;

export function AmountField({ currency, available, precision, text, wrong, onText }: AmountFieldProps): ReactElement {
  const t = useT();
  const formats = useFormats();
  const amounts = useAmounts(currency);
  const take = (value: Decimal): void => onText(formats.exact(rescale(value, precision)));
  return (
    <div className="field">
      <Field
        label={t("withdraw.amount")}
        numeric
        inputMode="decimal"
        autoComplete="off"
        value={text}
        wrong={wrong}
        suffix={upper(currency)}
        hint={`${t("withdraw.available")} ${amounts(available)}`}
        onChange={(event) => onText(event.target.value)}
        data-field="amount"
      />
      <div className="shares">
        {SHARES.map((percent) => (
          <Button key={percent} small onClick={() => take(percentOf(available, percent))} aria-label={t("form.percent", { percent })}>
            {percent}%
          </Button>
        ))}
        <Button small onClick={() => take(available)}>{t("withdraw.all")}</Button>
      </div>
    </div>
  );
}
