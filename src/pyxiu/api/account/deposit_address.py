"""GET /account/deposit_address/{currency}: where to send coins.

Invariant: the answer has an address at once, and asking again tells the same one. Limit: coins only; how fiat is paid
in is told elsewhere.
"""

from typing import Annotated, Final

from pyxiu.api.account.levels import DEPOSIT_NOT_PERMITTED, require_deposit_level
from pyxiu.api.account.wanted_currency import UNKNOWN_CURRENCY
from pyxiu.api.endpoint import Call, Reply, endpoint
from pyxiu.api.errors import WireError, refuse
from pyxiu.api.params import Choice, Query, Text
from pyxiu.api.wire.payment_addresses import PaymentAddress, payment_address_entity
from pyxiu.catalog.model import Currency, CurrencyType
from pyxiu.custody.addresses.give_address import give_address
from pyxiu.custody.addresses.model import AddressRefusal, ShownAddress

DISABLED: Final = WireError(422, "account.currency.deposit_disabled")
NO_WALLET: Final = WireError(422, "account.wallet.not_found")
UNKNOWN_NETWORK: Final = WireError(422, "account.deposit_address.invalid_blockchain_key")
INVALID_FORMAT: Final = WireError(422, "account.deposit_address.invalid_address_format")
NO_CASH_FORMAT: Final = WireError(422, "account.deposit_address.doesnt_support_cash_address_format")
REFUSALS: Final = {
    AddressRefusal.NETWORK: UNKNOWN_NETWORK,
    AddressRefusal.DISABLED: DISABLED,
    AddressRefusal.NO_WALLET: NO_WALLET,
}


class DepositAddressQuery(Query, frozen=True):
    blockchain_key: Annotated[
        str | None, Text(UNKNOWN_NETWORK.code, "The network to send on; without it the coin's first one.")
    ] = None
    address_format: Annotated[
        str | None,
        Choice(("legacy", "cash"), INVALID_FORMAT.code, "How to write the address, on chains that have two ways."),
    ] = None


@endpoint(
    "GET",
    "/account/deposit_address/{currency}",
    tag="Account",
    private=True,
    query=DepositAddressQuery,
    returns=PaymentAddress,
    errors={
        403: (DEPOSIT_NOT_PERMITTED.code,),
        422: (UNKNOWN_CURRENCY.code, UNKNOWN_NETWORK.code, DISABLED.code, NO_WALLET.code, INVALID_FORMAT.code,
              NO_CASH_FORMAT.code),
    },
    path_parameters={"currency": "The code of a coin, in upper or lower case."},
)  # fmt: skip
async def show_deposit_address(call: Call[DepositAddressQuery]) -> Reply:
    """Your address for deposits of a coin.

    It is made when it is first asked for, and stays yours: coins sent to an older address of yours arrive as well.
    """
    require_deposit_level(call)
    currency = (await call.edge.catalog.currencies()).get(call.path["currency"].lower())
    if currency is None or not currency.visible or currency.type is not CurrencyType.COIN:
        raise refuse(UNKNOWN_CURRENCY)
    given = await give_address(call.custody, call.uid, currency.id, _network(currency, call.query.blockchain_key))
    if isinstance(given, AddressRefusal):
        raise refuse(REFUSALS[given])
    return Reply(payment_address_entity(given, await _written(call, given)))


def _network(currency: Currency, wanted: str | None) -> str:
    """The one that is named, or the one that stands for all."""
    return wanted.lower() if wanted else currency.first_network.blockchain_key or ""


async def _written(call: Call[DepositAddressQuery], given: ShownAddress) -> str | None:
    """The address in the form that is asked for; None is the chain's own."""
    wanted = call.query.address_format
    if wanted is None:
        return None
    networks = await call.custody.assets.networks()
    chain = next(network.chain for network in networks if network.key == given.row.network)
    legacy = call.custody.address_book.legacy(chain, given.row.address)
    if wanted == "cash" and legacy is None:
        raise refuse(NO_CASH_FORMAT)
    return legacy if wanted == "legacy" else None


ENDPOINTS: Final = (show_deposit_address,)
