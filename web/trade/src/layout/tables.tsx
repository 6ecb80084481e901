/** What stands around rows of data: while they come, when they cannot be had, when there are more. */

import { Button, Empty, SkeletonRows } from "@pyxiu/ui";
import type { ReactElement, ReactNode } from "react";

import { useT } from "../i18n/index.ts";

export function Loading(): ReactElement {
  const t = useT();
  return <SkeletonRows rows={4} label={t("app.loading")} />;
}

export function Failed({ again }: { again: () => void }): ReactElement {
  const t = useT();
  return (
    <Empty text={t("app.failed")}>
      <Button small kind="outline" onClick={again}>
        {t("app.retry")}
      </Button>
    </Empty>
  );
}

export function More({ there, busy, more }: { there: boolean; busy: boolean; more: () => void }): ReactElement | null {
  const t = useT();
  if (!there) return null;
  return (
    <div className="more">
      <Button small busy={busy} onClick={more}>
        {t("app.more")}
      </Button>
    </div>
  );
}

/** Wide tables scroll by keyboard as well. */
export function Scroll({ label, children }: { label: string; children: ReactNode }): ReactElement {
  return (
    <div className="table-wrap" tabIndex={0} role="region" aria-label={label}>
      {children}
    </div>
  );
}
