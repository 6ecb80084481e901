/**
 * Sends one order.
 *
 * Invariant: one order is placed at most, however often it is asked for, since every try has the same client order id.
 * Limit: a few tries; when none is answered the caller is told that nobody knows.
 */

import { api, dataOf } from "@pyxiu/client";

import { isUnknown, newWish } from "../app/failures.ts";
import { balances, orders } from "../live/index.ts";
import type { Order } from "../live/orders.ts";
import type { Ticket } from "./ticket.ts";

const TRIES_MAX = 4;
const PAUSE_MS = 700;

export interface Sendable {
  readonly market: string;
  readonly ticket: Ticket;
  readonly price: string | null;
  readonly amount: string;
}

export async function placeOrder({ market, ticket, price, amount }: Sendable, onRetry: () => void): Promise<Order> {
  const limit = ticket.type === "limit";
  const size = !limit && ticket.by === "quote" ? { quote_amount: amount } : { volume: amount };
  const terms = limit ? { price, time_in_force: ticket.timeInForce, post_only: ticket.postOnly } : {};
  const body = { market, side: ticket.side, ord_type: ticket.type, client_order_id: newWish(), ...size, ...terms };
  for (let tries = 1; ; tries += 1) {
    try {
      const order = await dataOf(api.POST("/api/v2/peatio/market/orders", { body }));
      orders.put(order);
      void balances.load();
      return order;
    } catch (failure) {
      if (tries === TRIES_MAX || !isUnknown(failure)) throw failure;
      onRetry();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * tries));
    }
  }
}

export async function cancelOrder(order: Order): Promise<void> {
  const id = String(order.id);
  orders.put(await dataOf(api.POST("/api/v2/peatio/market/orders/{id}/cancel", { params: { path: { id } } })));
  void balances.load();
}

/** All of one market or of all, of one side or of both; how many there were. */
export async function cancelOrders(filter: { market?: string; side?: "buy" | "sell" }): Promise<number> {
  let count = 0;
  for (;;) {
    const canceled = await dataOf(api.POST("/api/v2/peatio/market/orders/cancel", { body: filter }));
    for (const order of canceled) orders.put(order);
    count += canceled.length;
    if (canceled.length === 0) break;
  }
  void balances.load();
  return count;
}
