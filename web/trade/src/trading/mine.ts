/** The member's own past: orders and trades, fetched anew when something of them changes. */

import { type Schemas, api, dataOf } from "@pyxiu/client";
import { type UseInfiniteQueryResult, type InfiniteData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";

import { queries } from "../app/queries.ts";
import { useSession } from "../app/session.ts";
import { orders } from "../live/index.ts";
import type { Order } from "../live/orders.ts";

export type MyTrade = Schemas["Trade"];

export const PAGE = 50;
const NO_TRADES: readonly MyTrade[] = [];
/** Many fills of one moment cost one request. */
const SETTLE_MS = 400;

/** The latest trades of one market, for the chart. */
export function useMyTrades(market: string): readonly MyTrade[] {
  const { state } = useSession();
  const found = useQuery({
    queryKey: ["mine", "trades", market],
    queryFn: () => dataOf(api.GET("/api/v2/peatio/market/trades", { params: { query: { market: [market], limit: 200 } } })),
    enabled: state === "member",
    staleTime: 60_000,
  });
  return found.data ?? NO_TRADES;
}

export function useHistory(market: string | null, active: boolean): UseInfiniteQueryResult<InfiniteData<Order[]>> {
  return useInfiniteQuery({
    queryKey: ["mine", "history", market],
    queryFn: ({ pageParam }) => {
      const query = { limit: PAGE, page: pageParam, ...(market ? { market: [market] } : {}) };
      return dataOf(api.GET("/api/v2/peatio/market/orders", { params: { query } }));
    },
    initialPageParam: 1,
    getNextPageParam: (last, pages) => (last.length < PAGE ? undefined : pages.length + 1),
    enabled: active,
  });
}

export function useFills(market: string | null, active: boolean): UseInfiniteQueryResult<InfiniteData<MyTrade[]>> {
  return useInfiniteQuery({
    queryKey: ["mine", "fills", market],
    queryFn: ({ pageParam }) => {
      const query = { limit: PAGE, page: pageParam, ...(market ? { market: [market] } : {}) };
      return dataOf(api.GET("/api/v2/peatio/market/trades", { params: { query } }));
    },
    initialPageParam: 1,
    getNextPageParam: (last, pages) => (last.length < PAGE ? undefined : pages.length + 1),
    enabled: active,
  });
}

/** Asks again for what a changed order has changed. */
export function useFreshHistory(): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const changed = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => void queries.invalidateQueries({ queryKey: ["mine"] }), SETTLE_MS);
    };
    orders.changes.add(changed);
    return () => {
      clearTimeout(timer);
      orders.changes.delete(changed);
    };
  }, []);
}
