/** Whether what is on the screen is live: a dot with words, and a bar over the page when it is not. */

import { Button } from "@pyxiu/ui";
import { type ReactElement, useEffect, useState } from "react";

import { useStore } from "../app/stores.ts";
import { useT } from "../i18n/index.ts";
import { stream } from "../live/index.ts";

/** A connection that comes back at once is nobody's concern. */
const PATIENCE_MS = 1500;

export function ConnectionStatus(): ReactElement {
  const t = useT();
  const { connection, latencyMs } = useStore(stream.state);
  const word = t(`live.${connection}`);
  const detail = connection === "open" && latencyMs !== null ? t("live.latency", { ms: latencyMs }) : word;
  return (
    <span className={`connection ${connection}`} role="status" aria-label={t("live.title", { state: word })} title={word} data-testid="connection">
      <span className="dot" />
      <span className="nav-wide">{detail}</span>
    </span>
  );
}

export function StaleBar(): ReactElement | null {
  const t = useT();
  const { connection } = useStore(stream.state);
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (connection === "open") {
      setLate(false);
      return;
    }
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [connection]);
  if (!late) return null;
  return (
    <div className="stale-bar" role="alert" data-testid="stale">
      {t("live.stale")}
      <Button small kind="outline" onClick={() => stream.retryNow()}>
        {t("live.retry")}
      </Button>
    </div>
  );
}
