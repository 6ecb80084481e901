"""/dev/mail: the development mailbox as pages for people and as JSON for tests.

Invariant: it answers only who is on this very machine and addresses it as such: the peer is a loopback address, the
Host header names one, and no proxy stands between; so neither another machine, nor a site that points its name at
127.0.0.1, nor whoever comes through a proxy reads a mail. What a mail holds is escaped, its HTML shown in a sandbox.
Limit: the handlers exist only where app/ passes a mailbox.
"""

import ipaddress
import re
from importlib.resources import files
from typing import Any, Final

import jinja2
import msgspec
from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler

from pyxiu.api.asgi import Header
from pyxiu.mailer.mailbox_store import BoxedMail, MailboxReader

_URL: Final = re.compile(r"(https?://[^\s<>\"]+)")
_FORWARDED: Final = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"via"})

AnyRequest = Request[Any, Any, Any]


def dev_mail_pages(mailbox: MailboxReader) -> list[HTTPRouteHandler]:
    """The handlers."""
    static = files(__package__).joinpath("static")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined)
    page = environment.from_string(static.joinpath("dev_mail.html").read_text(encoding="utf-8"))
    styles = static.joinpath("dev_mail.css").read_bytes()

    @get("/dev/mail")
    async def list_mails(request: AnyRequest) -> Response[bytes]:
        _only_local(request)
        return _html(page.render(mail=None, mails=await mailbox.newest()))

    @get("/dev/mail/{mail_id:int}")
    async def show_mail(request: AnyRequest) -> Response[bytes]:
        _only_local(request)
        mail_id: int = request.path_params["mail_id"]
        mail = await mailbox.one(mail_id) if 0 < mail_id < 1 << 63 else None
        if mail is None:
            raise NotFoundException
        return _html(page.render(mail=mail, parts=_with_links(mail.text)))

    @get("/dev/mail.json")
    async def list_as_json(request: AnyRequest) -> Response[bytes]:
        """`?to=ADDRESS` for one recipient; the newest first."""
        _only_local(request)
        found = await mailbox.newest(recipient=request.query_params.get("to"))
        return Response(msgspec.json.encode({"mails": [_entity(mail) for mail in found]}), media_type=_JSON)

    @get("/dev/mail.css")
    async def show_styles() -> Response[bytes]:
        return Response(styles, media_type="text/css")

    return [list_mails, show_mail, list_as_json, show_styles]


def is_local(peer: str, headers: list[Header]) -> bool:
    """Whether somebody on this machine asks this machine, directly."""
    given = dict(headers)
    if _FORWARDED & given.keys():
        return False
    return _is_loopback(peer) and _is_loopback(_host_of(given.get(b"host", b"").decode("latin-1")))


_JSON: Final = "application/json"


def _only_local(request: AnyRequest) -> None:
    client = request.scope.get("client")
    if not is_local(client[0] if client else "", list(request.scope["headers"])):
        raise NotFoundException


def _host_of(header: str) -> str:
    """The name or address in a Host header, without port and brackets."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _with_links(text: str) -> list[tuple[str, bool]]:
    """Pieces of the text, and of each whether it is a link."""
    return [(part, position % 2 == 1) for position, part in enumerate(_URL.split(text)) if part]


def _entity(mail: BoxedMail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "message_id": mail.message_id,
        "to": mail.recipient,
        "from": mail.sender,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "created_at": mail.created_at.isoformat(),
    }


def _html(page: str) -> Response[bytes]:
    return Response(page.encode(), media_type="text/html", headers={"cache-control": "no-store"})
