"""A deposit address of a member, and why none is given."""

import datetime
from enum import StrEnum

import msgspec

from pyxiu.custody.wallets.model import Wallet


class AddressRefusal(StrEnum):
    """Why there is no address."""

    #: No such asset on that network.
    NETWORK = "network"
    #: Deposits of this asset are switched off on this network, or the network is.
    DISABLED = "disabled"
    #: No wallet receives it yet.
    NO_WALLET = "no_wallet"
    #: The address was rotated too often.
    TOO_MANY = "too_many"


class DepositAddress(msgspec.Struct, frozen=True, kw_only=True):
    """`address` is what people read, `destination` the chain's canonical form."""

    id: int
    wallet_id: int
    network: str
    uid: str
    idx: int
    address: str
    destination: str
    created_at: datetime.datetime


class ShownAddress(msgspec.Struct, frozen=True):
    """A member's current address, with the wallet that it belongs to."""

    row: DepositAddress
    wallet: Wallet
