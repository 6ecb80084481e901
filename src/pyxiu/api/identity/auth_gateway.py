"""ANY /api/v2/auth/<path>: whether a gateway may pass a request on to a service behind it.

The gateway sends the request's own method, path and headers and no body; 200 means yes, with a token for the service
in `Authorization`, and anything else is the answer for the client. Invariant: in the order of the reference:
restrictions, blocked paths, open paths, who asks, permissions, token; a token is made for a key or a session, never for
another token, which would then live for ever. Limit: signatures that cover a body cannot be checked without it; keys
that are used through a gateway sign nonce and key id.
"""

from typing import Final

from pyxiu.api.asgi import Answer, header_pairs
from pyxiu.api.auth import SAFE_METHODS, Via
from pyxiu.api.auth_model import PresentedRequest
from pyxiu.api.edge import Edge
from pyxiu.api.endpoint import Endpoint
from pyxiu.api.errors import INVALID_TOKEN, PERMISSION_DENIED, REQUEST_REPLAYED, WireError
from pyxiu.api.failures import answer_of

GATEWAY_PREFIX: Final = "/api/v2/auth/"
#: Never passed on: what only other servers may call.
BLOCKED: Final = ("/api/v2/barong/management/", "/api/v2/peatio/management/")
#: Passed on without asking who it is.
OPEN: Final = (
    "/api/v2/barong/public/",
    "/api/v2/barong/identity/",
    "/api/v2/peatio/public/",
    "/api/v2/peatio/coinmarketcap/",
    "/api/v2/peatio/coingecko/",
    "/api/v2/ranger/public/",
    "/api/v2/applogic/public/",
    "/api/v2/arke/public/",
    "/api/v2/finex/public/",
)
#: What a key must be allowed to change something there; elsewhere keys may only read.
_SCOPES: Final = (
    ("/api/v2/peatio/market/", "trade"),
    ("/api/v2/finex/market/", "trade"),
    ("/api/v2/peatio/account/withdraws/", "withdraw"),
    ("/api/v2/peatio/account/internal_transfers/", "transfer"),
)
#: What stands behind may resolve these, and permissions are of what it finds then.
_RELATIVE: Final = frozenset({".", ".."})
_OWN: Final = "/api/v2/barong/"


async def authorize(edge: Edge, sent: PresentedRequest) -> Answer:
    """The answer to the gateway."""
    asked = _original(sent)
    stopped = await edge.gate.at_the_door(asked)
    if stopped is not None:
        return stopped
    below = asked.path + "/"
    if below.startswith(BLOCKED) or not _RELATIVE.isdisjoint(below.split("/")):
        return answer_of(PERMISSION_DENIED)
    if below.startswith(OPEN):
        return Answer(200, b"")
    admitted = await edge.gate.admit(asked, key_scope=scope_of(asked.method, below))
    if isinstance(admitted, Answer):
        return admitted
    member = admitted.member
    signed_once = member.via is not Via.API_KEY or asked.method in SAFE_METHODS
    if not signed_once and not await edge.gate.first_time(asked):
        return answer_of(REQUEST_REPLAYED)
    if edge.tokens is None:
        return answer_of(INVALID_TOKEN)
    if member.via is Via.TOKEN:
        passed_on = asked.given[b"authorization"].decode("latin-1")
    else:
        token = await edge.tokens.issue(member)
        if isinstance(token, WireError):
            return answer_of(token)
        passed_on = f"Bearer {token}"
    await edge.gate.audit(admitted, asked, 200)
    return Answer(200, b"", header_pairs((("Authorization", passed_on),)))


def scope_of(method: str, below: str) -> str | None:
    """What an API key needs there; None where no key will do."""
    if below.startswith(_OWN):
        return None
    if method in SAFE_METHODS:
        return "read"
    return next((scope for prefix, scope in _SCOPES if below.startswith(prefix)), None)


def _original(sent: PresentedRequest) -> PresentedRequest:
    """The request as the client sent it to the gateway."""
    cut = len(GATEWAY_PREFIX) - 1
    return sent._replace(path=sent.path[cut:], raw_path=sent.raw_path[cut:], body=None)


AUTHORIZE: Final = Endpoint(
    "GET",
    "/api/v2/auth/{path}",
    tag="Access",
    summary="Ask whether a gateway may pass a request on.",
    description=(
        "Any method; the path is the original one, the headers are the client's own. 200 with an empty body means yes; "
        "`Authorization` then has a token for the service behind, except on open paths. Everything else is the answer "
        "for the client. The keys to check the token with are at `/.well-known/jwks.json`."
    ),
    returns=None,
    silent=True,
    private=True,
    scope="read",
    errors={401: (PERMISSION_DENIED.code,)},
    path_parameters={"path": "The original path, `api/v2/...`."},
)
ENDPOINTS: Final = (AUTHORIZE,)
