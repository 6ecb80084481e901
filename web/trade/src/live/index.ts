/** The live channels of the page, each with one store, over one connection. */

import { Stream, csrf } from "@pyxiu/client";

import { BalancesChannel } from "./balances.ts";
import { BookChannel } from "./book.ts";
import { CandlesChannel } from "./candles.ts";
import { OrdersChannel } from "./orders.ts";
import { TickersChannel } from "./tickers.ts";
import { TradesChannel } from "./trades.ts";
import { WalletChannel } from "./wallet.ts";

let sessionEnded: () => void = () => undefined;

/** Whom to tell when the stream says that the session is over. */
export function whenStreamEndsSession(tell: () => void): void {
  sessionEnded = tell;
}

function url(): string {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const path = csrf.get() ? "private" : "public";
  return `${scheme}//${location.host}/api/v2/ranger/${path}?book=nested`;
}

export const stream = new Stream({ url, onSessionEnded: () => sessionEnded() });
export const book = new BookChannel(stream);
export const trades = new TradesChannel(stream);
export const tickers = new TickersChannel(stream);
export const candles = new CandlesChannel(stream);
export const orders = new OrdersChannel(stream);
export const balances = new BalancesChannel(stream);
export const walletNews = new WalletChannel(stream);
