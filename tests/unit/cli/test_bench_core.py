"""The benchmark of the core measures what it says: the promised commands, all accepted, the same in every round."""

from collections import Counter

from pyxiu.cli.bench.core import Scenario, measure
from pyxiu.cli.bench.flow import MIDDLE, NOW_NS, OrderFlow
from pyxiu.core import codec
from pyxiu.core.commands import CancelOrder, PlaceOrder
from pyxiu.core.machine import PythonCore
from pyxiu.core.types import BUY, LIMIT

COMMANDS = 4_000


def flow_of(seed: int, *, keyed: bool = False) -> OrderFlow:
    flow = OrderFlow(PythonCore(), seed=seed, members=50, keyed=keyed)
    flow.set_up_members()
    flow.set_up_orders(500)
    return flow


def is_near(order: PlaceOrder) -> bool:
    """On its own side of the middle, so that it does not cross."""
    return order.price < MIDDLE if order.side is BUY else order.price > MIDDLE


def test_the_stream_is_55_percent_adds_35_percent_cancels_and_10_percent_takers() -> None:
    flow = flow_of(1)
    kinds: Counter[str] = Counter()
    for raw in flow.stream(COMMANDS):
        command = codec.decode_command(raw)
        if isinstance(command, CancelOrder):
            kinds["cancel"] += 1
        elif isinstance(command, PlaceOrder):
            kinds["near" if command.kind is LIMIT and is_near(command) else "taker"] += 1
    assert abs(kinds["near"] / COMMANDS - 0.55) < 0.03
    assert abs(kinds["cancel"] / COMMANDS - 0.35) < 0.03
    assert abs(kinds["taker"] / COMMANDS - 0.10) < 0.02


def test_every_command_of_the_stream_is_accepted_by_a_core_in_the_same_state() -> None:
    flow = flow_of(2, keyed=True)
    start = flow.core.snapshot()
    stream = list(flow.stream(COMMANDS))
    core = PythonCore()
    core.restore(start)
    outcomes = codec.decode_outcomes(core.submit(codec.encode_batch(stream), NOW_NS).outcomes)
    assert {outcome.rejection.name for outcome in outcomes} == {"NONE"}
    assert core.state_hash() == flow.core.state_hash()
    assert flow.open_orders == len(core.open_orders())


def test_the_same_seed_draws_the_same_stream() -> None:
    assert list(flow_of(3).stream(200)) == list(flow_of(3).stream(200))


def test_a_scenario_reports_costs_percentiles_and_the_yardstick() -> None:
    figures = measure(Scenario("tiny", commands=600, resting=50, members=20, rounds=1))
    assert figures["commands"] == 600
    for name in ("commands_per_s", "cpu_us_per_command", "us_p50", "us_p99", "us_max"):
        assert {f"{name}_batch_64", f"{name}_batch_256"} <= set(figures)
    assert figures["ratio_to_order_command"] > 0
    assert figures["ratio_to_order_state"] > 0
