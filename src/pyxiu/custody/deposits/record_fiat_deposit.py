"""Record money that a bank says has come, to be accepted by staff; nothing is credited yet.

Invariant: a deposit is recorded once for its `tid`; the same again changes nothing, another one under the same `tid` is
refused. Limit: whether the member exists is the caller's to know; the engine refuses to credit one that does not.
"""

import re
from typing import Final

import msgspec

from pyxiu.core.money import MAX_AMOUNT
from pyxiu.custody.activities import note_activity
from pyxiu.custody.deposits import store
from pyxiu.custody.deposits.add_deposits import new_tid
from pyxiu.custody.deposits.events import emit_created
from pyxiu.custody.deposits.model import FIAT_KINDS, Deposit, DepositState
from pyxiu.custody.services import CustodyServices

TXID_LENGTH_MAX: Final = 128
_TID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class FiatDeposit(msgspec.Struct, frozen=True, kw_only=True):
    """`amount` is what has come, of which `fee` is kept (engine units). `txid`: the bank's reference."""

    uid: str
    currency: str
    decimals: int
    amount: int
    fee: int = 0
    transfer_type: str = "fiat"
    txid: str | None = None
    tid: str | None = None


async def record_fiat_deposit(
    services: CustodyServices, wanted: FiatDeposit, *, actor: str, reason: str
) -> Deposit | str:
    """The deposit in its first state; or why it cannot be recorded."""
    refusal = _refusal(wanted)
    if refusal is not None:
        return refusal
    tid = wanted.tid or new_tid()
    row = {
        "tid": tid,
        "uid": wanted.uid,
        "currency": wanted.currency,
        "decimals": wanted.decimals,
        "amount": wanted.amount - wanted.fee,
        "fee": wanted.fee,
        "transfer_type": wanted.transfer_type,
        "txid": wanted.txid,
        "state": DepositState.SUBMITTED.value,
    }
    async with services.database.begin() as connection:
        made = await store.add(connection, [row])
        if not made:
            known = await store.by_tid(connection, tid)
            assert known is not None, tid
            same = all(getattr(known, name) == value for name, value in row.items() if name != "state")
            return known if same else f"{known.tid} is another deposit"
        await emit_created(connection, made, None)
        await note_activity(connection, actor=actor, action="deposit.record", about=f"deposit:{tid}", reason=reason)
    return made[0]


def _refusal(wanted: FiatDeposit) -> str | None:
    if wanted.transfer_type not in FIAT_KINDS:
        return f"transfer type: expected one of {', '.join(FIAT_KINDS)}, found {wanted.transfer_type!r}"
    if not 0 <= wanted.fee < wanted.amount <= MAX_AMOUNT:
        return "expected an amount above its fee, and a fee of at least nothing"
    if wanted.tid is not None and not _TID.fullmatch(wanted.tid):
        return "tid: expected up to 64 letters, digits, dashes and underscores"
    if wanted.txid is not None and not (wanted.txid.isprintable() and len(wanted.txid) <= TXID_LENGTH_MAX):
        return f"txid: expected up to {TXID_LENGTH_MAX} characters"
    return None
