"""GET /account/balances and /account/balances/{currency}: what a member has.

Invariant: `balance` is what can be used and `locked` what orders and withdrawals hold; together they are what is owned.
Every visible currency has a row, zero where nothing ever happened. Limit: money in a currency that was made invisible
is not shown here, as ever in this dialect.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from pyxiu.api.account.wanted_currency import UNKNOWN_CURRENCY
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint, paginated
from pyxiu.api.errors import refuse
from pyxiu.api.pagination import Paged, paged
from pyxiu.api.params import Flag, Search
from pyxiu.api.public.currencies import contains
from pyxiu.api.wire.payment_addresses import PaymentAddress, payment_address_entity
from pyxiu.api.wire.texts import ZERO, Decimal
from pyxiu.catalog.model import Currency, CurrencyType
from pyxiu.core.interface import AccountView
from pyxiu.core.types import AssetId, MemberId
from pyxiu.custody.addresses.model import ShownAddress
from pyxiu.custody.addresses.shown_addresses import shown_addresses
from pyxiu.kit.decimals import format_decimal
from pyxiu.projections.reads.accounts import balance, balances


class Account(msgspec.Struct, frozen=True):
    """A member's money in one currency."""

    currency: str
    balance: Annotated[Decimal, msgspec.Meta(description="Available.")]
    locked: Annotated[Decimal, msgspec.Meta(description="Held for open orders and withdrawals.")]
    deposit_address: Annotated[
        PaymentAddress | UnsetType | None,
        msgspec.Meta(description="Of coins: the address on the first network; null until it was asked for."),
    ] = UNSET


class BalancesQuery(Paged, frozen=True):
    nonzero: Annotated[bool, Flag("account.balances.invalid_nonzero", "Only accounts that hold something.")] = False
    search: Annotated[
        dict[str, str] | None,
        Search(
            ("currency_code", "currency_name"),
            "account.balances.invalid_search",
            "Accounts whose currency's code and name contain these.",
        ),
    ] = None


@endpoint(
    "GET",
    "/account/balances",
    tag="Account",
    private=True,
    query=BalancesQuery,
    returns=list[Account],
    headers=paginated(),
    errors={422: ("account.balances.invalid_nonzero", "account.balances.invalid_search")},
)
async def list_balances(call: Call[BalancesQuery]) -> Reply:
    """Your money in all visible currencies, in the order in which currencies are listed."""
    query, wanted = call.query, call.query.search or {}
    found = [
        entity
        for currency, entity in await accounts_of(call)
        if not (query.nonzero and entity.balance == entity.locked == ZERO)
        and contains(currency.id, wanted.get("currency_code"))
        and contains(currency.name, wanted.get("currency_name"))
    ]
    return paged(found, query, lambda entity: entity)


@endpoint(
    "GET",
    "/account/balances/{currency}",
    tag="Account",
    private=True,
    returns=Account,
    errors={422: (UNKNOWN_CURRENCY.code,)},
    path_parameters={"currency": "The code, in upper or lower case."},
)
async def show_balance(call: Call[NoQuery]) -> Reply:
    """Your money in one currency; zero where nothing ever happened."""
    currency = (await call.edge.catalog.currencies()).get(call.path["currency"].lower())
    if currency is None or not currency.visible:
        raise refuse(UNKNOWN_CURRENCY)
    account = await balance(call.edge.pool, MemberId(call.uid), AssetId(currency.id))
    return Reply(account_entity(currency, account, await _addresses(call)))


async def accounts_of(call: Call[Any]) -> list[tuple[Currency, Account]]:
    """The member's money in all visible currencies, in their order."""
    accounts = {account.asset: account for account in await balances(call.edge.pool, MemberId(call.uid))}
    addresses = await _addresses(call)
    currencies = (await call.edge.catalog.currencies()).values()
    return [
        (currency, account_entity(currency, accounts.get(AssetId(currency.id)), addresses))
        for currency in currencies
        if currency.visible
    ]


def account_entity(currency: Currency, account: AccountView | None, addresses: Sequence[ShownAddress]) -> Account:
    return Account(
        currency=currency.id,
        balance=format_decimal(account.available, currency.decimals) if account else ZERO,
        locked=format_decimal(account.held, currency.decimals) if account else ZERO,
        deposit_address=_address_for(currency, addresses) if currency.type is CurrencyType.COIN else UNSET,
    )


async def _addresses(call: Call[Any]) -> list[ShownAddress]:
    """None where this application gives no addresses."""
    if call.edge.services.custody is None:
        return []
    return await shown_addresses(call.custody, call.uid)


def _address_for(currency: Currency, addresses: Sequence[ShownAddress]) -> PaymentAddress | None:
    network = currency.first_network.blockchain_key if currency.networks else None
    for shown in addresses:
        if shown.row.network == network and currency.id in shown.wallet.currencies:
            return payment_address_entity(shown)
    return None


ENDPOINTS: Final = (list_balances, show_balance)
