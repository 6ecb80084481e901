/**
 * Who is logged in.
 *
 * Invariant: the private channels run exactly while there is a member, and a session that has ended leaves nothing of its
 * member on the page. Limit: the cookie is the server's; this only knows whether the server still takes it.
 */

import { ApiFailure, type Schemas, Store, api, csrf, dataOf, whenSessionEnds } from "@pyxiu/client";
import { useSyncExternalStore } from "react";

import { balances, orders, stream, walletNews, whenStreamEndsSession } from "../live/index.ts";
import { queries } from "./queries.ts";

export type User = Schemas["FullUser"];

export interface Session {
  readonly state: "unknown" | "visitor" | "member";
  readonly user: User | null;
  /** It has ended by itself, so the log-in page says so. */
  readonly ended: boolean;
}

export const session = new Store<Session>({ state: "unknown", user: null, ended: false });

export function useSession(): Session {
  return useSyncExternalStore(session.watch, session.get);
}

/** At the start of the page: is there still a session? */
export async function findSession(): Promise<void> {
  if (!csrf.get()) {
    leave(false);
    stream.start();
    return;
  }
  try {
    enter(await dataOf(api.GET("/api/v2/barong/resource/users/me")));
  } catch (failure) {
    // 401 has ended it already; without any answer the next try may find the session.
    if (!(failure instanceof ApiFailure) || failure.status !== 401) session.set({ state: "visitor", user: null, ended: false });
    stream.start();
  }
}

export function enter(user: User): void {
  if (user.csrf_token) csrf.set(user.csrf_token);
  const known = session.get().user?.uid === user.uid;
  session.set({ state: "member", user, ended: false });
  if (known) return;
  queries.removeQueries({ queryKey: ["mine"] });
  orders.start();
  balances.start();
  walletNews.start();
  stream.restart();
}

export async function refreshUser(): Promise<void> {
  enter(await dataOf(api.GET("/api/v2/barong/resource/users/me")));
}

export async function signOut(): Promise<void> {
  try {
    await api.DELETE("/api/v2/barong/identity/sessions");
  } catch (failure) {
    // Ended already is what was asked for.
    if (!(failure instanceof ApiFailure) || (failure.status !== 401 && failure.status !== 404)) throw failure;
  }
  leave(false);
}

function leave(ended: boolean): void {
  const was = session.get().state;
  csrf.set(null);
  orders.stop();
  balances.stop();
  walletNews.stop();
  queries.removeQueries({ queryKey: ["mine"] });
  session.set({ state: "visitor", user: null, ended });
  if (was === "member") stream.restart();
}

function ended(): void {
  if (csrf.get()) leave(true);
}

/** The stream closes when a session ends and when a member is changed: ask which it was. */
function askAgain(): void {
  if (csrf.get()) void refreshUser().catch(() => undefined);
}

whenSessionEnds(ended);
whenStreamEndsSession(askAgain);
