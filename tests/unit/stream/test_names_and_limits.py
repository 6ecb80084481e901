"""Names of streams, rates and counts, settings."""

import pytest

from pyxiu.kit.errors import PermanentError
from pyxiu.projections.candles import PERIODS
from pyxiu.stream.limits import Bucket, Counts
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


def test_settings_come_from_the_environment_and_are_checked() -> None:
    given = {"PYXIU_STREAM_DEPTH": "25", "PYXIU_STREAM_ORIGINS": "https://a.test, https://b.test", "OTHER": "1"}

    settings = load_stream_settings(given)

    assert settings == StreamSettings(depth=25, origins=("https://a.test", "https://b.test"))
    for wrong in ("0", "-1", "x", "1.5", str(2**40)):
        with pytest.raises(PermanentError, match="PYXIU_STREAM_DEPTH"):
            load_stream_settings({"PYXIU_STREAM_DEPTH": wrong})
