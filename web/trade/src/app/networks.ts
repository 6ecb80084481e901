/**
 * On which networks a currency moves, and what a network's rules mean for a member.
 *
 * Invariant: what is offered here is what the exchange has switched on, for the currency and for the network.
 */

import type { Schemas } from "@pyxiu/client";

import type { Currency } from "./catalog.ts";

/** A network of a coin. */
export type Network = Schemas["CurrencyNetwork"] & { readonly blockchain_key: string };

function networksOf(currency: Currency): readonly Network[] {
  return currency.networks.filter((network): network is Network => network.blockchain_key !== null);
}

export function depositNetworks(currency: Currency): readonly Network[] {
  return currency.deposit_enabled ? networksOf(currency).filter((network) => network.deposit_enabled) : [];
}

export function withdrawalNetworks(currency: Currency): readonly Network[] {
  return currency.withdrawal_enabled ? networksOf(currency).filter((network) => network.withdrawal_enabled) : [];
}

export function canDeposit(currency: Currency): boolean {
  return depositNetworks(currency).length > 0;
}

/** Fiat leaves through a bank, which has no network. */
export function canWithdraw(currency: Currency): boolean {
  return currency.type === "fiat" ? currency.withdrawal_enabled : withdrawalNetworks(currency).length > 0;
}

export function networkOf(currency: Currency | undefined, key: string | null | undefined): Network | undefined {
  const networks = currency ? networksOf(currency) : [];
  return key ? networks.find((network) => network.blockchain_key === key) : networks.length === 1 ? networks[0] : undefined;
}

/** What people call it; without that, its key. */
export function networkName(network: Network): string {
  return network.name || network.protocol || network.blockchain_key;
}

const PLACES = { address: "#{address}", txid: "#{txid}" } as const;

/** A link to an explorer's page; null without a template or where the template is no web address. */
export function explorerLink(template: string | null | undefined, place: keyof typeof PLACES, value: string | null | undefined): string | null {
  if (!template || !value || !/^https?:\/\//.test(template) || !template.includes(PLACES[place])) return null;
  return template.replaceAll(PLACES[place], encodeURIComponent(value));
}
