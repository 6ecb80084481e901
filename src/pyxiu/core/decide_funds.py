"""Moving funds outside the market: deposits, transfers, entries and holds.

Invariant: every command carries a key, so that it has one effect however often it is sent; every effect is a balanced
entry or a move between available and held. Limit: whether a deposit is real or a withdrawal approved is custody's work.
"""

from itertools import takewhile

from pyxiu.core.commands import (
    Command,
    CreditDeposit,
    DebitDeposit,
    ForgetKeys,
    PlaceHold,
    PostEntry,
    Posting,
    ReleaseHold,
    SettleHold,
    Transfer,
)
from pyxiu.core.decision import Decision, content_hash, known_money_key, rejected
from pyxiu.core.events import EntryPosted, HoldPlaced, HoldReleased, HoldSettled, KeysForgotten
from pyxiu.core.money import MAX_AMOUNT, pack, unpack
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import NO_REJECTION, Rejection
from pyxiu.core.state import Account, State
from pyxiu.core.types import (
    EXTERNAL,
    MAX_KEYS_FORGOTTEN_PER_COMMAND,
    MAX_POSTINGS,
    MAX_REASON_LENGTH,
    SYSTEM_OWNERS,
    AssetId,
    EntryKind,
    MemberId,
    is_id,
    is_text,
)

_NO_ACCOUNT = Account()


def credit_deposit(decision: Decision, command: CreditDeposit) -> Outcome:
    return _post_move(decision, command, EntryKind.DEPOSIT, EXTERNAL, command.member)


def debit_deposit(decision: Decision, command: DebitDeposit) -> Outcome:
    return _post_move(decision, command, EntryKind.DEPOSIT_REVERSED, command.member, EXTERNAL)


def transfer(decision: Decision, command: Transfer) -> Outcome:
    if command.source == command.target:
        return rejected(Rejection.FIELD_INVALID)
    return _post_move(decision, command, EntryKind.TRANSFER, command.source, command.target)


def post_entry(decision: Decision, command: PostEntry) -> Outcome:
    readable = len(command.reason) <= MAX_REASON_LENGTH and is_text(command.reason)
    if not readable or not 2 <= len(command.postings) <= MAX_POSTINGS:
        return rejected(Rejection.FIELD_INVALID)
    digest = content_hash(command)
    known = known_money_key(decision, command.key, digest)
    if known is not None:
        return known
    refusal = _refusal_of_entry(decision.state, command.postings)
    if refusal is not NO_REJECTION:
        return rejected(refusal)
    decision.emit(EntryPosted(EntryKind.ADJUSTMENT, command.key, digest, command.postings, command.reason))
    return decision.accepted()


def place_hold(decision: Decision, command: PlaceHold) -> Outcome:
    if not is_id(command.hold_id):
        return rejected(Rejection.FIELD_INVALID)
    digest = content_hash(command)
    known = known_money_key(decision, command.hold_id, digest)
    if known is not None:
        return known
    refusal = _refusal_of_owners(decision.state, command.asset, command.member)
    amount = unpack(command.amount)
    if refusal is NO_REJECTION and amount <= 0:
        refusal = Rejection.AMOUNT_INVALID
    if refusal is NO_REJECTION and _available(decision.state, command.asset, command.member) < amount:
        refusal = Rejection.INSUFFICIENT_BALANCE
    if refusal is not NO_REJECTION:
        return rejected(refusal)
    decision.emit(HoldPlaced(command.hold_id, digest, command.member, command.asset, command.amount))
    return decision.accepted()


def settle_hold(decision: Decision, command: SettleHold) -> Outcome:
    digest = content_hash(command)
    known = known_money_key(decision, command.key, digest)
    if known is not None:
        return known
    amount, fee = unpack(command.amount), unpack(command.fee)
    if amount < 0 or fee < 0 or amount + fee == 0:
        return rejected(Rejection.AMOUNT_INVALID)
    hold = decision.state.holds.get(command.hold_id)
    if hold is None:
        return rejected(Rejection.HOLD_UNKNOWN)
    remaining = hold.remaining - amount - fee
    if remaining < 0:
        return rejected(Rejection.HOLD_EXCEEDED)
    decision.emit(
        HoldSettled(
            command.hold_id,
            command.key,
            digest,
            hold.member,
            hold.asset,
            command.amount,
            command.fee,
            pack(remaining),
        )
    )
    return decision.accepted()


