"""How hard a password is to guess, and whether that is enough.

Invariant: pure; the same for sign-up, reset and change. Limit: zxcvbn knows common passwords, names, dates and keyboard
walks, in English mostly; only the first SCANNED_LENGTH characters are looked at, because its cost grows faster than
the length.
"""

import math
from collections.abc import Sequence
from typing import Final

from zxcvbn import zxcvbn

LENGTH_MAX: Final = 128
SCANNED_LENGTH: Final = 40
#: What a weak password is answered with, by rule.
REQUIREMENTS: Final = "password.requirements"
WEAK: Final = "password.weak"


def entropy_of(password: str, known: Sequence[str] = ()) -> int:
    """Bits: the binary logarithm of the guesses it takes. `known`: what an attacker knows, as name and e-mail."""
    scanned = password[:SCANNED_LENGTH]
    if not scanned:
        return 0
    guesses = int(zxcvbn(scanned, user_inputs=[word for word in known if word])["guesses"])
    return math.floor(math.log2(max(1, guesses)))


def password_problem(password: str, *, length_min: int, entropy_min: int, known: Sequence[str] = ()) -> str | None:
    """The wire code of the first rule that it breaks."""
    if not length_min <= len(password) <= LENGTH_MAX or not password.isprintable():
        return REQUIREMENTS
    return WEAK if entropy_of(password, known) < entropy_min else None


def words_about(email: str, username: str | None = None) -> tuple[str, ...]:
    """What must not be most of a password."""
    local, _, domain = email.partition("@")
    return (email, local, domain, domain.partition(".")[0], username or "", "pyxiu")
