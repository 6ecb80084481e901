"""Whether the signer may sign a payload, by its own rules. Pure: everything that it looks at is passed in.

Invariant: what leaves to others is a withdrawal that was confirmed for exactly this address and amount, never signed
for by another payout, and within the limits; what else leaves goes to keys of this signer or to its allow-list. A
payout's further attempts pay the same, and exclude the first (they share all of its coins, or its nonce). What pays
nobody is signed only as a cancellation: it says that it is one, moves no token, and takes the nonce of what was signed.
Limit: it knows what it has signed, not what the chain has done.
"""

import hashlib
import json
from collections.abc import Mapping

import msgspec

from pyxiu.custody.payouts.payload import AccountPayload, Payload
from pyxiu.custody.payouts.ports import Checked, Payee
from pyxiu.custody.signing.model import Group, Policy, Refused, Waits

WITHDRAWAL = "withdrawal"


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the signer has looked up. `proofs`: by tid, the hash that the member has confirmed and the one that follows
    from the payload's own address and amount; `payers`: by tid, the payout that was signed for it; `spent`: by period,
    what has left of the currency.
    """

    policy: Policy
    group: Group | None
    proofs: Mapping[str, tuple[str, str]]
    payers: Mapping[str, int]
    spent: Mapping[int, int]
    #: The token's contract that the catalog names for the currency; empty for the network's coin.
    contract: str
    #: Withdrawals of the payload whose rows are not in a state in which they are paid.
    not_paying: frozenset[str] = frozenset()


def judge(payload: Payload, checked: Checked, known: Known) -> Refused | Waits | None:
    """None: sign it."""
    if known.policy.fee_max is None:
        return Waits(f"no policy for {payload.network}: `pyxiu signer fee` sets the most a transaction may cost")
    if checked.fee > known.policy.fee_max:
        return Refused(f"the fee {checked.fee} is above the signer's bound {known.policy.fee_max}")
    cancels = isinstance(payload, AccountPayload) and payload.cancel
    wrong = _cancellation_wrong(checked, known) if cancels else _payment_wrong(payload, checked, known)
    wrong = wrong or _group_wrong(payload, checked, known.group)
    if wrong is not None:
        return Refused(wrong)
    if cancels:
        return None
    if payload.purpose == WITHDRAWAL:
        return _withdrawals(payload, checked, known)
    strangers = [one.address for one in checked.payees if not _is_ours(one, checked, known.policy)]
    if strangers:
        return Refused(f"{payload.purpose} to {', '.join(strangers)}, which is neither ours nor on the allow-list")
    return None


def leaving(payload: Payload, checked: Checked) -> int:
    """What counts against the limits: all that a first attempt pays to others."""
    return sum(one.amount for one in checked.payees) if payload.purpose == WITHDRAWAL else 0


def outputs_hash(checked: Checked) -> bytes:
    """Stands for whom a payload pays, how much, and for which withdrawals."""
    told = [[one.destination, str(one.amount), one.tid] for one in checked.payees]
    return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode()).digest()


def _cancellation_wrong(checked: Checked, known: Known) -> str | None:
    """Whatever the payout pays in, its cancellation moves nothing, so no contract is asked for."""
    if checked.payees or checked.contract:
        return "a cancellation pays nobody, and no token is moved by it"
    return "a cancellation of what was never signed" if known.group is None else None


def _payment_wrong(payload: Payload, checked: Checked, known: Known) -> str | None:
    if checked.contract != known.contract:
        return f"the payload moves {checked.contract or 'the coin'}, {payload.currency} is {known.contract}"
    return None if checked.payees else "it pays nobody, and is no cancellation"


def _group_wrong(payload: Payload, checked: Checked, group: Group | None) -> str | None:
    if group is None:
        return None
    if not group.locks <= set(checked.locks):
        return "another attempt of this payout could be mined beside it: it does not spend the same"
    subtracts = payload.purpose != WITHDRAWAL
    if checked.payees and not subtracts and outputs_hash(checked) != group.outputs_hash:
        return "it pays something else than the payout's first attempt"
    return None


def _withdrawals(payload: Payload, checked: Checked, known: Known) -> Refused | Waits | None:
    for one in checked.payees:
        if one.tid is None or one.tid not in known.proofs:
            return Refused(f"{one.address} is paid for no withdrawal")
        confirmed, real = known.proofs[one.tid]
        if confirmed != real:
            return Refused(f"{one.tid} was confirmed for another address or amount")
        if known.payers.get(one.tid, payload.payout) != payload.payout:
            return Refused(f"{one.tid} was signed for already, in payout {known.payers[one.tid]}")
        if one.tid in known.not_paying:
            return Refused(f"{one.tid} is not being paid")
    if len({one.tid for one in checked.payees}) != len(checked.payees):
        return Refused("a withdrawal is paid twice")
    if known.group is not None:
        return None
    return _limits(payload, checked, known)


def _limits(payload: Payload, checked: Checked, known: Known) -> Refused | Waits | None:
    limits = [one for one in known.policy.limits if one.currency == payload.currency]
    if not limits:
        return Waits(f"no limit for {payload.currency} on {payload.network}: `pyxiu signer limit` sets one")
    amount = leaving(payload, checked)
    for limit in limits:
        if amount > limit.amount_max:
            return Refused(f"{amount} at once is above the limit of {limit.amount_max} in {limit.period_s} s")
        if known.spent[limit.period_s] + amount > limit.amount_max:
            return Waits(f"the limit of {limit.amount_max} in {limit.period_s} s is used up for now")
    return None


def _is_ours(payee: Payee, checked: Checked, policy: Policy) -> bool:
    return payee.destination in checked.own or payee.destination in policy.allowed