def release_hold(decision: Decision, command: ReleaseHold) -> Outcome:
    digest = content_hash(command)
    known = known_money_key(decision, command.key, digest)
    if known is not None:
        return known
    amount = unpack(command.amount)
    if amount < 0:
        return rejected(Rejection.AMOUNT_INVALID)
    hold = decision.state.holds.get(command.hold_id)
    if hold is None:
        return rejected(Rejection.HOLD_UNKNOWN)
    amount = amount or hold.remaining
    if amount > hold.remaining:
        return rejected(Rejection.HOLD_EXCEEDED)
    remaining = pack(hold.remaining - amount)
    decision.emit(HoldReleased(command.hold_id, command.key, digest, hold.member, hold.asset, pack(amount), remaining))
    return decision.accepted()


def forget_keys(decision: Decision, command: ForgetKeys) -> Outcome:
    state = decision.state
    oldest = takewhile(lambda key: key.seq <= command.through_seq, state.money_keys.values())
    last_seq = 0
    for _, key in zip(range(MAX_KEYS_FORGOTTEN_PER_COMMAND), oldest, strict=False):
        last_seq = key.seq
    if last_seq == 0:
        return decision.unchanged()
    decision.emit(KeysForgotten(last_seq))
    return decision.accepted()


def _post_move(
    decision: Decision,
    command: CreditDeposit | DebitDeposit | Transfer,
    kind: EntryKind,
    source: MemberId,
    target: MemberId,
) -> Outcome:
    digest = content_hash(command)
    known = known_money_key(decision, command.key, digest)
    if known is not None:
        return known
    refusal = _refusal_of_move(decision.state, command, source, target)
    if refusal is not NO_REJECTION:
        return rejected(refusal)
    asset, amount = command.asset, unpack(command.amount)
    postings = (Posting(source, asset, pack(-amount)), Posting(target, asset, command.amount))
    decision.emit(EntryPosted(kind, command.key, digest, postings))
    return decision.accepted()


def _refusal_of_move(
    state: State, command: CreditDeposit | DebitDeposit | Transfer, source: MemberId, target: MemberId
) -> Rejection:
    asset, amount = command.asset, unpack(command.amount)
    members = [owner for owner in (source, target) if owner is not EXTERNAL]
    refusal = _refusal_of_owners(state, asset, *members)
    if refusal is not NO_REJECTION:
        return refusal
    if amount <= 0:
        return Rejection.AMOUNT_INVALID
    if source is EXTERNAL:
        # External mirrors all that anyone owns: within its bound, every other account is within its own.
        in_range = _available(state, asset, EXTERNAL) - amount >= -MAX_AMOUNT
        return NO_REJECTION if in_range else Rejection.AMOUNT_OUT_OF_RANGE
    affordable = _available(state, asset, source) >= amount
    return NO_REJECTION if affordable else Rejection.INSUFFICIENT_BALANCE


def _refusal_of_owners(state: State, asset: AssetId, *members: MemberId) -> Rejection:
    if asset not in state.assets:
        return Rejection.ASSET_UNKNOWN
    if any(member not in state.members for member in members):
        return Rejection.MEMBER_UNKNOWN
    return NO_REJECTION


def _refusal_of_entry(state: State, lines: tuple[Posting, ...]) -> Rejection:
    if any(line.asset not in state.assets for line in lines):
        return Rejection.ASSET_UNKNOWN
    if any(line.owner not in state.members and line.owner not in SYSTEM_OWNERS for line in lines):
        return Rejection.MEMBER_UNKNOWN
    if any(unpack(line.amount) == 0 for line in lines):
        return Rejection.AMOUNT_INVALID
    changes: dict[tuple[AssetId, MemberId], int] = {}
    for line in lines:
        account = (line.asset, line.owner)
        changes[account] = changes.get(account, 0) + unpack(line.amount)
    return _refusal_of_changes(state, changes)


def _refusal_of_changes(state: State, changes: dict[tuple[AssetId, MemberId], int]) -> Rejection:
    sums: dict[AssetId, int] = {}
    in_range = affordable = True
    for (asset, owner), change in changes.items():
        sums[asset] = sums.get(asset, 0) + change
        available = _available(state, asset, owner) + change
        in_range &= -MAX_AMOUNT <= available <= MAX_AMOUNT
        affordable &= available >= 0 or owner == EXTERNAL
    if not in_range:
        return Rejection.AMOUNT_OUT_OF_RANGE
    if any(sums.values()):
        return Rejection.ENTRY_UNBALANCED
    return NO_REJECTION if affordable else Rejection.INSUFFICIENT_BALANCE


def _available(state: State, asset: AssetId, owner: MemberId) -> int:
    return state.accounts[asset].get(owner, _NO_ACCOUNT).available


def money_key_of(command: Command) -> str | None:
    """The key of a command that moves money outside the market, None for all others."""
    match command:
        case PlaceHold():
            return command.hold_id
        case CreditDeposit() | DebitDeposit() | Transfer() | PostEntry() | SettleHold() | ReleaseHold():
            return command.key
        case _:
            return None
