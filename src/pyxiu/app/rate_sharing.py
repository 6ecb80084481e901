"""Rates that hold over all gateways: each tells the others what it has granted, and they charge it to their buckets.

    NOTIFY pyxiu_rates, '{"from": "…", "address": {"203.0.113.7": 40}, "member": {"ID12": 9}}'      every SHARE_S

Invariant: a request waits for nobody; what is told is told once, by a task of its own. Limit: whoever spreads a flood
over N gateways gets at most what N-1 of them grant within SHARE_S and the time of a notification beyond the rate, and a
share of 1/SMALL of the rate that is not worth telling yet. While the database is away each gateway counts for itself.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterator, Mapping
from time import monotonic
from typing import Any, Final

import asyncpg
import msgspec
import structlog

from pyxiu.api.rate_limits import KEYS_MAX, RateLimit
from pyxiu.kit.errors import TransientError
from pyxiu.storage.database import UNAVAILABLE, Connection, close_quietly, connect

CHANNEL: Final = "pyxiu_rates"
SHARE_S: Final = 0.25
RECONNECT_S: Final = 1.0
#: A key is told once this part of what its rate grants within SHARE_S has come together.
SMALL: Final = 20
#: A notification holds less than 8000 bytes.
PAYLOAD_MAX: Final = 7_000

_log = structlog.stdlib.get_logger("pyxiu.rates")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


async def share_rates(dsn: str, limits: Mapping[str, RateLimit], alone: Callable[[], bool]) -> None:
    """Share until canceled, over lost connections as well. Nothing is told while this process is alone."""
    ours = secrets.token_hex(4)
    while True:
        try:
            connection = await connect(dsn, "pyxiu rates")
        except TransientError as error:
            await _lost(error)
            continue
        try:
            await connection.add_listener(CHANNEL, lambda *told: _charge(limits, ours, str(told[3])))
            await connection.execute("SET synchronous_commit = off")
            await _tell(connection, limits, ours, alone)
        except (*UNAVAILABLE, asyncpg.PostgresError) as error:
            await _lost(error)
        finally:
            await close_quietly(connection)


async def _lost(error: Exception) -> None:
    _log.warning("each gateway counts for itself", error=repr(error))
    await asyncio.sleep(RECONNECT_S)


async def _tell(connection: Connection, limits: Mapping[str, RateLimit], ours: str, alone: Callable[[], bool]) -> None:
    try:
        while True:
            shared = not alone()
            for kind, limit in limits.items():
                told = payloads(ours, kind, worth_telling(limit)) if shared else ()
                for payload in told:
                    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
                if not shared:
                    limit.taken = None  # counting for nobody would cost each request
            await asyncio.sleep(SHARE_S)
    finally:
        for limit in limits.values():
            limit.taken = None


def worth_telling(limit: RateLimit) -> dict[str, int]:
    """Take out of `taken` what has come to something; the rest goes on collecting."""
    taken = limit.taken or {}
    enough = max(1, int(limit.rate.per_s * SHARE_S / SMALL))
    worth = {key: count for key, count in taken.items() if count >= enough}
    left = {key: count for key, count in taken.items() if count < enough}
    # Too many that each ask a little: they are far below their rates.
    limit.taken = left if len(left) <= KEYS_MAX else {}
    return worth


def payloads(ours: str, kind: str, worth: Mapping[str, int]) -> Iterator[str]:
    """As many notifications as it takes."""
    part: dict[str, int] = {}
    size = 0
    for key, count in worth.items():
        size += len(key.encode()) + 24
        if size > PAYLOAD_MAX and part:
            yield _encode({"from": ours, kind: part}).decode()
            part, size = {}, len(key.encode()) + 24
        part[key] = count
    if part:
        yield _encode({"from": ours, kind: part}).decode()


def _charge(limits: Mapping[str, RateLimit], ours: str, payload: str) -> None:
    told = _decode(payload)
    if told.get("from") == ours:
        return
    now_s = monotonic()
    for kind, limit in limits.items():
        for key, count in told.get(kind, {}).items():
            limit.charge(key, count, now_s)
