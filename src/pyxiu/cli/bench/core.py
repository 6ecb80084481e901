"""How fast the core is: commands decided, funds settled, records encoded; without journal, network or projections.

The yardsticks are msgspec msgpack round trips of an order struct, as it is sent and as it is answered, measured
between the rounds of the same run. Costs and ratios are CPU time, so that a busy machine disturbs them less; throughput
and percentiles are wall-clock time. Every scenario runs in a process of its own, because memory is told by what the
process grows. The collector is set as the engine sets it. Limit: one thread.
"""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from typing import Any

import msgspec

from pyxiu.cli.bench.flow import BTCUSDT, NOW_NS, OrderFlow
from pyxiu.cli.bench.host import machine, resident_bytes
from pyxiu.core import codec
from pyxiu.core.commands import PlaceOrder
from pyxiu.core.machine import PythonCore
from pyxiu.core.outcomes import OrderState
from pyxiu.core.types import MemberId, Side
from pyxiu.engine.recovery import settle_heap

BATCHES = (64, 256)
ROUND_TRIPS = 20_000
#: Fewer things than this do not show in the memory of a process.
COUNT_FOR_MEMORY_MIN = 100_000
SEED = 20_240_229
#: The figure that ratios and growth are made of.
COST = "cpu_us_per_command_batch_256"
Json = dict[str, Any]


class Scenario(msgspec.Struct, frozen=True):
    """`resting` orders stand in the book before the first of `commands` is measured."""

    name: str
    commands: int
    resting: int
    members: int
    keyed: bool = False
    rounds: int = 5


def bench_core(
    commands: int = 200_000,
    resting: Sequence[int] = (1_000, 100_000, 1_000_000),
    members: Sequence[int] = (1_000, 100_000, 1_000_000),
    rounds: int = 5,
    progress: Callable[[str], None] = lambda _: None,
) -> Json:
    """Run all scenarios and return the figures: the typical market, one with client order ids, then growing ones."""
    few = max(1_000, commands // 4)
    scenarios = [
        Scenario("typical", commands, 10_000, 10_000, rounds=rounds),
        Scenario("client order ids", commands, 10_000, 10_000, keyed=True, rounds=rounds),
        *(Scenario(f"{count} resting orders", few, count, 10_000, rounds=rounds) for count in resting),
        *(Scenario(f"{count} members", few, 10_000, count, rounds=rounds) for count in members),
    ]
    results = []
    for scenario in scenarios:
        progress(scenario.name)
        results.append(_in_a_fresh_process(scenario))
    return {
        "bench": "core",
        "machine": machine(),
        "seed": SEED,
        "scenarios": results,
        "growth": {
            "resting": _growth(results[2 : 2 + len(resting)]),
            "members": _growth(results[2 + len(resting) :]),
        },
    }


def measure(scenario: Scenario) -> Json:
    """One scenario in this process. Rounds restart from the same snapshot; figures are medians of the rounds."""
    core = PythonCore()
    flow = OrderFlow(core, seed=SEED, members=scenario.members, keyed=scenario.keyed)
    empty = resident_bytes()
    flow.set_up_members()
    funded = resident_bytes()
    flow.set_up_orders(scenario.resting)
    filled = resident_bytes()
    start = core.snapshot()
    stream = list(flow.stream(scenario.commands))
    expected = core.state_hash()
    rounds = [_round(start, stream, expected, number) for number in range(scenario.rounds)]
    return {
        "name": scenario.name,
        "commands": scenario.commands,
        "members": scenario.members,
        "resting_before": scenario.resting,
        "resting_after": flow.open_orders,
        "rounds": scenario.rounds,
        **{key: round(statistics.median(found[key] for found in rounds), 3) for key in rounds[0]},
        "bytes_per_funded_account": _bytes_each(funded - empty, 2 * scenario.members),
        "bytes_per_resting_order": _bytes_each(filled - funded, scenario.resting),
    }


def _round(start: bytes, stream: list[bytes], expected: bytes, number: int) -> dict[str, float]:
    """Measure one pass of each batch size from the same start, and the yardstick beside it."""
    figures: dict[str, float] = {}
    for size in BATCHES:
        core = PythonCore()
        core.restore(start)
        settle_heap()
        cpu_ns, timings = _timed_pass(core, stream, size)
        if number == 0 and core.state_hash() != expected:
            raise AssertionError("two cores answered the same stream differently")
        del core
        gc.unfreeze()
        total_ns = sum(timings)
        per_command = sorted(timing / size for timing in timings[:-1] or timings)
        figures[f"commands_per_s_batch_{size}"] = round(len(stream) / total_ns * 1e9)
        figures[f"cpu_us_per_command_batch_{size}"] = round(cpu_ns / len(stream) / 1e3, 3)
        figures[f"us_p50_batch_{size}"] = round(per_command[len(per_command) // 2] / 1e3, 3)
        figures[f"us_p99_batch_{size}"] = round(per_command[len(per_command) * 99 // 100] / 1e3, 3)
        figures[f"us_max_batch_{size}"] = round(per_command[-1] / 1e3, 3)
    for name, order in _yardsticks().items():
        round_trip_us = _round_trip_us(order)
        figures[f"us_round_trip_of_{name}"] = round(round_trip_us, 4)
        figures[f"ratio_to_{name}"] = round(figures[COST] / round_trip_us, 2)
    return figures


def _timed_pass(core: PythonCore, stream: list[bytes], size: int) -> tuple[int, list[int]]:
    """CPU nanoseconds of the pass, and wall-clock nanoseconds of each batch."""
    batches = [codec.encode_batch(stream[first : first + size]) for first in range(0, len(stream), size)]
    submit, clock = core.submit, time.perf_counter_ns
    timings = []
    cpu_before = time.process_time_ns()
    for batch in batches:
        before = clock()
        submit(batch, NOW_NS)
        timings.append(clock() - before)
    return time.process_time_ns() - cpu_before, timings


def _round_trip_us(order: msgspec.Struct) -> float:
    """CPU time to encode and decode one order, as msgspec does it at its best."""
    encode = msgspec.msgpack.Encoder().encode
    decode = msgspec.msgpack.Decoder(type(order)).decode
    before = time.process_time_ns()
    for _ in range(ROUND_TRIPS):
        decode(encode(order))
    return (time.process_time_ns() - before) / ROUND_TRIPS / 1e3


def _an_order() -> OrderState:
    """An order as callers see it."""
    core = PythonCore()
    flow = OrderFlow(core, seed=SEED, members=2)
    flow.set_up_members()
    flow.set_up_orders(1)
    return core.open_orders()[0]


def _yardsticks() -> dict[str, msgspec.Struct]:
    """What a command's cost is compared with: an order as it is sent, and as it is answered."""
    sent = PlaceOrder(MemberId("member-1234"), BTCUSDT, Side.BUY, price=1_000_000, quantity=500, key="order-1234")
    return {"order_command": sent, "order_state": _an_order()}


def _bytes_each(grown: int, count: int) -> int | None:
    return round(grown / count) if count >= COUNT_FOR_MEMORY_MIN else None


def _growth(results: list[Json]) -> float | None:
    """How many times more a command costs in the largest scenario than in the smallest."""
    if len(results) < 2:
        return None
    smallest, *_, largest = (float(found[COST]) for found in results)
    return round(largest / smallest, 2)


def _in_a_fresh_process(scenario: Scenario) -> Json:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, (scenario,))
