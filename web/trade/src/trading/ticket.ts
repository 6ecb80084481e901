/** The order that is being written: filled by the form, by clicks on the book and by keys. Texts as they were typed. */

import { Store } from "@pyxiu/client";

export type TimeInForce = "gtc" | "ioc" | "fok";

export interface Ticket {
  readonly side: "buy" | "sell";
  readonly type: "limit" | "market";
  readonly price: string;
  readonly amount: string;
  /** Of a market order: in base or in quote currency. */
  readonly by: "base" | "quote";
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
}

export const EMPTY_TICKET: Ticket = {
  side: "buy",
  type: "limit",
  price: "",
  amount: "",
  by: "base",
  timeInForce: "gtc",
  postOnly: false,
};

export const ticket = new Store<Ticket>(EMPTY_TICKET);

export function write(changes: Partial<Ticket>): void {
  ticket.update((there) => ({ ...there, ...changes }));
}
