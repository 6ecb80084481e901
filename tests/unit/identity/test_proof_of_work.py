"""The captcha's challenge: signed, bound, timed, and as documented."""

import secrets
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pyxiu.identity.captcha.proof_of_work import check_response, leading_zero_bits, make_challenge, network_of
from pyxiu.identity.sealing import KEY_BYTES, KeyRing

OLD, NEW = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES)
SEALER = KeyRing(lambda: {1: OLD})
IP, NOW = "203.0.113.7", 1_764_000_000


def solve(challenge: str, difficulty: int) -> str:
    for number in count():
        response = f"{challenge}:{number}"
        if leading_zero_bits(sha256(response.encode()).digest()) >= difficulty:
            return response
    raise AssertionError("unreachable")


def challenge(**changes: object) -> str:
    given: dict[str, Any] = {"flow": "user_create", "ip": IP, "difficulty": 8, "expires_at": NOW + 300, **changes}
    return make_challenge(SEALER, **given).challenge


def accepted(response: str, *, flow: str = "user_create", ip: str = IP, now_s: int = NOW) -> bool:
    return check_response(SEALER, response, flow=flow, ip=ip, now_s=now_s) is not None


def test_a_solution_is_good_for_its_flow_network_and_time() -> None:
    response = solve(challenge(), 8)
    assert accepted(response)
    assert accepted(response, ip="203.0.113.99"), "the same network"
    assert not accepted(response, ip="203.0.114.7")
    assert not accepted(response, flow="password_reset")
    assert accepted(response, now_s=NOW + 299)
    assert not accepted(response, now_s=NOW + 300)


def test_every_part_of_a_challenge_is_signed() -> None:
    text = challenge()
    version, number, expires_at, difficulty, flow, signature = text.split(".")
    for forged in (
        f"{version}.{number}.{expires_at}.1.{flow}.{signature}",
        f"{version}.{number}.{int(expires_at) + 900}.{difficulty}.{flow}.{signature}",
        f"{version}.{'B' * 16}.{expires_at}.{difficulty}.{flow}.{signature}",
        f"{version}.{number}.{expires_at}.{difficulty}.{flow}.{'A' * 22}",
    ):
        assert not accepted(solve(forged, 8))


def test_a_number_that_does_not_solve_it_is_refused() -> None:
    text = challenge(difficulty=20)
    wrong = next(
        f"{text}:{number}" for number in count() if leading_zero_bits(sha256(f"{text}:{number}".encode()).digest()) < 20
    )
    assert not accepted(wrong)


@pytest.mark.parametrize(
    "response", ["", ":", "1:1", "x" * 10_000, "1.a.b.c.d.e:1", "\0", "1.AAAAAAAAAAAAAAAA.1.8.user_create.é:1"]
)
def test_what_is_no_response_is_refused(response: str) -> None:
    assert not accepted(response)


def test_a_challenge_from_before_a_rotation_of_keys_is_still_good() -> None:
    response = solve(challenge(), 8)
    rotated = KeyRing(lambda: {1: OLD, 2: NEW})
    assert check_response(rotated, response, flow="user_create", ip=IP, now_s=NOW) is not None


def test_the_example_of_the_documentation_is_right() -> None:
    text = "1.AAAAAAAAAAAAAAAA.1764105900.12.user_create.AAAAAAAAAAAAAAAAAAAAAA"
    page = (Path(__file__).parents[3] / "docs/api/captcha.md").read_text(encoding="utf-8")
    number = solve(text, 12).rpartition(":")[2]
    assert text in page
    assert f"the smallest number is `{number}`" in page


def test_networks_are_what_one_customer_has() -> None:
    assert network_of("203.0.113.7") == "203.0.113.0/24"
    assert network_of("2001:db8:1:2:3::4") == "2001:db8:1:2::/64"
    assert network_of("somewhere") == "somewhere"
