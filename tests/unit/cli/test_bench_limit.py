"""What a benchmark names as its limit, from the shares of time that it saw."""

import pytest

from pyxiu.cli.bench.figures import limit_of
from pyxiu.cli.bench.host import processors


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ({"machine_share": 0.97, "engine_share": 0.95}, "processors"),
        ({"machine_share": 0.5, "engine_share": 0.95, "gateway_share": 0.92}, "the engine"),
        ({"machine_share": 0.5, "engine_share": 0.4, "gateway_share": 0.92}, "the gateways"),
        ({"machine_share": 0.5, "engine_share": 0.4}, "waiting"),
        ({}, "waiting"),
    ],
)
def test_the_limit_is_what_had_no_time_left(shares: dict[str, float], expected: str) -> None:
    assert expected in limit_of(shares)


def test_the_machine_counts_its_time_where_it_tells() -> None:
    found = processors()
    if found is not None:
        assert 0 <= found.idle <= found.total
