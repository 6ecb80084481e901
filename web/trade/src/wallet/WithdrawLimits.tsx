/** How much of each limit is used and left, in the platform's currency and in the chosen one. */

import { decimal } from "@pyxiu/market";
import { SkeletonRows } from "@pyxiu/ui";
import type { ReactElement } from "react";

import { upper } from "../app/catalog.ts";
import { useFormats } from "../app/format.ts";
import { useT } from "../i18n/index.ts";
import { useLimits } from "./api.ts";
import { type Allowance, leftIn, usedShare } from "./limits.ts";
import type { Currency } from "./wire.ts";

/** Prices and limits of the exchange are in it. */
const UNIT = "USD";

export function WithdrawLimits({ currency }: { currency: Currency }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const limits = useLimits();
  const left = limits && leftIn(limits, decimal(currency.price), currency.precision);
  return (
    <aside className="card stack" aria-label={t("withdraw.limits")}>
      <h2 className="card-title">{t("withdraw.limits")}</h2>
      {!limits && <SkeletonRows rows={3} label={t("app.loading")} />}
      {limits && !limits.day && !limits.month && <p className="muted">{t("withdraw.noLimit")}</p>}
      {limits?.day && <Bar name={t("withdraw.limitDay")} allowance={limits.day} />}
      {limits?.month && <Bar name={t("withdraw.limitMonth")} allowance={limits.month} />}
      {left && <p className="hint">{t("withdraw.limitAbout", { amount: formats.exact(left), currency: upper(currency.id) })}</p>}
    </aside>
  );
}

function Bar({ name, allowance }: { name: string; allowance: Allowance }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const shown = { used: `${formats.fixed(allowance.used, 2)} ${UNIT}`, limit: `${formats.fixed(allowance.limit, 2)} ${UNIT}`, left: formats.fixed(allowance.left, 2) };
  return (
    <div className="limit">
      <div className="line">
        <span>{name}</span>
        <span className="number">{t("withdraw.limitLeft", shown)}</span>
      </div>
      <span className="limit-bar" role="img" aria-label={t("withdraw.limitBar", shown)}>
        <span style={{ transform: `scaleX(${usedShare(allowance)})` }} />
      </span>
    </div>
  );
}
