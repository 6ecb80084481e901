/**
 * The member's open orders of all markets.
 *
 * Invariant: of two states of one order the later wins, and what has ended is not there. An answer of the API and
 * an event of the stream may come in any order. Limit: the stream tells 1,000 open orders, the API pages bring the others.
 */

import { type Schemas, Store, type Stream, type StreamSchemas, api, dataOf } from "@pyxiu/client";

export type Order = Schemas["Order"];

export interface OpenOrders {
  readonly orders: readonly Order[];
  readonly loaded: boolean;
}

type StreamOrder = StreamSchemas["OrderEvent"];

const PAGE = 1000;
/** How many that have ended are remembered, so that a late older state does not bring one back. */
const ENDED_MAX = 2000;

export class OrdersChannel {
  readonly open = new Store<OpenOrders>({ orders: [], loaded: false });
  /** Told each order that has changed, such as for messages and histories. */
  readonly changes = new Set<(order: Order) => void>();
  private leaves: (() => void)[] = [];
  private readonly ended = new Map<number, string>();

  constructor(private readonly stream: Stream) {}

  start(): void {
    this.stop();
    this.leaves = [
      this.stream.subscribe("order", {
        frame: (payload) => {
          const order = normal(payload);
          this.put(order);
          for (const tell of this.changes) tell(order);
        },
      }),
      this.stream.subscribe("orders", {
        frame: (payload) => {
          this.replace(payload.orders.map(normal));
          if (!payload.complete) void this.loadAll();
        },
      }),
    ];
    void this.loadAll();
  }

  stop(): void {
    for (const leave of this.leaves) leave();
    this.leaves = [];
    this.ended.clear();
    this.open.set({ orders: [], loaded: false });
  }

  /** Another state of one order, from the stream or from an answer. */
  put(order: Order): void {
    if (order.state !== "wait") this.remember(order);
    else if (this.ended.has(order.id)) return;
    this.open.update((view) => ({ ...view, orders: withOrder(view.orders, order) }));
  }

  async loadAll(): Promise<void> {
    try {
      const found: Order[] = [];
      for (let page = 1; ; page += 1) {
        const query = { state: ["wait" as const], limit: PAGE, page };
        const rows = await dataOf(api.GET("/api/v2/peatio/market/orders", { params: { query } }));
        found.push(...rows);
        if (rows.length < PAGE) break;
      }
      for (const order of found) this.put(order);
      this.open.update((view) => ({ ...view, loaded: true }));
    } catch {
      // The stream tells them too; without either the page says that it is stale.
    }
  }

  private replace(orders: readonly Order[]): void {
    const open = orders.filter((order) => !this.ended.has(order.id));
    this.open.set({ orders: [...open].sort(newestFirst), loaded: true });
  }

  private remember(order: Order): void {
    this.ended.set(order.id, order.state);
    if (this.ended.size > ENDED_MAX) {
      const [oldest] = this.ended.keys();
      if (oldest !== undefined) this.ended.delete(oldest);
    }
  }
}

export function withOrder(orders: readonly Order[], order: Order): readonly Order[] {
  const there = orders.find((other) => other.id === order.id);
  if (order.state !== "wait") return there ? orders.filter((other) => other !== there) : orders;
  if (!there) return [order, ...orders].sort(newestFirst);
  // A trade fills further or not at all, so that the smaller rest is the later state where times are equal.
  const older = order.updated_at < there.updated_at || (order.updated_at === there.updated_at && order.trades_count < there.trades_count);
  return older ? orders : orders.map((other) => (other === there ? order : other));
}

function newestFirst(left: Order, right: Order): number {
  return right.id - left.id;
}

/** The stream has unix seconds where the API has ISO texts. */
export function normal(order: StreamOrder): Order {
  return { ...order, created_at: iso(order.created_at), updated_at: iso(order.updated_at) };
}

function iso(time: number): string {
  return `${new Date(time * 1000).toISOString().slice(0, 19)}Z`;
}
