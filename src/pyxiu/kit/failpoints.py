"""Named places in the code where tests make the process die or fail: `failpoint("journal_before_commit")`.

Armed by the environment, `PYXIU_FAILPOINTS="name=exit,other=raise@3"`: on the N-th hit (default the first) `exit` ends
the process at once with status 137, as `kill -9` does, `raise` raises FailpointError, and `stop` stops the process
there until somebody sends SIGCONT, as a machine that hangs with all its connections open. Invariant: every name stands
in FAILPOINTS below with a line that says what has and has not happened there, so that a runner can enumerate them.
Limit: unarmed, a call costs one look at an empty dict; do not put one inside a loop over commands.
"""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

ENVIRONMENT: Final = "PYXIU_FAILPOINTS"
EXIT_STATUS: Final = 137

FAILPOINTS: Final[dict[str, str]] = {
    "engine_before_decide": "A batch was taken from the inbox; the core has not seen it.",
    "engine_after_decide": "The core decided and applied a batch in memory; nothing of it is written.",
    "engine_after_commit_before_ack": "A batch is committed; no caller of it has been told.",
    "engine_during_ack": "A batch is committed; its first caller has been told, the others have not.",
    "journal_before_append": "A batch is about to be written; the database transaction has not begun.",
    "journal_after_append_before_commit": "The row of a batch is inserted; the transaction is not committed.",
    "snapshot_before_write": "A snapshot was taken in memory; nothing of it is written.",
    "snapshot_after_write": "A snapshot is committed; older ones are not pruned yet.",
    "snapshot_after_prune": "Older snapshots are pruned.",
    "recovery_after_restore": "Recovery restored the latest snapshot; the journal's tail is not replayed.",
    "recovery_after_replay": "Recovery replayed the journal's tail; the engine does not serve yet.",
    "projection_before_rows": "The cursors of a chunk are locked; no row of it is written.",
    "projection_after_rows_before_cursor": "The rows of a chunk are written; its cursors are not moved.",
    "projection_after_cursor_before_commit": "Rows and cursors of a chunk are written; nothing is committed.",
    "projection_after_commit": "A chunk is committed; the projector has not taken note.",
    "mail_after_send_before_record": "The mail server has taken a mail; that it has is not recorded.",
    "scan_before_commit": "Blocks and their payments are written; nothing of the step is committed.",
    "scan_after_commit": "A step of the scan is committed; the scanner has not taken note.",
    "undo_before_commit": "Blocks were taken back after a reorganisation; nothing is committed.",
    "deposits_before_commit": "Payments were made deposits or exceptions; nothing is committed.",
    "booking_after_owed": "What will be credited or debited is committed; the engine has not been told.",
    "booking_after_command": "The engine has taken a credit or debit of deposits; that it has is not noted.",
    "booking_before_commit": "That the engine has taken credits or debits is noted; nothing is committed.",
    "withdrawal_proved": "The second factor of a withdrawal is used up; the withdrawal is not written.",
    "withdrawal_requested": "A withdrawal is committed; the engine has not been asked to hold its funds.",
    "withdrawal_before_command": "A withdrawal's row is locked; the engine has not been told what it is owed.",
    "withdrawal_after_command_before_step": "The engine has done what a withdrawal owed; the row does not say so.",
    "withdrawal_after_step_before_command": "A withdrawal's end is committed; its hold is as it was.",
    "transfer_requested": "An internal transfer is committed; the engine has not been told.",
    "transfer_after_command_before_step": "The engine has moved a transfer's funds; the row does not say so.",
    "payout_planned_before_commit": "Withdrawals are in a payout; nothing is reserved and nothing is committed.",
    "payout_reserved": "A payout holds its coins or nonce, committed with its payload; nobody has approved it.",
    "payout_approved": "A payload is approved, committed; the signer has not seen it.",
    "signer_before_sign": "The signer has found a request; it has looked at nothing.",
    "signer_before_signature": "The signer has decided to sign; there is no signature.",
    "signer_before_commit": "A signature and the signer's log are written; nothing is committed.",
    "signer_signed": "Signed bytes are committed; no node has them.",
    "payout_before_broadcast": "Signed bytes are about to be sent to a node.",
    "payout_broadcast_before_note": "A node has taken the bytes; that it has is not noted.",
    "payout_broadcast": "That a node has the bytes is committed.",
    "payout_decided": "The chain's decision about a payout is committed; whoever planned it was not told.",
    "payout_settled_before_note": "Whoever planned a payout knows its end; that they do is not noted.",
    "sweep_before_commit": "A step of a sweep is written; nothing of it is committed.",
    "treasury_before_command": "Fees and inflows that the ledger is owed are locked; the engine has not been told.",
    "treasury_after_command": "The engine has taken fees and inflows; that it has is not noted.",
    "relay_after_publish": "A sink has confirmed a batch of events; the relay's place is before them.",
    "rebuild_after_truncate": "A projection's tables are empty and its cursor is 0, committed; nothing is replayed.",
}

_ENTRY = re.compile(r"(?P<name>[a-z0-9_]+)=(?P<action>exit|raise|stop)(?:@(?P<hit>[1-9][0-9]*))?")


class FailpointError(Exception):
    """What an armed `raise` raises. It is neither transient nor permanent: only tests see it."""


class _Armed(msgspec.Struct):
    action: str
    hits_left: int


_armed: dict[str, _Armed] = {}


def failpoint(name: str) -> None:
    """Do nothing, unless `name` is armed."""
    if _armed:
        _hit(name)


def is_armed(name: str) -> bool:
    """For the rare place that must take another path to have something to interrupt."""
    return name in _armed


def arm(text: str) -> None:
    """Arm a comma-separated list of failpoints, in place of those armed before. Raises ValueError if it is wrong."""
    armed = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        match = _ENTRY.fullmatch(entry)
        if match is None:
            raise ValueError(f"expected name=exit|raise|stop[@hit] in {ENVIRONMENT}, found {entry!r}")
        if match["name"] not in FAILPOINTS:
            raise ValueError(f"unknown failpoint {match['name']!r} in {ENVIRONMENT}; known: {', '.join(FAILPOINTS)}")
        armed[match["name"]] = _Armed(match["action"], int(match["hit"] or 1))
    _armed.clear()
    _armed.update(armed)


@contextmanager
def armed(text: str) -> Iterator[None]:
    """Arm for the length of a `with` block."""
    arm(text)
    try:
        yield
    finally:
        arm("")


def _hit(name: str) -> None:
    assert name in FAILPOINTS, f"failpoint {name!r} is not in the table"
    point = _armed.get(name)
    if point is None:
        return
    point.hits_left -= 1
    if point.hits_left != 0:
        return
    if point.action == "exit":
        os._exit(EXIT_STATUS)
    if point.action == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
        return
    raise FailpointError(name)


arm(os.environ.get(ENVIRONMENT, ""))
