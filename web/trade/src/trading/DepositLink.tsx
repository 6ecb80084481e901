/** The way to more of what one pays with, where the exchange takes it. */

import { Icon } from "@pyxiu/ui";
import type { ReactElement } from "react";
import { Link } from "react-router";

import { upper, useCurrencies } from "../app/catalog.ts";
import { canDeposit } from "../app/networks.ts";
import { useSession } from "../app/session.ts";
import { useT } from "../i18n/index.ts";

export function DepositLink({ currency }: { currency: string }): ReactElement | null {
  const t = useT();
  const { state } = useSession();
  const known = useCurrencies().data?.find((other) => other.id === currency);
  if (state !== "member" || !known || !canDeposit(known)) return null;
  const label = t("wallet.depositOf", { currency: upper(currency) });
  return (
    <Link className="icon-button tiny" to={`/wallet/deposit/${currency}`} aria-label={label} title={label}>
      <Icon name="receive" size={13} />
    </Link>
  );
}
