"""The parts of the gate that need no database: rates, replays, what is remembered, cookies, browsers."""

import asyncio
from typing import Any

import pytest

from pyxiu.api.auth_model import Member, PresentedRequest, Via
from pyxiu.api.browser import cors_headers, is_cross_site, preflight_headers
from pyxiu.api.cookies import Cookie, cookie_of, set_cookie
from pyxiu.api.errors import REQUEST_REPLAYED, WireError
from pyxiu.api.rate_limits import KEYS_MAX, Rate, RateLimit
from pyxiu.api.remembered import BRIEFLY_S, KEEP_S, NobodyVouches, Remembered
from pyxiu.api.replays import MADE_KEY_PREFIX, OrderReplays
from pyxiu.kit.clock import ManualClock

MS, S = 10**6, 10**9
NOW_MS = 1_620_813_600_000


class Time:
    def __init__(self) -> None:
        self.s = 1_000.0

    def __call__(self) -> float:
        return self.s


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    now_s = 1_000.0
    limit = RateLimit(Rate(per_s=10, burst=5))
    assert [limit.wait_s("a", now_s) for _ in range(5)] == [0.0] * 5
    assert limit.wait_s("a", now_s) == pytest.approx(0.1)
    assert limit.wait_s("b", now_s) == 0.0
    assert limit.wait_s("a", now_s + 0.1) == 0.0
    assert limit.wait_s("a", now_s + 0.1) > 0
    assert [limit.wait_s("a", now_s + 100) for _ in range(6)][-2:] == [0.0, pytest.approx(0.1)]


def test_a_refused_request_takes_nothing() -> None:
    limit = RateLimit(Rate(per_s=1, burst=1))
    limit.wait_s("a", 1_000.0)
    assert {round(limit.wait_s("a", 1_000.0), 6) for _ in range(100)} == {1.0}


def test_t72_many_addresses_do_not_fill_the_memory() -> None:
    limit = RateLimit(Rate(per_s=1, burst=2))
    for number in range(KEYS_MAX + 10):
        limit.wait_s(str(number), 1_000.0)
    assert len(limit._full_at_s) <= KEYS_MAX


def signed(nonce_ms: int, body: bytes = b"{}") -> PresentedRequest:
    headers = [(b"x-auth-nonce", str(nonce_ms).encode()), (b"x-auth-signature", b"s%d" % nonce_ms)]
    return PresentedRequest("POST", "/orders", b"/orders", b"", headers, body, "192.0.2.1")


BOT = Member("ID1", 3, "member")


class Replays:
    def __init__(self) -> None:
        self.clock = ManualClock(NOW_MS * MS)
        self.alone = True
        self.start()

    def start(self) -> None:
        """A process that begins now."""
        self.replays = OrderReplays(self.clock, 5_000, lambda: self.alone)

    def key_for(self, nonce_ms: int, body: bytes = b"{}") -> str | WireError:
        return self.replays.key_for(signed(nonce_ms, body), BOT)


def test_t63_a_process_that_is_alone_remembers_in_memory() -> None:
    lab = Replays()
    lab.clock.advance(60 * S)
    now_ms = NOW_MS + 60_000
    assert lab.key_for(now_ms) == ""
    assert lab.key_for(now_ms) == REQUEST_REPLAYED
    assert lab.key_for(now_ms, b"other") == ""


def test_t63_a_restart_opens_no_gap() -> None:
    """Whatever the process before accepted is refused, or meets the id that it was sent with."""
    lab = Replays()
    lab.clock.advance(60 * S)
    now_ms = NOW_MS + 60_000
    past, ahead = lab.key_for(now_ms - 100), lab.key_for(now_ms + 4_000)
    assert past == ""
    assert isinstance(ahead, str)
    assert ahead.startswith(MADE_KEY_PREFIX)
    lab.clock.advance(1 * S)
    lab.start()
    assert lab.key_for(now_ms - 100) == REQUEST_REPLAYED
    assert lab.key_for(now_ms + 4_000) == ahead
    lab.start()
    lab.clock.advance(6 * S)
    assert lab.key_for(now_ms + 4_000) == ahead, "also when the new process is no longer so new"


def test_t63_what_was_dated_ahead_is_not_taken_again_when_its_time_has_come() -> None:
    lab = Replays()
    lab.clock.advance(60 * S)
    ahead_ms = NOW_MS + 64_000
    first = lab.key_for(ahead_ms)
    assert isinstance(first, str)
    assert first.startswith(MADE_KEY_PREFIX)
    lab.clock.advance(6 * S)
    assert lab.key_for(ahead_ms) == REQUEST_REPLAYED


