"""User ids: a prefix of letters and ten random hexadecimal digits, as `ID8F2B61C0A9`."""

import re
import secrets
from typing import Final

_BYTES: Final = 5


def new_uid(prefix: str) -> str:
    return prefix + secrets.token_hex(_BYTES).upper()


def is_uid(text: str, prefix: str) -> bool:
    """Whether it looks like one of ours; also those that were given by hand."""
    return re.fullmatch(rf"{re.escape(prefix)}[0-9A-Z]{{1,20}}", text) is not None
