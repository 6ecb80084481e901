"""GET /account/balances and /account/balances/{currency}: what a member has.

Invariant: `balance` is what can be used and `locked` what orders and withdrawals hold; together they are what is owned.
Every visible currency has a row, zero where nothing ever happened. Limit: money in a currency that was made invisible
is not shown here, as ever in this dialect.
"""

from typing import Annotated, Final

import msgspec
from msgspec import UNSET, UnsetType

from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint, paginated
from pyxiu.api.errors import WireError, refuse
from pyxiu.api.pagination import Paged, paged
from pyxiu.api.params import Flag, Search
from pyxiu.api.public.currencies import contains
from pyxiu.api.wire.texts import ZERO, Decimal
from pyxiu.catalog.model import Currency, CurrencyType
from pyxiu.core.interface import AccountView
from pyxiu.core.types import AssetId, MemberId
from pyxiu.kit.decimals import format_decimal
from pyxiu.projections.reads.accounts import balance, balances

UNKNOWN_CURRENCY: Final = WireError(422, "account.currency.doesnt_exist")


class Account(msgspec.Struct, frozen=True):
    """A member's money in one currency."""

    currency: str
    balance: Annotated[Decimal, msgspec.Meta(description="Available.")]
    locked: Annotated[Decimal, msgspec.Meta(description="Held for open orders and withdrawals.")]
    deposit_address: Annotated[
        UnsetType | None, msgspec.Meta(description="Of coins: null until deposit addresses exist.")
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
    accounts = {account.asset: account for account in await balances(call.edge.pool, MemberId(call.uid))}
    found = []
    for currency in (await call.edge.catalog.currencies()).values():
        account = accounts.get(AssetId(currency.id))
        empty = account is None or (account.available == 0 and account.held == 0)
        if not currency.visible or (query.nonzero and empty):
            continue
        if contains(currency.id, wanted.get("currency_code")) and contains(currency.name, wanted.get("currency_name")):
            found.append(account_entity(currency, account))
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
    return Reply(account_entity(currency, account))


def account_entity(currency: Currency, account: AccountView | None) -> Account:
    return Account(
        currency=currency.id,
        balance=format_decimal(account.available, currency.decimals) if account else ZERO,
        locked=format_decimal(account.held, currency.decimals) if account else ZERO,
        deposit_address=None if currency.type is CurrencyType.COIN else UNSET,
    )


ENDPOINTS: Final = (list_balances, show_balance)
