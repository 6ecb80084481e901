"""A deposit address as the wire shows it.

Invariant: `address` is there whenever the entity is; no address is ever made later. Limit: `state` is the wallet's.
"""

from typing import Annotated

import msgspec

from pyxiu.custody.addresses.model import ShownAddress


class PaymentAddress(msgspec.Struct, frozen=True):
    """Where a member sends coins; tokens share the address of their network."""

    currencies: Annotated[list[str], msgspec.Meta(description="What may be sent to it.")]
    address: str
    state: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["active", "disabled", "retired"]})]
    blockchain_key: Annotated[str, msgspec.Meta(description="The network; the same coins elsewhere are lost.")]


def payment_address_entity(shown: ShownAddress, written: str | None = None) -> PaymentAddress:
    """`written`: the address in another form than its chain's own."""
    return PaymentAddress(
        currencies=list(shown.wallet.currencies),
        address=written or shown.row.address,
        state=shown.wallet.status.value,
        blockchain_key=shown.row.network,
    )
