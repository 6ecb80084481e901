/** The latest trades of everybody. */

import { Button, Empty, SkeletonRows } from "@pyxiu/ui";
import { type ReactElement, memo } from "react";

import { type Market, upper } from "../app/catalog.ts";
import { type Formats, useFormats } from "../app/format.ts";
import { useStore } from "../app/stores.ts";
import { useT } from "../i18n/index.ts";
import { trades } from "../live/index.ts";
import type { TapeTrade } from "../live/trades.ts";
import { write } from "./ticket.ts";

export function TradesTape({ market }: { market: Market }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const tape = useStore(trades.tape);
  const here = tape.market === market.id ? tape : null;
  return (
    <section className="tape panel" aria-label={t("trades.market")}>
      <div className="panel-head">
        <h2 className="panel-title">{t("trades.title")}</h2>
      </div>
      <div className="book-head" aria-hidden="true">
        <span>{t("book.price", { currency: upper(market.quote_unit) })}</span>
        <span>{t("book.amount", { currency: upper(market.base_unit) })}</span>
        <span>{t("trades.time")}</span>
      </div>
      <div className="tape-rows" tabIndex={0} role="region" aria-label={t("trades.market")}>
        {!here?.loaded && !here?.failed && <SkeletonRows rows={10} label={t("app.loading")} />}
        {here?.failed && (
          <Empty text={t("app.failed")}>
            <Button small kind="outline" onClick={() => location.reload()}>
              {t("app.retry")}
            </Button>
          </Empty>
        )}
        {here?.loaded && here.trades.length === 0 && <Empty text={t("trades.none")} />}
        {here?.trades.map((trade) => <TapeRow key={trade.id} trade={trade} market={market} formats={formats} />)}
      </div>
    </section>
  );
}

const TapeRow = memo(function TapeRow({ trade, market, formats }: { trade: TapeTrade; market: Market; formats: Formats }): ReactElement {
  return (
    <div className="tape-row" onClick={() => write({ price: trade.price })}>
      <span className={trade.side === "buy" ? "up" : "down"}>{formats.fixed(trade.price, market.price_precision)}</span>
      <span>{formats.fixed(trade.amount, market.amount_precision)}</span>
      <span className="muted">{formats.time(trade.at)}</span>
    </div>
  );
});
