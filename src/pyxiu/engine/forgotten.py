"""Money keys that the core no longer remembers, and when it may forget more.

Invariant: a key is forgotten only after it can be found in the table of money keys, and from then on it is looked up
there before the core sees a command with it; so a key works for ever. Limit: only the engine itself sends ForgetKeys;
one from outside is malformed.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from pyxiu.core import codec
from pyxiu.core.commands import (
    CreditDeposit,
    DebitDeposit,
    ForgetKeys,
    PlaceHold,
    PostEntry,
    ReleaseHold,
    SettleHold,
    Transfer,
)
from pyxiu.core.decide_funds import money_key_of
from pyxiu.core.decision import content_hash
from pyxiu.core.interface import Core
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import Rejection
from pyxiu.engine.ports import MoneyKeys, StoredKey

#: How many money keys the core keeps in memory, some 250 bytes each.
MONEY_KEYS_IN_MEMORY: Final = 1_000_000

_FIXARRAY: Final = 0x90


def _tag_of(command: type[msgspec.Struct]) -> int:
    tag = command.__struct_config__.tag
    assert isinstance(tag, int), tag
    return tag


_MONEY_MOVES: Final = (CreditDeposit, DebitDeposit, PlaceHold, SettleHold, ReleaseHold, Transfer, PostEntry)
_MONEY_TAGS: Final = frozenset(_tag_of(command) for command in _MONEY_MOVES)
_FORGET_TAG: Final = _tag_of(ForgetKeys)


def is_forget_keys(command: bytes) -> bool:
    return command[1:2] == b"\x11" and _tag(command) == _FORGET_TAG


def is_money_move(command: bytes) -> bool:
    """Whether its key may be in the table of money keys."""
    return _money_move(command) is not None


async def answer_forgotten(commands: Sequence[bytes], keys: MoneyKeys) -> dict[int, Outcome]:
    """The outcomes, by position, of commands whose key was used before and is found in the table."""
    moves: dict[int, tuple[str, bytes]] = {}
    for position, raw in enumerate(commands):
        move = _money_move(raw)
        if move is not None:
            moves[position] = move
    if not moves:
        return {}
    stored = await keys.find(list({key for key, _ in moves.values()}))
    return {position: _answer(digest, stored[key]) for position, (key, digest) in moves.items() if key in stored}


def forget_command(core: Core, durable_seq: int) -> bytes | None:
    """What makes the core forget keys up to there; None when it would forget nothing."""
    if durable_seq <= core.forgotten_seq:
        return None
    return codec.encode_command(ForgetKeys(min(durable_seq, core.seq)))


def _answer(digest: bytes, stored: StoredKey) -> Outcome:
    if stored.content_hash != digest:
        return Outcome(0, Rejection.KEY_REUSED)
    return Outcome(stored.seq, replayed=True)


def _money_move(raw: bytes) -> tuple[str, bytes] | None:
    """Key and content hash of a command that moves money; None for all others and for what cannot be decoded."""
    if _tag(raw) not in _MONEY_TAGS:
        return None
    try:
        command = codec.decode_command(raw)
    except (codec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    key = money_key_of(command)
    return None if key is None else (key, content_hash(command))


def _tag(raw: bytes) -> int:
    """The kind of an encoded command, without decoding it: an array of fewer than 16 items, the first one the tag."""
    return raw[1] if len(raw) > 1 and raw[0] & 0xF0 == _FIXARRAY else -1
