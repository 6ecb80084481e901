"""The oracle's memory of idempotency keys: which command had a key first, and until when that counts.

Limit: nothing is dropped for the sake of memory, except that an order's key ends 26 hours after its order.
"""

from pyxiu.core import commands as c

KEY_LIFE_NS = 26 * 3600 * 10**9


def key_of(command: c.Command) -> object:
    """What makes a second sending harmless: of orders the member and key, of all that moves money the key alone."""
    if isinstance(command, c.PlaceOrder):
        return (command.member, command.key) if command.key else None
    if isinstance(command, c.CancelOrder):
        return None
    return command.hold_id if isinstance(command, c.PlaceHold) else getattr(command, "key", None)


class Keys:
    def __init__(self) -> None:
        self.firsts: dict[object, tuple[c.Command, int, int]] = {}
        self.ended: dict[object, int] = {}

    def first(self, key: object, now_ns: int) -> tuple[c.Command, int, int] | None:
        """The command that had the key first, its seq and its order."""
        if key in self.ended and now_ns - self.ended[key] > KEY_LIFE_NS:
            del self.firsts[key], self.ended[key]
        return self.firsts.get(key)

    def remember(self, key: object, command: c.Command, seq: int, order_id: int) -> None:
        if key is not None:
            self.firsts[key] = (command, seq, order_id)

    def order_ended(self, order: c.PlaceOrder, now_ns: int) -> None:
        if order.key:
            self.ended[key_of(order)] = now_ns
