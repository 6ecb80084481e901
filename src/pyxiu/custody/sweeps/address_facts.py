"""What a node says of a deposit address: what there is, what moving it costs, and whether its contract lets it go.

Invariant: a transfer that the contract would refuse is known before anything is planned or any gas is sent for it.
Limit: of the moment; a token may be paused the next.
"""

from typing import Final

import msgspec

from pyxiu.custody.model import NetworkAsset
from pyxiu.custody.payouts.ports import AccountChain, CallRevertsError, GasCall
from pyxiu.custody.sweeps.worth import gas_need, top_up

#: What a sweep that the contract does not let through is listed with.
REFUSED: Final = "the contract refuses the transfer"


class GasAsked(msgspec.Struct, frozen=True):
    """`refused`: why there is no transfer to pay for; `limit` is 0 then."""

    limit: int
    refused: str | None = None


class AddressFacts(msgspec.Struct, frozen=True):
    """How much there is of the asset and of the network's own coin, and what a transfer costs. In the chain's units."""

    amount: int
    coin: int
    gas: GasAsked
    gas_price: int

    @property
    def cost(self) -> int:
        return self.gas.limit * self.gas_price

    def lacks(self, transfers: int) -> int:
        """The coin to send so that so many transfers can be paid, with a margin; 0 if there is enough."""
        need = gas_need(gas_limit=self.gas.limit, gas_price=self.gas_price, transfers=transfers)
        return top_up(have=self.coin, need=need)


async def address_facts(
    chain: AccountChain, asset: NetworkAsset, source: str, destination: str, amount: int
) -> AddressFacts:
    """`source` and `destination` in the canonical form; `amount` is what a transfer is to move."""
    there = await chain.balance(source, asset.contract)
    return AddressFacts(
        amount=there,
        coin=await chain.balance(source, "") if asset.contract else there,
        gas=await ask_gas(chain, asset, source, destination, amount),
        gas_price=(await chain.fees()).max_fee,
    )


async def ask_gas(chain: AccountChain, asset: NetworkAsset, sender: str, destination: str, amount: int) -> GasAsked:
    """The limit of gas of a transfer, or why there is none."""
    # All of a coin cannot be sent and pay its gas too: one unit is asked for.
    asked = amount if asset.contract else 1
    call = GasCall(sender=sender, contract=asset.contract, destination=destination, amount=asked)
    try:
        return GasAsked(await chain.gas(call))
    except CallRevertsError as error:
        return GasAsked(0, f"{REFUSED}: {error}")
