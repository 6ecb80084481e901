"""What a label and a level are.

Invariant: only private labels count for level and state; public ones are the user's own notes. Limit: key and value are
3 to 255 of `a-z0-9_-`.
"""

import datetime
import re
from enum import StrEnum
from typing import Final

import msgspec

_WORD: Final = re.compile(r"[a-z0-9_-]{3,255}")


class LabelScope(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"


class Label(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    user_id: int
    key: str
    value: str
    scope: LabelScope
    description: str | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """Who has the private labels of levels 1 to `id` is on it."""

    id: int
    key: str
    value: str
    description: str | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


def label_word(text: str) -> str | None:
    """Key or value in the form that is kept; None for what is none."""
    word = text.strip().lower()
    return word if _WORD.fullmatch(word) else None
