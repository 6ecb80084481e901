/** The keyboard: single letters while nothing is being typed, and a list of them behind the question mark. */

import { Button, Dialog, IconButton, useToast } from "@pyxiu/ui";
import { type ReactElement, useEffect, useState } from "react";

import { choose, settings } from "../app/settings.ts";
import { useStore } from "../app/stores.ts";
import { type Key, failureText, useT } from "../i18n/index.ts";
import { orders } from "../live/index.ts";
import { chartKeys } from "./ChartPanel.tsx";
import { openMarkets } from "./MarketList.tsx";
import { cancelOrders } from "./placeOrder.ts";
import { write } from "./ticket.ts";

const KEYS: readonly (readonly [string, Key])[] = [
  ["?", "keys.help"],
  ["/", "keys.search"],
  ["B", "keys.buy"],
  ["S", "keys.sell"],
  ["L", "keys.limit"],
  ["M", "keys.market"],
  ["P", "keys.price"],
  ["A", "keys.amount"],
  ["X", "keys.cancelAll"],
  ["C", "keys.chart"],
  ["T", "keys.theme"],
  ["H", "keys.small"],
  ["Esc", "keys.escape"],
];

export function Shortcuts(): ReactElement {
  const t = useT();
  const say = useToast();
  const [help, setHelp] = useState(false);
  const [asking, setAsking] = useState(false);
  const { orders: open } = useStore(orders.open);
  const count = open.length;
  useEffect(() => {
    const acts: Readonly<Record<string, () => void>> = {
      "?": () => setHelp(true),
      "/": () => openMarkets.tell(),
      b: () => write({ side: "buy" }),
      s: () => write({ side: "sell" }),
      l: () => write({ type: "limit" }),
      m: () => write({ type: "market", amount: "" }),
      p: () => focusField("price"),
      a: () => focusField("amount"),
      x: () => setAsking(count > 0),
      c: () => chartKeys.toggle(),
      t: () => choose({ theme: settings.get().theme === "dark" ? "light" : "dark" }),
      h: () => choose({ hideSmall: !settings.get().hideSmall }),
    };
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
      const act = acts[event.key.toLowerCase()];
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [count]);
  const cancelAll = (): void => {
    setAsking(false);
    cancelOrders({}).then(
      (canceled) => say(t("orders.canceled", { count: canceled }), "good"),
      (failure: unknown) => say(failureText(t, failure), "bad"),
    );
  };
  return (
    <>
      <IconButton icon="keyboard" label={t("keys.title")} className="keys-button" onClick={() => setHelp(true)} />
      {help && (
        <Dialog title={t("keys.title")} closeLabel={t("app.close")} onClose={() => setHelp(false)}>
          <dl className="keys">
            {KEYS.map(([key, name]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{t(name)}</dd>
              </div>
            ))}
          </dl>
        </Dialog>
      )}
      {asking && (
        <Dialog title={t("orders.sure")} closeLabel={t("app.close")} onClose={() => setAsking(false)}>
          <p>{t("orders.sureText", { count })}</p>
          <div className="dialog-actions">
            <Button kind="outline" onClick={() => setAsking(false)}>
              {t("orders.keep")}
            </Button>
            <Button kind="danger" autoFocus onClick={cancelAll}>
              {t("orders.cancelAll")}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function focusField(name: string): void {
  document.querySelector<HTMLInputElement>(`input[data-field="${name}"]`)?.focus();
}
