/** The demo's faucet. Limit: an exchange that has none answers 404, and then there is nothing to show. */

import { ApiFailure, type Schemas, api, dataOf } from "@pyxiu/client";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";

import { refresh } from "./api.ts";

export type Offer = Schemas["FaucetOffer"];

export function useFaucet(): UseQueryResult<Offer[]> {
  return useQuery({
    queryKey: ["mine", "faucet"],
    queryFn: async () => {
      try {
        return await dataOf(api.GET("/api/v2/peatio/account/faucet"));
      } catch (failure) {
        if (failure instanceof ApiFailure && failure.status === 404) return [];
        throw failure;
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export async function askFaucet({ currency, blockchain_key }: Offer): Promise<void> {
  await api.POST("/api/v2/peatio/account/faucet", { body: { currency, blockchain_key } });
  await refresh("deposits", "transactions");
}
