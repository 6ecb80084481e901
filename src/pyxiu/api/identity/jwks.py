"""GET /.well-known/jwks.json and GET /public/jwks: the public keys that our tokens are checked with."""

from typing import Annotated, Any, Final

import msgspec

from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint

#: Services may keep the keys for so long; a rotated key signs only after that.
MAX_AGE_S: Final = 300


class JsonWebKeys(msgspec.Struct, frozen=True):
    """A set of JSON web keys (RFC 7517)."""

    keys: Annotated[list[dict[str, Any]], msgspec.Meta(description="`kid`, `kty`, `alg`, `use` and the public key.")]


def _keys(call: Call[NoQuery]) -> Reply:
    keys = [] if call.edge.tokens is None else call.edge.tokens.keyring().jwks()
    return Reply(JsonWebKeys(keys), headers=(("Cache-Control", f"public, max-age={MAX_AGE_S}"),))


@endpoint("GET", "/.well-known/jwks.json", tag="Access", returns=JsonWebKeys)
async def show_jwks(call: Call[NoQuery]) -> Reply:
    """The public keys to check our tokens with.

    The newest comes first; older ones stay until nothing that they signed is valid any more.
    """
    return _keys(call)


@endpoint("GET", "/public/jwks", group="barong", tag="Access", returns=JsonWebKeys)
async def show_public_jwks(call: Call[NoQuery]) -> Reply:
    """The same below the API's prefix, for gateways that pass on nothing else."""
    return _keys(call)


ENDPOINTS: Final = (show_jwks, show_public_jwks)
