/** What stands where data is not, or not yet. */

import type { ReactElement, ReactNode } from "react";

import { Icon } from "./icons.tsx";

export function Empty({ text, children }: { text: string; children?: ReactNode }): ReactElement {
  return (
    <div className="empty">
      <Icon name="empty" size={28} />
      <span>{text}</span>
      {children}
    </div>
  );
}

export function SkeletonRows({ rows, label }: { rows: number; label: string }): ReactElement {
  return (
    <div role="status" aria-label={label} className="skeleton-rows">
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} className="skeleton" />
      ))}
    </div>
  );
}

export function Notice({ kind = "", children }: { kind?: "" | "bad" | "good"; children: ReactNode }): ReactElement {
  return (
    <div className={`notice ${kind}`} role={kind === "bad" ? "alert" : "status"}>
      <div>{children}</div>
    </div>
  );
}
