/** What the exchange trades: markets, currencies, fees and levels, which change rarely. */

import { type Schemas, api, dataOf } from "@pyxiu/client";
import { type Decimal, ZERO, decimal } from "@pyxiu/market";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";

import { useSession } from "./session.ts";

export type Market = Schemas["Market"];
export type Currency = Schemas["Currency"];

const HOUR_MS = 3_600_000;

export function useMarkets(): UseQueryResult<Market[]> {
  return useQuery({
    queryKey: ["markets"],
    queryFn: () => dataOf(api.GET("/api/v2/peatio/public/markets", { params: { query: { limit: 1000 } } })),
    staleTime: 60_000,
    refetchInterval: 60_000,
  });
}

export function useCurrencies(): UseQueryResult<Currency[]> {
  return useQuery({
    queryKey: ["currencies"],
    queryFn: () => dataOf(api.GET("/api/v2/peatio/public/currencies", { params: { query: { limit: 1000 } } })),
    staleTime: HOUR_MS,
  });
}

export interface Fees {
  readonly maker: Decimal;
  readonly taker: Decimal;
}

/**
 * What the latest own order in this market was charged with, which is the member's group and all; before the first one, and
 * for visitors, the rule for everybody.
 */
export function useFees(market: string): Fees {
  const { user } = useSession();
  const everybody = usePublicFees(market);
  const own = useQuery({
    queryKey: ["rates", market, user?.uid],
    queryFn: () => dataOf(api.GET("/api/v2/peatio/market/orders", { params: { query: { market: [market], limit: 1 } } })),
    enabled: user !== null,
    staleTime: 60_000,
  });
  const latest = own.data?.[0];
  return latest ? { maker: decimal(latest.maker_fee), taker: decimal(latest.taker_fee) } : everybody;
}

function usePublicFees(market: string): Fees {
  const rules = useQuery({
    queryKey: ["fees"],
    queryFn: () => dataOf(api.GET("/api/v2/peatio/public/trading_fees", { params: { query: { limit: 1000 } } })),
    staleTime: HOUR_MS,
  });
  const forAll = (rules.data ?? []).filter((rule) => rule.group === "any");
  const best = forAll.find((rule) => rule.market_id === market) ?? forAll.find((rule) => rule.market_id === "any");
  return best ? { maker: decimal(best.maker), taker: decimal(best.taker) } : { maker: ZERO, taker: ZERO };
}

/** The level that something needs, once it is known. */
export function useNeededLevel(kind: "deposit" | "withdraw" | "trading"): number | undefined {
  const levels = useQuery({
    queryKey: ["member-levels"],
    queryFn: () => dataOf(api.GET("/api/v2/peatio/public/member-levels")),
    staleTime: HOUR_MS,
  });
  return levels.data?.[kind].minimum_level;
}

export function upper(unit: string): string {
  return unit.toUpperCase();
}
