"""Where a request comes from: the peer, or what a trusted proxy says of it.

Invariant: X-Forwarded-For counts only as far as the hops that wrote it are within PYXIU_TRUSTED_PROXIES; by default
nobody is trusted and the peer it is. Limit: other headers (Forwarded, X-Real-IP, True-Client-IP) are never looked at.
"""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from pyxiu.api.asgi import Header, Scope
from pyxiu.identity.model import Client
from pyxiu.identity.ports import CountryLookup

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
UNKNOWN_ADDRESS: Final = "0.0.0.0"  # noqa: S104 - what stands for an address that is not known, nothing is bound to it
USER_AGENT_LENGTH_MAX: Final = 255
CACHE_SIZE: Final = 4_096


class ClientAddress:
    """Resolves the client of a request, and whether it came over TLS."""

    def __init__(self, trusted: Iterable[Network], countries: CountryLookup) -> None:
        self._trusted = tuple(trusted)
        self._resolve = lru_cache(CACHE_SIZE)(self._resolve_uncached)
        self._sender = lru_cache(CACHE_SIZE)(self._sender_uncached)
        self._country_of = lru_cache(CACHE_SIZE)(countries.country_of)

    def client_of(self, peer: str, headers: Iterable[Header]) -> Client:
        agent = next((value for name, value in headers if name == b"user-agent"), b"")
        ip = self.ip_of(peer, headers)
        return Client(ip, agent[:USER_AGENT_LENGTH_MAX].decode("latin-1"), self._country_of(ip))

    def ip_of(self, peer: str, headers: Iterable[Header]) -> str:
        """The address in its shortest form; an IPv4 address within IPv6 as IPv4."""
        return self._resolve(peer, self._forwarded(headers))

    def sender_of(self, peer: str, headers: Iterable[Header]) -> str:
        """What counts as one sender: an IPv4 address, or the /64 that somebody with IPv6 has at least."""
        return self._sender(peer, self._forwarded(headers) if self._trusted else b"")

    def is_secure(self, scope: Scope) -> bool:
        """Whether the client speaks TLS with us or with the trusted proxy before us."""
        if scope.get("scheme") == "https":
            return True
        if not self._trusted or not self._is_trusted(parsed(peer_of(scope))):
            return False
        return any(name == b"x-forwarded-proto" and value.strip() == b"https" for name, value in scope["headers"])

    def _forwarded(self, headers: Iterable[Header]) -> bytes:
        if not self._trusted:
            return b""
        return b",".join(value for name, value in headers if name == b"x-forwarded-for")

    def _resolve_uncached(self, peer: str, forwarded: bytes) -> str:
        address = parsed(peer)
        # From the nearest hop outwards, as long as whoever wrote the next one is trusted.
        for hop in reversed(forwarded.split(b",") if forwarded else ()):
            if not self._is_trusted(address):
                break
            named = parsed(hop.strip().decode("latin-1"))
            if named is None:
                break
            address = named
        return UNKNOWN_ADDRESS if address is None else str(address)

    def _sender_uncached(self, peer: str, forwarded: bytes) -> str:
        return _neighbourhood(self._resolve(peer, forwarded))

    def _is_trusted(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
        return address is not None and any(
            address.version == network.version and address in network for network in self._trusted
        )


def _neighbourhood(ip: str) -> str:
    if ":" not in ip:
        return ip
    return str(ipaddress.ip_network((ip, 64), strict=False))


def peer_of(scope: Scope) -> str:
    """Who is at the other end of the connection; empty for a socket without an address."""
    client = scope.get("client")
    return client[0] if client else ""


def parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address, without brackets, port or zone; None for what is none."""
    bare = text.strip("[]") if text.count(":") != 1 else text.partition(":")[0]
    if bare.count("]:") == 1:
        bare = bare.partition("]:")[0]
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
