"""Where a request comes from: the peer, unless the peer is trusted to know better."""

import ipaddress
from typing import Any

import pytest

from pyxiu.api.client_address import UNKNOWN_ADDRESS, ClientAddress
from pyxiu.identity.ports import NoCountries

PROXIES = tuple(ipaddress.ip_network(network) for network in ("10.0.0.0/8", "2001:db8::/32"))


def ip(peer: str, *forwarded: str, trusted: Any = PROXIES) -> str:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return ClientAddress(trusted, NoCountries()).ip_of(peer, headers)


def test_nobody_is_trusted_by_default() -> None:
    assert ip("10.0.0.1", "203.0.113.9", trusted=()) == "10.0.0.1"


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.9, 10.1.1.1"], "203.0.113.9"),
        ("10.0.0.1", ["6.6.6.6", "203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["10.2.2.2, 10.1.1.1"], "10.2.2.2"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9, nonsense"], "10.0.0.1"),
        ("203.0.113.1", ["6.6.6.6"], "203.0.113.1"),
        ("2001:db8::1", ["2a00::5"], "2a00::5"),
        ("10.0.0.1", ["[2a00::5]:443"], "2a00::5"),
        ("10.0.0.1", ["203.0.113.9:5123"], "203.0.113.9"),
        ("::ffff:10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("", ["6.6.6.6"], UNKNOWN_ADDRESS),
        ("10.0.0.1", [","], "10.0.0.1"),
        ("10.0.0.1", ["\xff\x00"], "10.0.0.1"),
    ],
)
def test_trust_ends_at_the_first_hop_that_is_not_trusted(peer: str, forwarded: list[str], client: str) -> None:
    """What a client writes into the header itself stands before that hop, and is not reached."""
    assert ip(peer, *forwarded) == client


@pytest.mark.parametrize(
    ("peer", "scheme", "proto", "secure"),
    [
        ("203.0.113.1", "https", b"", True),
        ("203.0.113.1", "http", b"https", False),
        ("10.0.0.1", "http", b"https", True),
        ("10.0.0.1", "http", b"http", False),
        ("10.0.0.1", "http", b"", False),
    ],
)
def test_tls_in_front_of_us_is_believed_of_trusted_proxies_only(
    peer: str, scheme: str, proto: bytes, *, secure: bool
) -> None:
    scope = {"client": (peer, 1), "scheme": scheme, "headers": [(b"x-forwarded-proto", proto)]}
    assert ClientAddress(PROXIES, NoCountries()).is_secure(scope) == secure
