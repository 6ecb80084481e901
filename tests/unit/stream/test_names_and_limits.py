"""Names of streams, rates and counts, settings."""

from types import SimpleNamespace
from typing import Any

import pytest

from pyxiu.api.client_address import ClientAddress
from pyxiu.app.stream.doorkeeper import GateDoorkeeper
from pyxiu.identity.ports import NoCountries
from pyxiu.kit.errors import PermanentError
from pyxiu.projections.candles import PERIODS
from pyxiu.stream.limits import Bucket, Counts, Rates
from pyxiu.stream.names import PERIOD_WORDS, Kind, Private, PublicName, name_of, parse_name
from pyxiu.stream.settings import StreamSettings, load_stream_settings


def test_every_public_name_is_read_as_it_is_written() -> None:
    names = [
        PublicName(Kind.TICKERS, ""),
        *(PublicName(kind, "btcusd") for kind in (Kind.TRADES, Kind.BOOK, Kind.UPDATE)),
        *(PublicName(Kind.CANDLES, "btcusd", period) for period in PERIODS),
    ]

    assert [parse_name(name_of(name)) for name in names] == names
    assert tuple(PERIOD_WORDS) == PERIODS


def test_private_names_have_no_point_and_nothing_else_is_one() -> None:
    assert parse_name("order") is Private.ORDER
    assert [parse_name(name) for name in ("", ".", "orderx", "a.order", ".trades", "x" * 200 + ".trades")] == [None] * 6


def test_a_bucket_refills_up_to_its_burst_and_takes_all_or_nothing() -> None:
    bucket = Bucket(per_s=2, burst=4, now_s=0.0)

    assert bucket.take(4, 0.0)
    assert not bucket.take(1, 0.4)
    assert bucket.take(1, 0.5)
    assert not bucket.take(5, 1_000.0)
    assert bucket.take(4, 1_000.0)


def test_counts_are_bounded_by_key_and_go_back() -> None:
    counts = Counts(most=2)

    assert [counts.enter("a"), counts.enter("a"), counts.enter("a"), counts.enter("b")] == [True, True, False, True]
    assert not counts.leave("a")
    assert counts.leave("b")
    assert counts.enter("a")


def test_a_bucket_outlives_its_connections_until_it_is_full_again() -> None:
    rates = Rates(per_s=2, burst=4)
    assert rates.of("a", 0.0).take(4, 0.0)
    rates.leave("a", 0.0)

    again = rates.of("a", 0.5)
    assert again is rates.of("a", 0.5), "the connections of a key share one"
    assert again.take(1, 0.5)
    assert not again.take(1, 0.5)
    rates.leave("a", 0.5)
    rates.leave("never came", 2.4)
    assert len(rates) == 1

    rates.leave("never came", 2.5)
    assert len(rates) == 0


def test_buckets_of_those_who_left_are_bounded_and_the_first_to_leave_is_forgotten() -> None:
    rates = Rates(per_s=0, burst=1, kept_max=2)
    for key in "abc":
        assert rates.of(key, 0.0).take(1, 0.0)
        rates.leave(key, 0.0)

    assert len(rates) == 2
    assert [rates.of(key, 0.0).take(1, 0.0) for key in "abc"] == [True, False, False]


def test_t72_connections_are_counted_by_what_the_rate_of_requests_counts_by() -> None:
    gate: Any = SimpleNamespace(clients=ClientAddress((), NoCountries()))

    def address(ip: str) -> str:
        return GateDoorkeeper(gate).address({"client": (ip, 1), "headers": []})

    assert address("2001:db8::1") == address("2001:db8::2:0:0:1") != address("2001:db8:0:1::1")
    assert address("192.0.2.1") == "192.0.2.1"


def test_settings_come_from_the_environment_and_are_checked() -> None:
    given = {"PYXIU_STREAM_DEPTH": "25", "PYXIU_STREAM_ORIGINS": "https://a.test, https://b.test", "OTHER": "1"}

    settings = load_stream_settings(given)

    assert settings == StreamSettings(depth=25, origins=("https://a.test", "https://b.test"))
    for wrong in ("0", "-1", "x", "1.5", str(2**40)):
        with pytest.raises(PermanentError, match="PYXIU_STREAM_DEPTH"):
            load_stream_settings({"PYXIU_STREAM_DEPTH": wrong})
