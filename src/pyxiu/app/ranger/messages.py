"""A message of the websocket exchange: a routing key `scope.id.event` and a plain JSON body.

Invariant: bodies have the fields that existing rangers and front-ends read; ours may have more. Limit: nothing here is
signed, so the broker must be for those alone who may see everybody's orders.
"""

from typing import Any, Final, NamedTuple

import msgspec

#: A message holds no more trades; a flood is told in several.
TRADES_MAX: Final = 100

encode = msgspec.json.Encoder().encode


class RangerMessage(NamedTuple):
    key: str
    body: bytes


def public(market: str, event: str, body: bytes) -> RangerMessage:
    return RangerMessage(f"public.{market}.{event}", body)


def private(uid: str, event: str, payload: Any) -> RangerMessage:
    return RangerMessage(f"private.{uid}.{event}", encode(payload))
