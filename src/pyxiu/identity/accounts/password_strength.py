"""How hard a password is to guess, and whether that is enough.

Invariant: pure; the same for sign-up, reset and change; no text takes more than some milliseconds, as anybody may ask
and the event loop waits. Limit: zxcvbn knows common passwords, names, dates and keyboard walks, in English mostly; only
the first SCANNED_LENGTH characters are looked at, because its cost grows faster than the length.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

from zxcvbn import matching, scoring, zxcvbn

LENGTH_MAX: Final = 128
SCANNED_LENGTH: Final = 40
#: In so many ways a text is read with its signs as letters. Words that people spell so have two or three ways, and some
#: forty signs have seven hundred, of which each costs as much as the text itself.
SPELLINGS_MAX: Final = 16
#: What zxcvbn looks for, without reading signs as letters or looking for repetitions, in which it would read them too.
_AS_WRITTEN: Final = (matching.spatial_match, matching.sequence_match, matching.regex_match, matching.date_match)
_IN_LISTS: Final = (matching.dictionary_match, matching.reverse_dictionary_match)
#: The first letter that each sign may stand for.
_LETTERS: Final = {
    ord(sign): letter for letter, signs in sorted(matching.L33T_TABLE.items(), reverse=True) for sign in signs
}
#: What a weak password is answered with, by rule.
REQUIREMENTS: Final = "password.requirements"
WEAK: Final = "password.weak"


def entropy_of(password: str, known: Sequence[str] = ()) -> int:
    """Bits: the binary logarithm of the guesses it takes. `known`: what an attacker knows, as name and e-mail."""
    scanned = password[:SCANNED_LENGTH]
    if not scanned:
        return 0
    words = [word.lower() for word in known if word]
    spellings = matching.enumerate_l33t_subs(matching.relevant_l33t_subtable(scanned, matching.L33T_TABLE))
    if len(spellings) <= SPELLINGS_MAX:
        guesses = zxcvbn(scanned, user_inputs=words)["guesses"]
    else:
        guesses = min(zxcvbn(scanned.translate(_LETTERS), user_inputs=words)["guesses"], _as_written(scanned, words))
    return math.floor(math.log2(max(1, int(guesses))))


def _as_written(text: str, words: Sequence[str]) -> Any:
    """The guesses for a text whose signs are signs."""
    lists = matching.RANKED_DICTIONARIES | {"user_inputs": matching.build_ranked_dict(words)}
    found = [match for search in _AS_WRITTEN for match in search(text)]
    found += [match for search in _IN_LISTS for match in search(text, lists)]
    return scoring.most_guessable_match_sequence(text, found)["guesses"]


def password_problem(password: str, *, length_min: int, entropy_min: int, known: Sequence[str] = ()) -> str | None:
    """The wire code of the first rule that it breaks."""
    if not length_min <= len(password) <= LENGTH_MAX or not password.isprintable():
        return REQUIREMENTS
    return WEAK if entropy_of(password, known) < entropy_min else None


def words_about(email: str, username: str | None = None) -> tuple[str, ...]:
    """What must not be most of a password."""
    local, _, domain = email.partition("@")
    return (email, local, domain, domain.partition(".")[0], username or "", "pyxiu")
