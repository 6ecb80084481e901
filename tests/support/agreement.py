"""Core and oracle side by side: send the same commands to both and insist on the same answers.

Also holds what every run must satisfy whatever the commands were: replay and snapshot give the same state, records are
gap-free and in order of time.
"""

from collections.abc import Iterator, Sequence

from pyxiu.core import codec, events
from pyxiu.core.commands import Command
from pyxiu.core.interface import Core
from pyxiu.core.money import unpack
from pyxiu.core.outcomes import OrderState, Outcome, Record
from pyxiu.core.types import MarketId, OrderStatus, Side
from tests.support.cores import CoreFactory
from tests.support.oracle import Answer, Effect, Oracle, Order


class Agreement:
    """One core, a follower that replays its records, and the oracle. `submit` fails where they differ."""

    def __init__(self, factory: CoreFactory) -> None:
        self.factory = factory
        self.core: Core = factory()
        self.follower: Core = factory()
        self.oracle = Oracle()
        self.first_outcomes: dict[int, OrderState | None] = {}
        self.trades = 0

    def submit(
        self, commands: Sequence[Command], now_ns: int, answers: Sequence[Answer] | None = None
    ) -> list[Outcome]:
        """Send one batch; `answers` when the oracle was asked before."""
        if answers is None:
            answers = [self.oracle.submit(command, now_ns) for command in commands]
        submitted = self.core.submit(codec.encode_batch([codec.encode_command(x) for x in commands]), now_ns)
        outcomes = codec.decode_outcomes(submitted.outcomes)
        records = iter(codec.decode_records(submitted.records))
        for command, answer, outcome in zip(commands, answers, outcomes, strict=True):
            self.compare(command, answer, outcome, records)
        assert next(records, None) is None, "a record without an accepted command"
        assert self.core.seq == submitted.seq_last == self.oracle.seq
        self.follower.replay(submitted.records)
        return outcomes

    def compare(self, command: Command, answer: Answer, outcome: Outcome, records: Iterator[Record]) -> None:
        found = (outcome.rejection, outcome.replayed, outcome.seq)
        assert found == (answer.rejection, answer.replayed, answer.seq), (command, answer, outcome)
        if outcome.rejection:
            return
        if outcome.replayed:
            if outcome.seq in self.first_outcomes and outcome.order:
                assert outcome.order == self.first_outcomes[outcome.seq], (command, outcome)
            return
        record = next(records)
        assert record.seq == answer.seq, (command, record)
        effects = effects_of(record.events)
        assert effects == answer.effects, f"{command}\nexpected {answer.effects}\nfound    {effects}"
        self.trades += sum(effect[0] == "trade" for effect in effects)
        if outcome.order and outcome.order.key:
            self.first_outcomes[outcome.seq] = outcome.order

    def check_state(self) -> None:
        """The whole states are the same, and every invariant holds."""
        self.core.check_invariants()
        assert self.core.state_hash() == self.follower.state_hash(), "replay gives another state"
        assert balances(self.core) == oracle_balances(self.oracle)
        assert {hold.hold_id: hold.remaining for hold in self.core.holds()} == {
            hold_id: remaining for hold_id, (_, _, remaining) in self.oracle.holds.items()
        }
        found = {order.order_id: (order.member, order.remaining, order.status) for order in self.core.open_orders()}
        assert found == {
            order_id: (order.terms.member, order.remaining, OrderStatus.OPEN)
            for order_id, order in self.oracle.orders.items()
        }
        for market in self.oracle.markets:
            depth = self.core.depth(MarketId(market), 10_000)
            assert depth.bids == levels(self.oracle.book(market, Side.BUY))
            assert depth.asks == levels(self.oracle.book(market, Side.SELL))

    def restart(self) -> None:
        """Go on with a core restored from a snapshot."""
        snapshot = self.core.snapshot()
        restored = self.factory()
        restored.restore(snapshot)
        assert restored.snapshot() == snapshot, "a restored state has another canonical form"
        assert restored.state_hash() == self.core.state_hash()
        self.core = restored


def effects_of(made: Sequence[events.Event]) -> list[Effect]:
    """The events on orders, in the oracle's words."""
    return [effect for event in made if (effect := effect_of(event))]


def effect_of(event: events.Event) -> Effect | None:
    match event:
        case events.OrderAccepted():
            return (
                "accepted", event.order_id, event.quantity, unpack(event.hold), event.maker_ppm, event.taker_ppm
            )  # fmt: skip
        case events.TradeExecuted():
            fees = (unpack(event.buyer_fee), unpack(event.seller_fee), unpack(event.buyer_release))
            return ("trade", event.maker_order_id, event.taker_order_id, event.price, event.quantity, *fees)
        case events.OrderDecremented():
            return ("decremented", event.order_id, event.quantity, unpack(event.released))
        case events.OrderCanceled():
            return ("canceled", event.order_id, event.quantity, unpack(event.released), event.reason)
    return None


def balances(core: Core) -> dict[tuple[str, str], tuple[int, int]]:
    """All balances that are not zero."""
    return {
        (account.owner, account.asset): (account.available, account.held)
        for account in core.accounts()
        if account.available or account.held
    }


def oracle_balances(oracle: Oracle) -> dict[tuple[str, str], tuple[int, int]]:
    accounts = {*oracle.available, *oracle.held}
    found = {account: (oracle.available[account], oracle.held[account]) for account in accounts}
    return {account: balance for account, balance in found.items() if any(balance)}


def levels(orders: Sequence[Order]) -> list[tuple[int, int]]:
    depth: dict[int, int] = {}
    for order in orders:
        depth[order.terms.price] = depth.get(order.terms.price, 0) + order.remaining
    return list(depth.items())
