"""What a wallet is: one account key on one network, or an address that is watched, and what it is for.

Invariant: no private key is in any of these. Limit: what it holds is told elsewhere.
"""

import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from pyxiu.kit.errors import PermanentError


class WalletRefusedError(PermanentError):
    """The wallet cannot be as it is asked for; the text says why."""


class WalletKind(StrEnum):
    """Ascending by how far from the internet they are kept."""

    #: Receives what members deposit, on an address for each of them.
    DEPOSIT = "deposit"
    #: Pays for the transactions of tokens.
    FEE = "fee"
    #: Pays withdrawals.
    HOT = "hot"
    WARM = "warm"
    COLD = "cold"


class WalletStatus(StrEnum):
    """Retired ones give no new addresses and pay nothing; what comes in is still seen."""

    ACTIVE = "active"
    DISABLED = "disabled"
    RETIRED = "retired"


class Wallet(msgspec.Struct, frozen=True, kw_only=True):
    """`key_id` None: no signer of ours can spend from it. `address` is its own, of index 0; a deposit wallet has none.
    `max_balance` is in the platform currency, None is unlimited.
    """

    id: int
    name: str
    network: str
    kind: WalletKind
    status: WalletStatus
    key_id: str | None
    xpub: str | None
    address: str | None
    max_balance: Decimal | None
    created_at: datetime.datetime
    currencies: tuple[str, ...] = ()


class NewWallet(msgspec.Struct, frozen=True, kw_only=True):
    """Either an account's extended public key, with the key store's name of its private half if there is one, or an
    address that others sign for. No `currencies`: all that move on the network now.
    """

    name: str
    network: str
    kind: WalletKind
    key_id: str | None = None
    xpub: str | None = None
    address: str | None = None
    max_balance: Decimal | None = None
    currencies: tuple[str, ...] = ()
