/**
 * What the wallet pages ask of the exchange: cached answers of the member's own, and the writes that change them.
 *
 * Invariant: keys begin with "mine", so that nothing of a member outlives the session; whatever a write changes is asked
 * for again. Limit: an unfinished deposit or withdrawal is asked for every few seconds, since confirmations are no events.
 */

import { ApiFailure, api, dataOf } from "@pyxiu/client";
import { type InfiniteData, type UseInfiniteQueryResult, type UseQueryResult, useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { useMemo } from "react";

import type { Proof } from "../account/SecondFactor.tsx";
import { useNeededLevel } from "../app/catalog.ts";
import { isUnknown } from "../app/failures.ts";
import { queries } from "../app/queries.ts";
import { useSession } from "../app/session.ts";
import { type Filter, spanOf } from "./filters.ts";
import { type Limits, limitsOf } from "./limits.ts";
import { DEPOSIT_STATES, WITHDRAW_STATES, isFinalWithdraw, isMoving } from "./states.ts";
import type { Beneficiary, Deposit, DepositAddress, InternalTransfer, Transaction, Withdraw } from "./wire.ts";

const ROOT = "/api/v2/peatio/account" as const;
const WATCH_MS = 4_000;
const TRIES_MAX = 4;
const PAUSE_MS = 700;
export const RECENT = 6;
export const PAGE = 25;

const KEYS = {
  deposits: ["mine", "deposits"],
  withdraws: ["mine", "withdraws"],
  transactions: ["mine", "transactions"],
  transfers: ["mine", "transfers"],
  beneficiaries: ["mine", "beneficiaries"],
  addresses: ["mine", "deposit-address"],
  sums: ["mine", "sums"],
  settings: ["mine", "withdraw-settings"],
} as const;

/** What the lists of deposits, withdrawals and transactions have in common. */
function termsOf({ currency, from, to }: Filter): { currency?: string; time_from?: number; time_to?: number } {
  return { ...(currency ? { currency } : {}), ...spanOf({ from, to }) };
}

export function useDepositAddress(currency: string, network: string): UseQueryResult<DepositAddress> {
  return useQuery({
    queryKey: [...KEYS.addresses, currency, network],
    queryFn: () => dataOf(api.GET(`${ROOT}/deposit_address/{currency}`, { params: { path: { currency }, query: { blockchain_key: network } } })),
    staleTime: 60_000,
  });
}

export function useRecentDeposits(currency: string): UseQueryResult<Deposit[]> {
  return useQuery({
    queryKey: [...KEYS.deposits, "recent", currency],
    queryFn: () => dataOf(api.GET(`${ROOT}/deposits`, { params: { query: { currency, limit: RECENT } } })),
    refetchInterval: ({ state }) => (state.data?.some(isMoving) ? WATCH_MS : false),
  });
}

export function useRecentWithdraws(currency: string): UseQueryResult<Withdraw[]> {
  return useQuery({
    queryKey: [...KEYS.withdraws, "recent", currency],
    queryFn: () => dataOf(api.GET(`${ROOT}/withdraws`, { params: { query: { currency, limit: RECENT } } })),
    refetchInterval: ({ state }) => (state.data?.some((withdraw) => !isFinalWithdraw(withdraw.state)) ? WATCH_MS : false),
  });
}

type Pages<T> = UseInfiniteQueryResult<InfiniteData<T[]>>;

function usePages<T>(key: readonly string[], filter: Filter, read: (paging: { limit: number; page: number }) => Promise<T[]>): Pages<T> {
  return useInfiniteQuery({
    queryKey: [...key, "pages", filter],
    queryFn: ({ pageParam }) => read({ limit: PAGE, page: pageParam }),
    initialPageParam: 1,
    getNextPageParam: (last, pages) => (last.length < PAGE ? undefined : pages.length + 1),
  });
}

export function useDeposits(filter: Filter): Pages<Deposit> {
  const known = DEPOSIT_STATES.find((other) => other === filter.state);
  const state = known ? { state: [known] } : {};
  return usePages(KEYS.deposits, filter, (paging) => dataOf(api.GET(`${ROOT}/deposits`, { params: { query: { ...termsOf(filter), ...state, ...paging } } })));
}

export function useWithdraws(filter: Filter): Pages<Withdraw> {
  const known = WITHDRAW_STATES.find((other) => other === filter.state);
  const state = known ? { state: [known] } : {};
  return usePages(KEYS.withdraws, filter, (paging) => dataOf(api.GET(`${ROOT}/withdraws`, { params: { query: { ...termsOf(filter), ...state, ...paging } } })));
}

export function useTransactions(filter: Filter): Pages<Transaction> {
  return usePages(KEYS.transactions, filter, (paging) => dataOf(api.GET(`${ROOT}/transactions`, { params: { query: { ...termsOf(filter), ...paging } } })));
}

export function useTransfers(filter: Filter): Pages<InternalTransfer> {
  const { currency } = filter;
  return usePages(KEYS.transfers, filter, (paging) =>
    dataOf(api.GET(`${ROOT}/internal_transfers`, { params: { query: { ...(currency ? { currency } : {}), ...paging } } })),
  );
}

export function useBeneficiaries(currency?: string): UseQueryResult<Beneficiary[]> {
  return useQuery({
    queryKey: [...KEYS.beneficiaries, currency ?? ""],
    queryFn: async () => {
      const query = { limit: 1000, ...(currency ? { currency } : {}) };
      return (await dataOf(api.GET(`${ROOT}/beneficiaries`, { params: { query } }))) as Beneficiary[];
    },
  });
}

/** null until they are known. */
export function useLimits(): Limits | null {
  const found = useQuery({ queryKey: KEYS.sums, queryFn: () => dataOf(api.GET(`${ROOT}/withdraws/sums`)) });
  return useMemo(() => (found.data ? limitsOf(found.data) : null), [found.data]);
}

/** Whether new addresses need a second factor; undefined until it is known. */
export function useAllowList(): boolean | undefined {
  return useQuery({ queryKey: KEYS.settings, queryFn: () => dataOf(api.GET(`${ROOT}/withdraw_settings`)) }).data?.allow_list;
}

/** The level that is needed and not there; null when nothing is missing. */
export function useMissingLevel(kind: "deposit" | "withdraw"): number | null {
  const { user } = useSession();
  const needed = useNeededLevel(kind);
  return user && needed !== undefined && user.level < needed ? needed : null;
}

/** Something of these has changed: ask again for what is on the screen. */
export async function refresh(...kinds: readonly (keyof typeof KEYS)[]): Promise<void> {
  await Promise.all(kinds.map((kind) => queries.invalidateQueries({ queryKey: KEYS[kind] })));
}

export async function setAllowList(allow_list: boolean, proof: Proof): Promise<void> {
  await api.PUT(`${ROOT}/withdraw_settings`, { body: { allow_list, ...proof } });
  await refresh("settings");
}

export interface NewBeneficiary {
  readonly currency: string;
  readonly network: string | null;
  readonly name: string;
  readonly description: string;
  readonly data: Readonly<Record<string, string>>;
}

export async function addBeneficiary({ currency, network, name, description, data }: NewBeneficiary): Promise<Beneficiary> {
  const body = { currency, name, data: JSON.stringify(data), ...(description ? { description } : {}), ...(network ? { blockchain_key: network } : {}) };
  const made = (await dataOf(api.POST(`${ROOT}/beneficiaries`, { body }))) as Beneficiary;
  await refresh("beneficiaries");
  return made;
}

export async function activateBeneficiary(id: number, pin: string, proof: Proof | null): Promise<void> {
  await api.PATCH(`${ROOT}/beneficiaries/{id}/activate`, { params: { path: { id: String(id) } }, body: { pin, ...proof } });
  await refresh("beneficiaries");
}

export async function resendPin(id: number): Promise<void> {
  await api.PATCH(`${ROOT}/beneficiaries/{id}/resend_pin`, { params: { path: { id: String(id) } } });
  await refresh("beneficiaries");
}

export async function removeBeneficiary(id: number): Promise<void> {
  try {
    await api.DELETE(`${ROOT}/beneficiaries/{id}`, { params: { path: { id: String(id) } } });
  } catch (failure) {
    // Gone already is what was asked for.
    if (!(failure instanceof ApiFailure) || failure.status !== 404) throw failure;
  }
  await refresh("beneficiaries");
}

/** Without the second factor. `client_withdrawal_id` names the wish: asked for again under it, it happens once. */
export interface WithdrawTerms {
  readonly client_withdrawal_id: string;
  readonly beneficiary_id: number;
  readonly currency: string;
  readonly amount: string;
  readonly blockchain_key?: string;
  readonly note?: string;
}

export async function askForWithdraw(terms: WithdrawTerms, proof: Proof): Promise<void> {
  await again(() => api.POST(`${ROOT}/withdraws`, { body: { ...terms, ...proof } }));
  await refresh("withdraws", "transactions", "sums");
}

export async function cancelWithdraw(id: number): Promise<void> {
  await again(() => api.POST(`${ROOT}/withdraws/{id}/cancel`, { params: { path: { id: String(id) } } }));
  await refresh("withdraws", "transactions", "sums");
}

export interface TransferTerms {
  readonly client_transfer_id: string;
  readonly currency: string;
  readonly amount: string;
  readonly username_or_uid: string;
}

export async function transfer(terms: TransferTerms, proof: Proof): Promise<void> {
  await again(() => api.POST(`${ROOT}/internal_transfers`, { body: { ...terms, ...proof } }));
  await refresh("transfers", "sums");
}

/** Where no answer came nobody knows whether it happened; what is asked here happens once however often it is asked. */
async function again(ask: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await ask();
      return;
    } catch (failure) {
      if (tries === TRIES_MAX || !isUnknown(failure)) throw failure;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * tries));
    }
  }
}
