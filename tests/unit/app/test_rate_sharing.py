"""What gateways tell each other of what they have granted, and what that does to a bucket."""

import json

from pyxiu.api.rate_limits import Rate, RateLimit
from pyxiu.app.rate_sharing import PAYLOAD_MAX, payloads, worth_telling


def test_a_charge_takes_what_others_granted_and_debt_is_bounded() -> None:
    limit = RateLimit(Rate(per_s=10, burst=20))
    limit.charge("a", 15, now_s=100.0)
    assert [limit.wait_s("a", 100.0) for _ in range(5)] == [0.0] * 5
    assert limit.wait_s("a", 100.0) > 0
    limit.charge("a", 10_000, now_s=100.0)
    assert 1.9 < limit.wait_s("a", 100.0) < 2.2, "a debt of a whole bucket at most: two seconds at ten a second"
    assert limit.wait_s("b", 100.0) == 0.0


def test_what_is_charged_is_not_told_again() -> None:
    limit = RateLimit(Rate(per_s=10, burst=20))
    limit.taken = {}
    limit.charge("a", 15, now_s=100.0)
    limit.wait_s("b", 100.0)
    assert worth_telling(limit) == {"b": 1}
    assert worth_telling(limit) == {}


def test_little_is_collected_until_it_is_worth_telling() -> None:
    limit = RateLimit(Rate(per_s=1_600, burst=5_000))
    limit.taken = {}
    for _ in range(19):
        limit.wait_s("quiet", 100.0)
    limit.wait_s("busy", 100.0, cost=500)
    assert worth_telling(limit) == {"busy": 500}
    limit.wait_s("quiet", 101.0)
    assert worth_telling(limit) == {"quiet": 20}


def test_nothing_is_counted_while_nobody_listens() -> None:
    limit = RateLimit(Rate(per_s=10, burst=20))
    limit.wait_s("a", 100.0)
    assert limit.taken is None
    assert worth_telling(limit) == {}


def test_notifications_are_never_too_long_and_tell_everything_once() -> None:
    worth = {f"2001:db8:{number:x}::/64": number for number in range(2_000)}
    told: dict[str, int] = {}
    for payload in payloads("me", "address", worth):
        assert len(payload.encode()) < PAYLOAD_MAX + 100
        part = json.loads(payload)
        assert part["from"] == "me"
        assert not told.keys() & part["address"].keys()
        told |= part["address"]
    assert told == worth
    assert list(payloads("me", "address", {})) == []
