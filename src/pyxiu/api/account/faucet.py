"""GET and POST /account/faucet: coins of the demo's private chains, sent to your own deposit address.

Invariant: it gives by a transaction of the chain, so what arrives is a deposit like any other; no balance is touched.
Limit: only on a demo that runs with chains (`pyxiu up --chains`); elsewhere 404.
"""

from typing import Annotated, Any, Final

import msgspec

from pyxiu.api.account.deposit_address import REFUSALS
from pyxiu.api.account.levels import DEPOSIT_NOT_PERMITTED, require_deposit_level
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.errors import NOT_FOUND, TOO_MANY_REQUESTS, UNAVAILABLE, WireError, refuse
from pyxiu.api.faucet import Faucet
from pyxiu.api.wire.texts import Decimal
from pyxiu.custody.addresses.give_address import give_address
from pyxiu.custody.addresses.model import AddressRefusal
from pyxiu.custody.chain import NodeUnavailableError

NOTHING_OF_IT: Final = WireError(422, "account.faucet.nothing_of_this_currency")
RETRY_AFTER_S: Final = 5


class FaucetBody(msgspec.Struct):
    """Which coin."""

    currency: str
    blockchain_key: str | None = None


class FaucetOffer(msgspec.Struct, frozen=True):
    """What one request gives."""

    currency: str
    blockchain_key: str
    amount: Decimal


class FaucetGift(msgspec.Struct, frozen=True):
    """Coins on their way to your deposit address."""

    currency: str
    blockchain_key: str
    amount: Decimal
    address: str
    txid: Annotated[str, msgspec.Meta(description="The transaction; the deposit follows with its next block.")]


@endpoint(
    "GET", "/account/faucet", tag="Account", private=True, returns=list[FaucetOffer], errors={404: (NOT_FOUND.code,)}
)
async def list_faucet_offers(call: Call[NoQuery]) -> Reply:
    """What this demo gives away; 404 where there is no faucet."""
    return Reply([FaucetOffer(*_entity(offer)) for offer in _faucet(call).offers()])


@endpoint(
    "POST",
    "/account/faucet",
    tag="Account",
    private=True,
    body=FaucetBody,
    body_schema={
        "type": "object",
        "properties": {
            "currency": {"type": "string"},
            "blockchain_key": {"type": ["string", "null"], "description": "Needed where several chains give it."},
        },
        "required": ["currency"],
        "examples": [{"currency": "ltc", "blockchain_key": "litecoin-regtest"}],
    },
    returns=FaucetGift,
    status=201,
    errors={
        403: (DEPOSIT_NOT_PERMITTED.code,),
        404: (NOT_FOUND.code,),
        422: (NOTHING_OF_IT.code, *(error.code for error in REFUSALS.values())),
        429: (TOO_MANY_REQUESTS.code,),
        503: (UNAVAILABLE.code,),
    },
)
async def ask_faucet(call: Call[NoQuery]) -> Reply:
    """Have coins of a private chain sent to your deposit address.

    Only on a demo with chains. One gift of a currency in five seconds.
    """
    faucet = _faucet(call)
    require_deposit_level(call)
    wanted, network = call.body.currency.lower(), call.body.blockchain_key
    offers = [one for one in faucet.offers() if one.currency == wanted and network in {None, one.network}]
    offer = next(iter(offers), None)
    if offer is None:
        raise refuse(NOTHING_OF_IT)
    given = await give_address(call.custody, call.uid, offer.currency, offer.network)
    if isinstance(given, AddressRefusal):
        raise refuse(REFUSALS[given])
    try:
        txid = await faucet.give(call.uid, offer, given.row.address)
    except NodeUnavailableError as error:
        raise refuse(UNAVAILABLE) from error
    if txid is None:
        raise refuse(TOO_MANY_REQUESTS, ("Retry-After", str(RETRY_AFTER_S)))
    return Reply(FaucetGift(*_entity(offer), given.row.address, txid), status=201)


def _faucet(call: Call[Any]) -> Faucet:
    faucet = call.edge.services.faucet
    if faucet is None:
        raise refuse(NOT_FOUND)
    return faucet


def _entity(offer: Any) -> tuple[str, str, str]:
    return offer.currency, offer.network, offer.amount


ENDPOINTS: Final = (list_faucet_offers, ask_faucet)
