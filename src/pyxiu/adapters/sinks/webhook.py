"""Events to somebody's HTTP endpoint, one POST each, signed, to public addresses only.

    Pyxiu-Id: journal:42:0          stable: the same event has the same id however often it comes
    Pyxiu-Timestamp: 1764000000     unix seconds of this attempt
    Pyxiu-Signature: v1=HEX         HMAC-SHA256 of "timestamp.id.body" with the endpoint's secret

Invariant: 2xx is the only confirmation. The host is looked up once per attempt, every address it has must be public,
and the connection goes to the address that was checked, so neither a redirect nor a second look-up leads inside (SSRF,
DNS rebinding). Limit: one endpoint; a redirect is a failure, not followed.
"""

import asyncio
import hashlib
import hmac
import ipaddress
import socket
import time
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec

from pyxiu.kit.errors import PermanentError, TransientError
from pyxiu.relay.model import RelayedEvent
from pyxiu.relay.ports import UndeliverableError

TIMEOUT_S: Final = 10.0
BODY_BYTES_MAX: Final = 256 * 1024
SCHEMES: Final = frozenset({"http", "https"})
#: Refusals that a later attempt will not change. Not 404 and 401: a deployment of theirs may be under way.
_FOR_GOOD: Final = frozenset({400, 410, 413, 422})

_encode = msgspec.json.Encoder().encode


class WebhookUrlError(PermanentError):
    """The URL is not one that we may call."""


def signature(secret: bytes, timestamp: int, event_id: str, body: bytes) -> str:
    """What the signature header says."""
    signed = f"{timestamp}.{event_id}.".encode() + body
    return f"v1={hmac.new(secret, signed, hashlib.sha256).hexdigest()}"


class WebhookSink:
    """Posts to `url`. `allow_private` is for endpoints on this very network, and weakens what protects it."""

    def __init__(self, url: str, secret: bytes, *, allow_private: bool = False, timeout_s: float = TIMEOUT_S) -> None:
        """Raises WebhookUrlError."""
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES or not parts.hostname or parts.username or parts.password:
            raise WebhookUrlError("expected http(s)://host[:port]/path without a user or password")
        self._url = httpx.URL(url)
        self._host = parts.hostname
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._secret = secret
        self._allow_private = allow_private
        self._client = httpx.AsyncClient(timeout=timeout_s, follow_redirects=False, trust_env=False)

    async def publish(self, events: Sequence[RelayedEvent]) -> None:
        for number, event in enumerate(events):
            refusal = await self._refusal(event)
            if refusal is not None:
                raise UndeliverableError(event, refusal, confirmed=number)

    async def close(self) -> None:
        await self._client.aclose()

    async def _refusal(self, event: RelayedEvent) -> str | None:
        """Post one event; why it will never be taken, None when it was."""
        body = _encode({"id": event.id, "name": event.name, "at": event.at_s, "record": event.payload})
        if len(body) > BODY_BYTES_MAX:
            return f"expected at most {BODY_BYTES_MAX} bytes, found {len(body)}"
        timestamp = int(time.time())
        headers = {
            "Host": self._url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "User-Agent": "Pyxiu-Webhook/1",
            "Pyxiu-Id": event.id,
            "Pyxiu-Timestamp": str(timestamp),
            "Pyxiu-Signature": signature(self._secret, timestamp, event.id, body),
        }
        address = await self._address()
        request = self._client.build_request(
            "POST",
            self._url.copy_with(host=address),
            content=body,
            headers=headers,
            extensions={"sni_hostname": self._host},
        )
        try:
            response = await self._client.send(request)
        except httpx.HTTPError as error:
            raise TransientError(f"{self._host} does not answer: {type(error).__name__}") from error
        if response.is_success:
            return None
        if response.status_code in _FOR_GOOD:
            return f"{self._host} answers {response.status_code}"
        raise TransientError(f"{self._host} answers {response.status_code}")

    async def _address(self) -> str:
        """The address to connect to. Raises TransientError if there is none, or if any is not public: names change."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise TransientError(f"{self._host} is not found: {error}") from error
        addresses = [str(item[4][0]) for item in found]
        if not self._allow_private:
            for address in addresses:
                if not is_public(address):
                    raise TransientError(f"{self._host} leads to {address}, which is not a public address")
        return addresses[0]


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet: not ours, not a neighbour's, not a cloud's own services."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast


_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
