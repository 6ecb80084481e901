/** Tables of orders and fills, on the trading page and on their own. */

import { Button, Dialog, Empty, useToast } from "@pyxiu/ui";
import { decimal, multiply } from "@pyxiu/market";
import { type ReactElement, useState } from "react";
import { Link } from "react-router";

import { type Market, upper } from "../app/catalog.ts";
import { type Formats, useFormats } from "../app/format.ts";
import { useStore } from "../app/stores.ts";
import { type Key, type Translate, failureText, useT } from "../i18n/index.ts";
import { Failed, Loading, More, Scroll } from "../layout/tables.tsx";
import { orders } from "../live/index.ts";
import type { Order } from "../live/orders.ts";
import { type MyTrade, useFills, useHistory } from "./mine.ts";
import { cancelOrder, cancelOrders } from "./placeOrder.ts";

interface TableProps {
  /** null: all markets. */
  market: string | null;
  markets: readonly Market[];
}

const STATES: Readonly<Record<Order["state"], Key>> = { wait: "orders.wait", done: "orders.done", cancel: "orders.cancelState" };

export function OpenOrdersTable({ market, markets }: TableProps): ReactElement {
  const t = useT();
  const formats = useFormats();
  const { orders: all, loaded } = useStore(orders.open);
  const shown = market ? all.filter((order) => order.market === market) : all;
  if (!loaded && all.length === 0) return <Loading />;
  if (shown.length === 0) return <Empty text={t("orders.noOpen")} />;
  return (
    <>
      <CancelBar orders={shown} market={market} />
      <Scroll label={t("orders.open")}>
        <table className="table">
          <thead>
            <tr>
              <th className="wide-only">{t("orders.time")}</th>
              <th>{t("orders.market")}</th>
              <th>{t("orders.side")}</th>
              <th className="end">{t("orders.price")}</th>
              <th className="end">{t("orders.amount")}</th>
              <th className="end">{t("orders.filled")}</th>
              <th className="end wide-only">{t("orders.total")}</th>
              <th className="end act">
                <span className="hidden">{t("orders.actions")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((order) => (
              <OpenOrderRow key={order.id} order={order} markets={markets} t={t} formats={formats} />
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

interface RowProps {
  order: Order;
  markets: readonly Market[];
  t: Translate;
  formats: Formats;
}

function OpenOrderRow({ order, markets, t, formats }: RowProps): ReactElement {
  const say = useToast();
  const [busy, setBusy] = useState(false);
  const price = order.price === null ? t("orders.atMarket") : priceText(order.price, order.market, markets, formats);
  const words = { side: t(order.side === "buy" ? "form.buy" : "form.sell"), amount: formats.exact(order.remaining_volume), price };
  const total = order.price === null ? null : multiply(decimal(order.price), decimal(order.origin_volume));
  const cancel = (): void => {
    setBusy(true);
    cancelOrder(order).catch((failure: unknown) => {
      setBusy(false);
      say(failureText(t, failure), "bad");
    });
  };
  return (
    <tr data-testid="open-order">
      <td className="muted number wide-only">{formats.dateTime(order.created_at)}</td>
      <td>
        <MarketName id={order.market} markets={markets} />
      </td>
      <td>
        <SideName side={order.side} t={t} />
      </td>
      <td className="end number">{price}</td>
      <td className="end number">{formats.exact(order.origin_volume)}</td>
      <td className="end number">
        <Progress order={order} formats={formats} />
      </td>
      <td className="end number wide-only">{total ? formats.exact(total) : "–"}</td>
      <td className="end act">
        <Button small kind="outline" busy={busy} aria-label={t("orders.cancelOne", words)} onClick={cancel}>
          {t("orders.cancel")}
        </Button>
      </td>
    </tr>
  );
}

function Progress({ order, formats }: { order: Order; formats: Formats }): ReactElement {
  const whole = decimal(order.origin_volume);
  const done = decimal(order.executed_volume);
  const share = whole.units === 0n ? 0 : Number((done.units * 10n ** BigInt(whole.scale) * 1000n) / (whole.units * 10n ** BigInt(done.scale))) / 1000;
  return (
    <span className="progress-cell">
      <span className="progress" aria-hidden="true">
        <span style={{ transform: `scaleX(${share})` }} />
      </span>
      {formats.percent({ units: BigInt(Math.round(share * 1000)), scale: 3 }, 1)}
    </span>
  );
}

/** A price with the digits of its market, or as it is where the market is gone. */
function priceText(price: string, id: string, markets: readonly Market[], formats: Formats): string {
  const market = markets.find((other) => other.id === id);
  return market ? formats.fixed(price, market.price_precision) : formats.exact(price);
}

interface Wish {
  readonly side?: "buy" | "sell";
  readonly count: number;
}

function CancelBar({ orders: shown, market }: { orders: readonly Order[]; market: string | null }): ReactElement {
  const t = useT();
  const say = useToast();
  const [wish, setWish] = useState<Wish | null>(null);
  const buys = shown.filter((order) => order.side === "buy").length;
  const sells = shown.length - buys;
  const carryOut = ({ side }: Wish): void => {
    setWish(null);
    cancelOrders({ ...(market ? { market } : {}), ...(side ? { side } : {}) }).then(
      (count) => say(t("orders.canceled", { count }), "good"),
      (failure: unknown) => say(failureText(t, failure), "bad"),
    );
  };
  return (
    <div className="cancel-bar">
      {buys > 0 && sells > 0 && (
        <>
          <Button small onClick={() => setWish({ side: "buy", count: buys })}>
            {t("orders.cancelBuys")}
          </Button>
          <Button small onClick={() => setWish({ side: "sell", count: sells })}>
            {t("orders.cancelSells")}
          </Button>
        </>
      )}
      <Button small kind="danger" onClick={() => setWish({ count: shown.length })} data-testid="cancel-all">
        {t("orders.cancelAll")}
      </Button>
      {wish && (
        <Dialog title={t("orders.sure")} closeLabel={t("app.close")} onClose={() => setWish(null)}>
          <p>{t("orders.sureText", { count: wish.count })}</p>
          <div className="dialog-actions">
            <Button kind="outline" onClick={() => setWish(null)}>
              {t("orders.keep")}
            </Button>
            <Button kind="danger" autoFocus data-testid="confirm-cancel" onClick={() => carryOut(wish)}>
              {t("orders.cancelAll")}
            </Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}

export function HistoryTable({ market, markets }: TableProps): ReactElement {
  const t = useT();
  const formats = useFormats();
  const found = useHistory(market, true);
  const rows = found.data?.pages.flat() ?? [];
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failed again={() => void found.refetch()} />;
  if (rows.length === 0) return <Empty text={t("orders.noHistory")} />;
  return (
    <Scroll label={t("orders.history")}>
      <table className="table">
        <thead>
          <tr>
            <th>{t("orders.time")}</th>
            <th>{t("orders.market")}</th>
            <th>{t("orders.type")}</th>
            <th>{t("orders.side")}</th>
            <th className="end">{t("orders.price")}</th>
            <th className="end">{t("orders.average")}</th>
            <th className="end">{t("orders.amount")}</th>
            <th className="end">{t("orders.filled")}</th>
            <th>{t("orders.state")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((order) => (
            <tr key={order.id}>
              <td className="muted number">{formats.dateTime(order.created_at)}</td>
              <td>
                <MarketName id={order.market} markets={markets} />
              </td>
              <td>{t(order.ord_type === "limit" ? "form.limit" : "form.market")}</td>
              <td>
                <SideName side={order.side} t={t} />
              </td>
              <td className="end number">{order.price === null ? t("orders.atMarket") : priceText(order.price, order.market, markets, formats)}</td>
              <td className="end number">{order.trades_count > 0 ? priceText(order.avg_price, order.market, markets, formats) : "–"}</td>
              <td className="end number">{formats.exact(order.origin_volume)}</td>
              <td className="end number">{formats.exact(order.executed_volume)}</td>
              <td>
                <span className="badge">{t(STATES[order.state])}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <More there={found.hasNextPage} busy={found.isFetchingNextPage} more={() => void found.fetchNextPage()} />
    </Scroll>
  );
}

export function FillsTable({ market, markets }: TableProps): ReactElement {
  const t = useT();
  const formats = useFormats();
  const found = useFills(market, true);
  const rows = found.data?.pages.flat() ?? [];
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failed again={() => void found.refetch()} />;
  if (rows.length === 0) return <Empty text={t("orders.noFills")} />;
  return (
    <Scroll label={t("orders.fills")}>
      <table className="table">
        <thead>
          <tr>
            <th>{t("orders.time")}</th>
            <th>{t("orders.market")}</th>
            <th>{t("orders.side")}</th>
            <th className="end">{t("orders.price")}</th>
            <th className="end">{t("orders.amount")}</th>
            <th className="end">{t("orders.total")}</th>
            <th className="end">{t("orders.fee")}</th>
            <th>{t("orders.role")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((trade) => (
            <FillRow key={`${trade.id} ${trade.order_id}`} trade={trade} markets={markets} t={t} formats={formats} />
          ))}
        </tbody>
      </table>
      <More there={found.hasNextPage} busy={found.isFetchingNextPage} more={() => void found.fetchNextPage()} />
    </Scroll>
  );
}

function FillRow({ trade, markets, t, formats }: { trade: MyTrade; markets: readonly Market[]; t: Translate; formats: Formats }): ReactElement {
  return (
    <tr>
      <td className="muted number">{formats.dateTime(trade.created_at)}</td>
      <td>
        <MarketName id={trade.market} markets={markets} />
      </td>
      <td>
        <SideName side={trade.side} t={t} />
      </td>
      <td className="end number">{priceText(trade.price, trade.market, markets, formats)}</td>
      <td className="end number">{formats.exact(trade.amount)}</td>
      <td className="end number">{formats.exact(trade.total)}</td>
      <td className="end number">
        {formats.exact(trade.fee_amount)} {upper(trade.fee_currency)}
      </td>
      <td>{t(trade.taker_type === trade.side ? "orders.taker" : "orders.maker")}</td>
    </tr>
  );
}

function MarketName({ id, markets }: { id: string; markets: readonly Market[] }): ReactElement {
  return (
    <Link className="plain" to={`/trading/${id}`}>
      {markets.find((market) => market.id === id)?.name ?? upper(id)}
    </Link>
  );
}

function SideName({ side, t }: { side: string; t: Translate }): ReactElement {
  return <span className={side === "buy" ? "up" : "down"}>{t(side === "buy" ? "form.buy" : "form.sell")}</span>;
}
