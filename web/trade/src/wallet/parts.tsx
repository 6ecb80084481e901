/** What the wallet pages share: facts in lines, states, links into explorers, progress, and what an account lacks. */

import type { Decimal } from "@pyxiu/market";
import { Icon, Notice } from "@pyxiu/ui";
import type { ReactElement, ReactNode } from "react";
import { Link } from "react-router";

import { upper } from "../app/catalog.ts";
import { useFormats } from "../app/format.ts";
import { useSession } from "../app/session.ts";
import { useT } from "../i18n/index.ts";
import { shortened } from "./addresses.ts";
import type { Confirmations } from "./confirmations.ts";
import type { Shown } from "./states.ts";

export function Line({ name, children }: { name: ReactNode; children: ReactNode }): ReactElement {
  return (
    <div className="line">
      <dt>{name}</dt>
      <dd className="number">{children}</dd>
    </div>
  );
}

export function StateBadge({ state }: { state: Shown }): ReactElement {
  return <span className={`badge ${state.tone}`}>{state.text}</span>;
}

/** A transaction or an address, short, and a link where there is an explorer. */
export function Hash({ text, href }: { text: string | null | undefined; href: string | null }): ReactElement {
  const t = useT();
  if (!text) return <span className="muted">{t("wallet.none")}</span>;
  if (!href) return <span className="hash" title={text}>{shortened(text)}</span>;
  return (
    <a className="hash" href={href} target="_blank" rel="noreferrer" title={text}>
      {shortened(text)}
      <Icon name="external" size={12} />
    </a>
  );
}

export function Progress({ confirmations }: { confirmations: Confirmations }): ReactElement {
  const t = useT();
  const { seen, needed, share } = confirmations;
  return (
    <span className="progress-cell" title={t("deposit.progress", { seen, needed })}>
      <span className="progress" aria-hidden="true">
        <span style={{ transform: `scaleX(${share})` }} />
      </span>
      <span aria-label={t("deposit.progress", { seen, needed })} role="img">
        {seen}/{needed}
      </span>
    </span>
  );
}

export function NeedsLevel({ level }: { level: number | null }): ReactElement | null {
  const t = useT();
  const { user } = useSession();
  if (level === null) return null;
  return (
    <Notice>
      <strong>{t("wallet.levelTitle", { level })}</strong>
      <br />
      {t("wallet.levelText", { own: user?.level ?? 0 })} <Link to="/account/verification">{t("form.verify")}</Link>
    </Notice>
  );
}

/** Moving funds out needs a second factor, which is set up elsewhere. */
export function NeedsFactor(): ReactElement {
  const t = useT();
  return (
    <Notice>
      {t("withdraw.needsFactor")} <Link to="/account/security">{t("account.security")}</Link>
    </Notice>
  );
}

interface AmountProps {
  value: Decimal | string;
  unit: string;
  sign?: string;
  /** A phone shows the time below. */
  at: string;
}

/** An amount with its currency's code, which stands back. */
export function Amount({ value, unit, sign = "", at }: AmountProps): ReactElement {
  const formats = useFormats();
  return (
    <span className="two-lines">
      <span className={`number${sign === "+" ? " up" : ""}`}>
        {sign}
        {formats.exact(value)} <span className="unit">{upper(unit)}</span>
      </span>
      <span className="muted number phone-only">{formats.dateTime(at)}</span>
    </span>
  );
}

interface StateCellProps {
  state: Shown;
  confirmations: Confirmations | null;
  /** What they are counted for, where that is not the state itself. */
  until?: string | null;
  /** A phone shows the transaction below. */
  hash: ReactNode;
}

export function StateCell({ state, confirmations, until, hash }: StateCellProps): ReactElement {
  return (
    <span className="state-cell">
      <StateBadge state={state} />
      {confirmations && <Progress confirmations={confirmations} />}
      {until && <span className="until">{until}</span>}
      {hash && <span className="phone-only">{hash}</span>}
    </span>
  );
}

/** Writes amounts of one currency, exact and with its code. */
export function useAmounts(unit: string): (value: Decimal | string) => string {
  const formats = useFormats();
  return (value) => `${formats.exact(value)} ${upper(unit)}`;
}
