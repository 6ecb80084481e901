"""The book as clients get it: T-81 and E-12, without sockets."""

import zlib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pyxiu.core.interface import Depth
from pyxiu.kit.decimals import format_decimal
from pyxiu.stream.channels.book import UPDATE_EVERY_S, BookChannel, UpdateChannel
from pyxiu.stream.channels.book_view import BookView
from tests.property.strategies import MARKETS, limit_orders, openings
from tests.support.cores import CORES, accept, submit
from tests.support.frames import BookClient, messages_in
from tests.unit.stream.digits import BTCUSD

DEPTH = 6
VECTORS = [
    (
        [(200005, 1200), (200000, 30000), (199995, 10000)],
        [(200010, 4000), (200015, 2500)],
        "20000.5:0.12:20001.0:0.4:20000.0:3.0:20001.5:0.25:19999.5:1.0",
        1623549885,
    ),
    ([], [], "", 0),
    ([(999, 10000)], [], "99.9:1.0", 3291310061),
    ([], [(1001, 25000), (1002, 10)], "100.1:2.5:100.2:0.001", 653576914),
]


class Reader:
    """A subscriber that reads at once, or lags."""

    def __init__(self, *, nested: bool) -> None:
        self.nested = nested
        self.lagging = False
        self.book = BookClient("btcusd")

    def lags(self) -> bool:
        return self.lagging

    def write(self, frames: bytes) -> None:
        for message in messages_in(frames):
            self.book.take(message)


def send(channel: BookChannel) -> None:
    """What the hub does with a channel that has changed."""
    if not channel.subscribers or not channel.advance():
        return
    for reader, seen in list(channel.subscribers.items()):
        if reader.lags():
            continue
        if seen == channel.version - 1:
            reader.write(channel.step(nested=reader.nested))
            channel.subscribers[reader] = channel.version
        else:
            channel.send_missed(reader)


def texts(depth: Depth) -> dict[str, list[list[str]]]:
    def side(levels: list[tuple[int, int]]) -> list[list[str]]:
        return [
            [format_decimal(price, BTCUSD.price_precision), format_decimal(lots, BTCUSD.amount_precision)]
            for price, lots in levels
        ]

    return {"asks": side(depth.asks), "bids": side(depth.bids)}


def test_the_checksum_is_that_of_the_documentation() -> None:
    for bids, asks, text, checksum in VECTORS:
        view = BookView(1, 4)
        view.advance(Depth(bids, asks))

        assert (view.checksum(), zlib.crc32(text.encode())) == (checksum, checksum)


steps = st.lists(
    st.one_of(
        limit_orders,
        st.just("flush"),
        st.tuples(st.just("join"), st.booleans()),
        st.tuples(st.sampled_from(["lag", "drain", "leave"]), st.integers(0, 5)),
    ),
    max_size=80,
)


@given(steps)
@example([("join", False), "flush"])
def test_t81_whoever_joins_whenever_and_however_slow_has_the_engines_book(steps: list[Any]) -> None:
    core = CORES["python"]()
    accept(core, *openings)
    channel = BookChannel(BTCUSD, lambda: core.depth(BTCUSD.market, DEPTH))
    readers: list[Reader] = []
    for step in steps:
        if step == "flush":
            send(channel)
        elif isinstance(step, tuple) and step[0] == "join":
            readers.append(Reader(nested=step[1]))
            channel.subscribe(readers[-1])
        elif isinstance(step, tuple):
            act(channel, readers, *step)
        else:
            submit(core, step)
    for reader in readers:
        act(channel, readers, "drain", readers.index(reader))
    send(channel)

    for reader in readers:
        if reader not in channel.subscribers:
            continue
        assert reader.book.levels() == texts(core.depth(BTCUSD.market, DEPTH))


def act(channel: BookChannel, readers: list[Reader], action: str, number: int) -> None:
    if not readers:
        return
    reader = readers[number % len(readers)]
    if action == "leave":
        channel.unsubscribe(reader)
    elif action == "lag":
        reader.lagging = True
    else:
        reader.lagging = False
        if reader in channel.subscribers:
            channel.send_missed(reader)


