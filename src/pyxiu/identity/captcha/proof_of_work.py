"""A challenge that costs its solver hashes and us nothing: stateless, signed, bound to a flow and a network.

The text of a challenge is `1.<id>.<expires>.<difficulty>.<flow>.<signature>`. A solution is `<challenge>:<number>`, a
decimal number for which SHA-256 of that whole text begins with `difficulty` zero bits. Invariant: what is checked here
is signed by us, of this flow, of this network and not expired. Limit: that a solution is used once is the store's task.
"""

import base64
import hmac
import re
import secrets
from hashlib import sha256
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Final

import msgspec

from pyxiu.identity.ports import Challenge, Sealer

PURPOSE: Final = "captcha"
RESPONSE_LENGTH_MAX: Final = 200
DIFFICULTY_MAX: Final = 32
_ID_BYTES: Final = 12
_SIGNATURE_BYTES: Final = 16
_IPV4_PREFIX: Final = 24
_IPV6_PREFIX: Final = 64
_RESPONSE: Final = re.compile(
    r"(?P<text>1\.(?P<id>[\w-]{16})\.(?P<expires>[0-9]{1,12})\.(?P<difficulty>[0-9]{1,2})\.(?P<flow>[a-z_]{1,40}))"
    r"\.(?P<signature>[\w-]{22}):[0-9]{1,20}",
    re.ASCII,
)


class Solved(msgspec.Struct, frozen=True):
    """The challenge that a good response solves: what the store remembers of it."""

    id: bytes
    expires_at: int


def make_challenge(sealer: Sealer, *, flow: str, ip: str, difficulty: int, expires_at: int) -> Challenge:
    """`expires_at` is unix time in seconds, `difficulty` a number of bits."""
    assert 0 < difficulty <= DIFFICULTY_MAX, difficulty
    text = f"1.{_text_of(secrets.token_bytes(_ID_BYTES))}.{expires_at}.{difficulty}.{flow}"
    signature = sealer.fingerprint(_signed(text, ip), PURPOSE)[:_SIGNATURE_BYTES]
    return Challenge(f"{text}.{_text_of(signature)}", difficulty, expires_at)


def check_response(sealer: Sealer, response: str, *, flow: str, ip: str, now_s: int) -> Solved | None:
    """The challenge if it is ours, for this flow and network, in time and solved; otherwise None."""
    found = _RESPONSE.fullmatch(response) if len(response) <= RESPONSE_LENGTH_MAX else None
    if found is None or found["flow"] != flow or int(found["expires"]) <= now_s:
        return None
    signature = _bytes_of(found["signature"])
    expected = sealer.fingerprints(_signed(found["text"], ip), PURPOSE)
    if not any(hmac.compare_digest(signature, one[:_SIGNATURE_BYTES]) for one in expected):
        return None
    if leading_zero_bits(sha256(response.encode()).digest()) < int(found["difficulty"]):
        return None
    return Solved(_bytes_of(found["id"]), int(found["expires"]))


def leading_zero_bits(digest: bytes) -> int:
    return len(digest) * 8 - int.from_bytes(digest, "big").bit_length()


def network_of(ip: str) -> str:
    """The /24 or /64 that an address is in: what one customer of a provider has. Other texts stand for themselves."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ip
    prefix = _IPV4_PREFIX if isinstance(address, IPv4Address) else _IPV6_PREFIX
    return str(ip_network((address, prefix), strict=False))


def _signed(text: str, ip: str) -> bytes:
    return f"{text} {network_of(ip)}".encode()


def _text_of(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
