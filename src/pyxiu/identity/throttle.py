"""How often something may be tried: counters by bucket and key, shared by all processes.

    throttled = await take(services, "login_account", email, limit=20, window_s=900)
    if throttled: … 429 with Retry-After

Invariant: a try is counted before it is made, in a transaction of its own, so it stays counted when what follows is
rolled back, and parallel tries never get more than the limit together. What is beyond the limit costs a read only.
Limit: fixed windows that begin with the first try; keys are kept as hashes.
"""

import datetime
import hashlib
import ipaddress
import math
from typing import NamedTuple

from pyxiu.identity import throttle_store
from pyxiu.identity.model import Client
from pyxiu.identity.rates import Rate
from pyxiu.identity.services import IdentityServices
from pyxiu.kit.clock import now_of


class Throttled(NamedTuple):
    """Too many tries; the next one is allowed after so many seconds."""

    retry_after_s: int


async def take(services: IdentityServices, bucket: str, key: str, *, limit: int, window_s: int) -> Throttled | None:
    """Count a try of `key`; None as long as it is within the limit."""
    now = now_of(services.clock)
    key_hash = _hash(key)
    async with services.counting.connect() as connection:
        known = await throttle_store.counter(connection, bucket, key_hash)
    if known is not None and known.ends_at > now and known.taken >= limit:
        return _until(known.ends_at, now)
    ends_at = now + datetime.timedelta(seconds=window_s)
    async with services.counting.begin() as connection:
        counted = await throttle_store.count_one(connection, bucket, key_hash, now=now, ends_at=ends_at)
    return _until(counted.ends_at, now) if counted.taken > limit else None


async def take_rate(services: IdentityServices, bucket: str, key: str, rate: Rate) -> Throttled | None:
    """As `take`, with a limit from the settings."""
    return await take(services, bucket, key, limit=rate.limit, window_s=rate.window_s)


async def forget(services: IdentityServices, bucket: str, key: str) -> None:
    """Begin anew: what was tried has succeeded."""
    async with services.counting.begin() as connection:
        await throttle_store.forget(connection, bucket, _hash(key))


async def give_back(services: IdentityServices, bucket: str, key: str) -> None:
    """The try has succeeded and does not count; those before it do."""
    async with services.counting.begin() as connection:
        await throttle_store.give_back(connection, bucket, _hash(key))


def network_of(client: Client) -> str:
    """What counts as one place: an IPv4 address, or the /64 that an IPv6 subscriber has."""
    try:
        address = ipaddress.ip_address(client.ip)
    except ValueError:
        return client.ip
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))


def _until(ends_at: datetime.datetime, now: datetime.datetime) -> Throttled:
    return Throttled(max(1, math.ceil((ends_at - now).total_seconds())))


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