def test_the_market_of_the_property_is_the_one_that_orders_are_drawn_for() -> None:
    assert MARKETS[BTCUSD.market] == (BTCUSD.base, BTCUSD.quote, BTCUSD.price_precision, BTCUSD.amount_precision)


def test_a_level_that_falls_out_of_the_best_is_removed_and_comes_back_whole() -> None:
    asks = [(10, 1), (11, 2), (12, 3)]
    channel = BookChannel(BTCUSD, lambda: Depth([], asks[:2]))
    reader = Reader(nested=True)
    channel.subscribe(reader)

    asks.insert(0, (9, 5))
    send(channel)
    assert [price for price, _ in reader.book.levels()["asks"]] == ["0.09", "0.1"]

    del asks[0]
    send(channel)
    assert reader.book.levels()["asks"] == [["0.1", "0.0001"], ["0.11", "0.0002"]]
    assert reader.book.snapshots == 1


def test_flat_increments_are_one_pair_a_frame_removals_first_and_only_the_last_has_a_checksum() -> None:
    depth = Depth([(8, 1)], [(10, 1)])
    channel = BookChannel(BTCUSD, lambda: depth)
    channel.subscribe(Reader(nested=False))
    depth = Depth([(7, 2)], [(9, 4), (10, 1)])
    channel.advance()

    frames = [message["btcusd.ob-inc"] for message in messages_in(channel.step(nested=False))]

    assert [{key: frame[key] for key in frame.keys() & {"asks", "bids"}} for frame in frames] == [
        {"bids": ["0.08", "0"]},
        {"asks": ["0.09", "0.0004"]},
        {"bids": ["0.07", "0.0002"]},
    ]
    assert ["checksum" in frame for frame in frames] == [False, False, True]


def test_an_empty_book_has_a_snapshot_too() -> None:
    channel = BookChannel(BTCUSD, lambda: Depth([], []))
    reader = Reader(nested=False)

    channel.subscribe(reader)

    assert reader.book.snapshots == 1


def test_a_whole_book_waits_for_its_time_and_loses_nothing() -> None:
    now_s, depth = 0.0, Depth([(1, 1)], [])
    channel = UpdateChannel(BTCUSD, lambda: depth, lambda: now_s)
    channel.subscribe(Reader(nested=False))
    depth = Depth([(2, 1)], [])

    assert channel.waits()
    assert not channel.advance()
    now_s += UPDATE_EVERY_S
    assert channel.advance()
    assert messages_in(channel.step(nested=False)) == [{"btcusd.update": {"asks": [], "bids": [["0.02", "0.0001"]]}}]


@pytest.mark.parametrize("nested", [False, True])
def test_newcomers_of_one_moment_share_the_bytes_of_the_snapshot(nested: bool) -> None:  # noqa: FBT001
    channel = BookChannel(BTCUSD, lambda: Depth([(1, 1)], []))
    channel.subscribe(Reader(nested=nested))

    assert channel.catch_up(-1, nested=nested) is channel.catch_up(-1, nested=nested)


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("harm", ["lost", "repeated", "swapped"])
def test_t81_a_client_notices_a_frame_that_is_lost_repeated_or_swapped(*, nested: bool, harm: str) -> None:
    depths = [Depth([(10 + step, 1)], [(20 + step, 1)]) for step in range(4)]
    channel = BookChannel(BTCUSD, lambda: depths[0])
    channel.subscribe(Reader(nested=nested))
    frames = messages_in(channel.catch_up(-1, nested=nested))
    while len(depths) > 1:
        del depths[0]
        channel.advance()
        frames += messages_in(channel.step(nested=nested))
    take_all(frames)
    if harm == "lost":
        del frames[1]
    elif harm == "repeated":
        frames.insert(1, frames[1])
    else:
        frames[1], frames[2] = frames[2], frames[1]

    with pytest.raises(AssertionError, match="a gap"):
        take_all(frames)


def take_all(frames: list[Any]) -> None:
    client = BookClient("btcusd")
    for frame in frames:
        client.take(frame)
