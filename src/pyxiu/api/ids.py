"""Ids of rows, as paths and bodies write them.

Invariant: what is given back fits the database's bigint. Limit: orders are asked for by UUID too (`kit/ids.py`).
"""

from typing import Final

ID_MAX: Final = 2**63 - 1
_DIGITS_MAX: Final = len(str(ID_MAX))


def row_id(text: str | None) -> int | None:
    """None for what can be no id."""
    if text is None or not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX):
        return None
    number = int(text)
    return number if number <= ID_MAX else None