def test_t63_what_was_taken_alone_is_refused_when_others_have_come() -> None:
    lab = Replays()
    lab.clock.advance(60 * S)
    now_ms = NOW_MS + 60_000
    assert lab.key_for(now_ms) == ""
    lab.alone = False
    assert lab.key_for(now_ms) == REQUEST_REPLAYED
    made = lab.key_for(now_ms, b"other")
    assert isinstance(made, str)
    assert made.startswith(MADE_KEY_PREFIX)
    lab.alone = True
    assert lab.key_for(now_ms, b"other") == REQUEST_REPLAYED


def test_t63_several_processes_make_the_same_id() -> None:
    one, two = Replays(), Replays()
    one.alone = two.alone = False
    for lab in (one, two):
        lab.clock.advance(60 * S)
    keys = {lab.key_for(NOW_MS + 60_000) for lab in (one, two)}
    assert len(keys) == 1
    assert keys != {one.key_for(NOW_MS + 60_000, b"other")}


def test_sessions_sign_nothing() -> None:
    lab = Replays()
    session = BOT._replace(via=Via.SESSION)
    assert [lab.replays.key_for(signed(1), session) for _ in range(2)] == ["", ""]


class Lookups:
    def __init__(self, vouching: Any) -> None:
        self.now, self.asked = Time(), 0
        self.remembered: Remembered[str, str] = Remembered(
            self.look_up, vouching, tags=lambda key, _: (f"tag:{key}",), now_s=self.now
        )

    async def look_up(self, key: str) -> str:
        self.asked += 1
        return f"{key}{self.asked}"


class Vouches:
    live_until_s = float("inf")


async def test_a_value_is_kept_while_changes_are_followed() -> None:
    lab = Lookups(Vouches())
    for _ in range(3):
        assert await lab.remembered.find("a") == "a1"
        lab.now.s += 10
    lab.remembered.forget("tag:b")
    assert await lab.remembered.find("a") == "a1"
    lab.remembered.forget("tag:a")
    assert await lab.remembered.find("a") == "a2"
    lab.now.s += KEEP_S
    assert await lab.remembered.find("a") == "a3"


async def test_without_a_follower_a_value_is_good_for_less_than_a_second() -> None:
    lab = Lookups(NobodyVouches())
    assert await lab.remembered.find("a") == "a1"
    lab.now.s += BRIEFLY_S - 0.01
    assert await lab.remembered.find("a") == "a1"
    lab.now.s += 0.02
    assert await lab.remembered.find("a") == "a2"
    assert BRIEFLY_S < 1


async def test_many_who_ask_at_once_cost_one_look_up() -> None:
    lab = Lookups(Vouches())
    assert set(await asyncio.gather(*(lab.remembered.find("a") for _ in range(20)))) == {"a1"}


def test_a_cookie_is_hidden_from_scripts_and_other_sites() -> None:
    name, value = set_cookie(Cookie("_barong_session", "t", 60), secure=True)
    assert (name, value) == (b"set-cookie", b"_barong_session=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure")
    assert b"Secure" not in set_cookie(Cookie("a", "b"), secure=False)[1]


@pytest.mark.parametrize(
    ("sent", "found"),
    [(b"s=1", "1"), (b"a=b; s=1; c=d", "1"), (b"xs=2", None), (b"xs=2; s=1", "1"), (b"", None), (b's="1"', "1")],
)
def test_a_cookie_is_found_by_its_whole_name(sent: bytes, found: str | None) -> None:
    assert cookie_of([(b"cookie", sent)], "s") == found


@pytest.mark.parametrize(
    ("headers", "cross"),
    [
        ({}, False),
        ({b"origin": b"https://x.example", b"host": b"x.example"}, False),
        ({b"origin": b"https://x.example", b"host": b"y.example"}, True),
        ({b"origin": b"https://x.example.evil", b"host": b"x.example"}, True),
        ({b"origin": b"null", b"host": b"x.example"}, True),
        ({b"origin": b"https://ok.example", b"host": b"x.example"}, False),
        ({b"sec-fetch-site": b"cross-site"}, True),
        ({b"sec-fetch-site": b"same-origin"}, False),
    ],
)
def test_t68_what_another_site_sends_is_told_by_the_browser(headers: dict[bytes, bytes], *, cross: bool) -> None:
    assert is_cross_site(list(headers.items()), ["https://ok.example"]) == cross


def test_t68_only_listed_origins_read_and_never_all() -> None:
    allowed = ["https://ok.example"]
    told = dict(preflight_headers([(b"origin", b"https://ok.example")], allowed))
    assert told[b"access-control-allow-origin"] == b"https://ok.example"
    assert told[b"access-control-allow-credentials"] == b"true"
    for origin in (b"https://evil.example", b"null", b"https://ok.example.evil"):
        assert cors_headers([(b"origin", origin)], allowed) == ()
    assert cors_headers([(b"origin", b"https://ok.example")], []) == ()
