"""One market's resting orders: price levels in order, and in each level a queue by arrival.

Invariant: price-time priority; a level's `quantity` is the sum of its orders' remaining lots and an empty level does
not exist. Adding, filling and removing an order costs O(1), a new or emptied level O(log levels), however deep the
book. Limit: the book knows nothing of funds; `apply` moves both together.
"""

from collections.abc import Iterator

from sortedcontainers import SortedList

from pyxiu.core.orders import Order
from pyxiu.core.types import BUY, SELL, Side


class Level:
    """Orders of one price, oldest first, as a doubly linked list through the orders themselves."""

    __slots__ = ("newest", "oldest", "price", "quantity")

    def __init__(self, price: int) -> None:
        self.price = price
        self.quantity = 0
        self.oldest: Order | None = None
        self.newest: Order | None = None

    def __iter__(self) -> Iterator[Order]:
        order = self.oldest
        while order is not None:
            yield order
            order = order.newer


class BookSide:
    """The bids or the asks. `best` is the level that trades first."""

    __slots__ = ("_keys", "_sign", "best", "levels")

    def __init__(self, side: Side) -> None:
        # Keys ascend from the best level on both sides: bids are kept by negated price.
        self._sign = -1 if side is BUY else 1
        self._keys: SortedList[int] = SortedList()
        self.levels: dict[int, Level] = {}
        self.best: Level | None = None

    def __iter__(self) -> Iterator[Level]:
        """Levels, best first."""
        for key in self._keys:
            yield self.levels[key * self._sign]

    def __len__(self) -> int:
        return len(self.levels)

    def reaches(self, price: int, limit: int) -> bool:
        """Whether a level of this side at `price` is within a taker's `limit`."""
        return price * self._sign <= limit * self._sign

    def add(self, order: Order) -> None:
        """Append the order to its price level."""
        price = order.price
        level = self.levels.get(price)
        if level is None:
            level = self._open_level(price)
        newest = level.newest
        if newest is None:
            level.oldest = order
        else:
            newest.newer = order
            order.older = newest
        level.newest = order
        level.quantity += order.remaining
        order.level = level

    def remove(self, order: Order) -> None:
        """Take the order out; the caller has already reduced the level's quantity by what was traded."""
        level = order.level
        assert level is not None, f"order {order.id} does not stand in the book"
        older, newer = order.older, order.newer
        if older is None:
            level.oldest = newer
        else:
            older.newer = newer
        if newer is None:
            level.newest = older
        else:
            newer.older = older
        level.quantity -= order.remaining
        order.level = order.older = order.newer = None
        if level.oldest is None:
            self._close_level(level)

    def _open_level(self, price: int) -> Level:
        level = self.levels[price] = Level(price)
        self._keys.add(price * self._sign)
        if self.best is None or price * self._sign < self.best.price * self._sign:
            self.best = level
        return level

    def _close_level(self, level: Level) -> None:
        assert level.quantity == 0, f"empty level {level.price} has quantity {level.quantity}"
        del self.levels[level.price]
        self._keys.remove(level.price * self._sign)
        if level is self.best:
            self.best = self.levels[self._keys[0] * self._sign] if self._keys else None


class Book:
    __slots__ = ("asks", "bids")

    def __init__(self) -> None:
        self.bids = BookSide(BUY)
        self.asks = BookSide(SELL)

    def side(self, side: Side) -> BookSide:
        return self.bids if side is BUY else self.asks

    def opposite(self, side: Side) -> BookSide:
        return self.asks if side is BUY else self.bids
