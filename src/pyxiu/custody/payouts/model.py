"""What a payout is: outputs from one source, the attempts at paying them, and what they hold.

A payout is a payment-attempt group (W-4): all its attempts spend the same coin or nonce, so the chain takes at most
one. Invariant: amounts are in the chain's units; a payload's hash covers everything that will be signed and what it is
meant for. Limit: on chains with accounts a payout has one output, because a transaction there pays one.
"""

import datetime
import hashlib
import json
from enum import StrEnum
from typing import Any

import msgspec

from pyxiu.custody.payouts.states import PayoutState


class Purpose(StrEnum):
    WITHDRAWAL = "withdrawal"
    SWEEP = "sweep"
    GAS = "gas"
    TREASURY = "treasury"


class AttemptKind(StrEnum):
    PAYMENT = "payment"
    #: Pays nobody: it takes the payout's nonce so that the payment cannot happen any more.
    CANCEL = "cancel"
    #: Made elsewhere (before a backup was restored) and taken over by staff.
    ADOPTED = "adopted"


class AttemptState(StrEnum):
    REQUESTED = "requested"
    #: The signer will not sign it, or it is not wanted any more; it never was signed.
    REFUSED = "refused"
    #: Its bytes are stored. No node may have taken it yet; it may be out there all the same.
    SIGNED = "signed"
    BROADCAST = "broadcast"


class PlannedOutput(msgspec.Struct, frozen=True):
    """`address` as people write it; `chain_amount` in the chain's units."""

    address: str
    chain_amount: int
    withdrawal_id: int | None = None
    sweep_id: int | None = None


class Source(msgspec.Struct, frozen=True):
    """Whose key pays: a wallet from its own address, or some of its deposit addresses (ids of `deposit_addresses`).

    `coins` names the outputs to spend (UTXO chains), all of them and no others; empty: chosen among what is there.
    """

    wallet_id: int
    deposit_address_ids: tuple[int, ...] = ()
    coins: tuple[str, ...] = ()


class PayoutPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to leave. `subtract_fee`: the chain's fee is taken from the first output instead of paid on top."""

    network: str
    purpose: Purpose
    source: Source
    outputs: tuple[PlannedOutput, ...]
    currency: str
    subtract_fee: bool = False


class Payout(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    network: str
    purpose: Purpose
    wallet_id: int
    source_ids: tuple[int, ...]
    coins: tuple[str, ...]
    currency: str
    subtract_fee: bool
    state: PayoutState
    parked_from: PayoutState | None
    reason: str | None
    txid: str | None
    block_height: int | None
    chain_fee: int | None
    settled_at: datetime.datetime | None
    tries: int
    next_try_at: datetime.datetime | None
    created_at: datetime.datetime
    updated_at: datetime.datetime
    state_since: datetime.datetime


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """`destination` is the chain's canonical form of the address."""

    payout_id: int
    ordinal: int
    address: str
    destination: str
    currency: str
    chain_amount: int
    withdrawal_id: int | None
    sweep_id: int | None
    dropped_at: datetime.datetime | None


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    payout_id: int
    attempt: int
    kind: AttemptKind
    payload: dict[str, Any]
    payload_hash: bytes
    approval: bytes | None
    signed: bytes | None
    txid: str | None
    chain_fee: int
    state: AttemptState
    reason: str | None
    created_at: datetime.datetime
    signed_at: datetime.datetime | None
    broadcast_at: datetime.datetime | None


def payload_hash(payload: dict[str, Any]) -> bytes:
    """SHA-256 over the payload's only JSON form: sorted keys, no spaces, big numbers as text."""
    canonical = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(b"pyxiu payout payload 1\0" + canonical.encode("ascii")).digest()
