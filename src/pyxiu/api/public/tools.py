"""GET /public/timestamp and /public/version, POST /public/webhooks/{adapter}/{event}."""

import re
from typing import Final

import msgspec

from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.errors import WireError, refuse
from pyxiu.api.wire.texts import Time, iso8601_of_ns

WEBHOOK_EVENTS: Final = frozenset({"deposit", "withdraw", "deposit_address", "generic"})
INVALID_EVENT: Final = WireError(422, "public.webhook.invalid_event")
INVALID_ADAPTER: Final = WireError(422, "public.webhook.invalid_adapter")
_ADAPTER: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Version(msgspec.Struct, frozen=True):
    git_tag: str
    git_sha: str
    build_date: str
    version: str


@endpoint("GET", "/public/timestamp", tag="Public", returns=Time, example="2021-05-12T10:00:00Z")
async def show_timestamp(call: Call[NoQuery]) -> Reply:
    """The server's time.

    ISO 8601 in UTC, as a JSON string. API keys need the time in milliseconds: see the X-Server-Time header of a refused
    nonce.
    """
    return Reply(iso8601_of_ns(call.edge.services.clock.now_ns()))


@endpoint("GET", "/public/version", tag="Public", returns=Version)
async def show_version(call: Call[NoQuery]) -> Reply:
    """What is running."""
    build = call.edge.services.settings.build
    return Reply(Version(build.git_tag, build.git_sha, build.build_date, build.version))


@endpoint(
    "POST",
    "/public/webhooks/{adapter}/{event}",
    tag="Public",
    returns=None,
    errors={
        422: (INVALID_EVENT.code, INVALID_ADAPTER.code, "public.webhook.cannot_perfom_bitgo_deposit"),
    },
    path_parameters={"adapter": "Name of a wallet adapter.", "event": "deposit, withdraw, deposit_address or generic."},
)
async def receive_webhook(call: Call[NoQuery]) -> Reply:
    """What a custodial wallet provider calls.

    No adapter that takes webhooks is installed, so every valid call is answered with
    `public.webhook.cannot_perfom_<adapter>_<event>`.
    """
    adapter, event = call.path["adapter"], call.path["event"]
    if event not in WEBHOOK_EVENTS:
        raise refuse(INVALID_EVENT)
    if _ADAPTER.fullmatch(adapter) is None:
        raise refuse(INVALID_ADAPTER)
    raise refuse(WireError(422, f"public.webhook.cannot_perfom_{adapter}_{event}"))


ENDPOINTS: Final = (show_timestamp, show_version, receive_webhook)
