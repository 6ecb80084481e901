"""Everything the core knows, as plain mutable objects.

Invariant: only `apply` changes a state, event by event; nothing in here depends on the order of a hash table.
Limit: accounts are created when they are first touched and never removed.
"""

from collections import OrderedDict
from typing import Final

import msgspec

from pyxiu.core.book import Book
from pyxiu.core.fees import FeeSchedule
from pyxiu.core.keys import MoneyKey, OrderKeys
from pyxiu.core.orders import Order
from pyxiu.core.structs import quick_to_set
from pyxiu.core.types import MAX_INT64, AssetId, HoldId, MarketId, MarketState, MemberId, OrderId


@quick_to_set
class Account(msgspec.Struct, eq=False, gc=False):
    """One owner's balance of one asset, in its smallest unit."""

    available: int = 0
    held: int = 0


class Accounts(dict[MemberId, Account]):
    """The accounts of one asset; a missing one comes into being when it is touched."""

    def __missing__(self, owner: MemberId) -> Account:
        account = self[owner] = Account()
        return account


class Market:
    """Rules, state and book of one market.

    `base_lot` is one lot in base units, `quote_lot` a tick times a lot in quote units. `max_price` is
    what every price is at most, whether the operator has set a maximum or not.
    """

    __slots__ = (
        "amount_precision",
        "base",
        "base_accounts",
        "base_lot",
        "book",
        "fees",
        "id",
        "max_price",
        "min_notional",
        "min_price",
        "min_quantity",
        "price_precision",
        "quote",
        "quote_accounts",
        "quote_lot",
        "state",
    )

    def __init__(self, market_id: MarketId, base: AssetId, quote: AssetId) -> None:
        self.id = market_id
        self.base = base
        self.quote = quote
        self.price_precision = 0
        self.amount_precision = 0
        self.min_price = 1
        self.max_price = MAX_INT64
        self.min_quantity = 1
        self.min_notional = 0
        self.base_lot = 1
        self.quote_lot = 1
        self.state = MarketState.ENABLED
        self.book = Book()
        self.base_accounts = Accounts()
        self.quote_accounts = Accounts()
        #: What `State.fees` has said of this market, (maker, taker) by member group; empty after it changed.
        self.fees: dict[str, tuple[int, int]] = {}


#: What all members without an order share, since an empty dict costs more than the rest of a member. Never filled.
NO_ORDERS: Final[dict[OrderId, Order]] = {}


class Member:
    """`orders` are the member's open orders, oldest first."""

    __slots__ = ("enabled", "group", "id", "orders")

    def __init__(self, member_id: MemberId, group: str, *, enabled: bool) -> None:
        self.id = member_id
        self.group = group
        self.enabled = enabled
        self.orders = NO_ORDERS


class Hold:
    """Reserved funds under a caller's id: created == spent + released + remaining."""

    __slots__ = ("asset", "created", "member", "released", "spent")

    def __init__(self, member: MemberId, asset: AssetId, created: int, spent: int = 0, released: int = 0) -> None:
        self.member = member
        self.asset = asset
        self.created = created
        self.spent = spent
        self.released = released

    @property
    def remaining(self) -> int:
        return self.created - self.spent - self.released


class State:
    """`seq` and `now_ns` are those of the last record; `clock_ns` is the time of the record being made."""

    def __init__(self) -> None:
        self.seq = 0
        self.now_ns = 0
        self.clock_ns = 0
        self.last_order_id = 0
        self.last_trade_id = 0
        self.forgotten_seq = 0
        self.assets: dict[AssetId, int] = {}
        self.accounts: dict[AssetId, Accounts] = {}
        self.markets: dict[MarketId, Market] = {}
        self.members: dict[MemberId, Member] = {}
        self.fees = FeeSchedule()
        self.holds: dict[HoldId, Hold] = {}
        #: Oldest first. Ordered, since a plain dict walks over all that was deleted at its front.
        self.money_keys: OrderedDict[str, MoneyKey] = OrderedDict()
        self.order_keys = OrderKeys()
        #: The order that the record being made has accepted; see `apply.finish_record`.
        self.new_order: Order | None = None
