"""…/ping, …/time, …/version, …/configs, under /identity and /public alike."""

from typing import Annotated, Final

import msgspec

from pyxiu.api.endpoint import Call, Endpoint, NoQuery, Reply, endpoint
from pyxiu.api.public.tools import Version
from pyxiu.api.wire.texts import iso8601_of_ns
from pyxiu.identity.accounts.password_strength import LENGTH_MAX


class Ping(msgspec.Struct, frozen=True):
    ping: str


class ServerTime(msgspec.Struct, frozen=True):
    """The server's time, ISO 8601 in UTC."""

    time: str


class Configs(msgspec.Struct, frozen=True):
    """What a front-end must know before it shows a form."""

    session_expire_time: Annotated[int, msgspec.Meta(description="Seconds without use after which a session ends.")]
    captcha_type: Annotated[str, msgspec.Meta(description="As existing front-ends know it; none: see /captcha.")]
    captcha_id: str | None
    phone_verification_type: str
    password_min_entropy: Annotated[int, msgspec.Meta(description="Bits that a password must have.")]
    password_regexp: Annotated[str, msgspec.Meta(description="What a password must match besides.")]


def _tools(group: str) -> tuple[Endpoint, ...]:
    @endpoint("GET", f"/{group}/ping", group="barong", tag="Identity", returns=Ping)
    async def show_ping(_: Call[NoQuery]) -> Reply:
        """Whether anybody is there."""
        return Reply(Ping("pong"))

    @endpoint("GET", f"/{group}/time", group="barong", tag="Identity", returns=ServerTime)
    async def show_time(call: Call[NoQuery]) -> Reply:
        """The server's time."""
        return Reply(ServerTime(iso8601_of_ns(call.edge.services.clock.now_ns())))

    @endpoint("GET", f"/{group}/version", group="barong", tag="Identity", returns=Version)
    async def show_version(call: Call[NoQuery]) -> Reply:
        """What is running."""
        build = call.edge.services.settings.build
        return Reply(Version(build.git_tag, build.git_sha, build.build_date, build.version))

    @endpoint("GET", f"/{group}/configs", group="barong", tag="Identity", returns=Configs)
    async def show_configs(call: Call[NoQuery]) -> Reply:
        """What forms depend on."""
        services = call.identity
        return Reply(
            Configs(
                session_expire_time=services.settings.session_idle_s,
                captcha_type=services.captcha.kind,
                captcha_id=None,
                phone_verification_type=services.phones.kind,
                password_min_entropy=services.settings.password_min_entropy,
                password_regexp=rf"^.{{{services.settings.password_min_length},{LENGTH_MAX}}}$",
            )
        )

    return show_ping, show_time, show_version, show_configs


ENDPOINTS: Final = (*_tools("identity"), *_tools("public"))
