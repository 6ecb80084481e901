"""`pyxiu explain CODE`: what a rejection means, by its name, number or wire code."""

from pyxiu.api.errors import REJECTIONS
from pyxiu.cli.running import EXIT_OK, EXIT_USAGE, tell
from pyxiu.core.rejections import DESCRIPTIONS, Rejection


def explain(code: str = "", /) -> int:
    """Explain a rejection, or list all of them in order of precedence.

    Parameters
    ----------
    code
        A name (INSUFFICIENT_BALANCE), a number (43) or a wire code (market.account.insufficient_balance).
    """
    found = [rejection for rejection in DESCRIPTIONS if not code or _matches(rejection, code)]
    if not found:
        tell(f"no rejection {code!r}; without a code all are listed")
        return EXIT_USAGE
    for rejection in found:
        wire = REJECTIONS[rejection]
        print(f"{rejection.name} ({rejection.value}): {DESCRIPTIONS[rejection]}")
        print(f"    HTTP {wire.status}, wire code {wire.code}")
    return EXIT_OK


def _matches(rejection: Rejection, code: str) -> bool:
    return code.upper() == rejection.name or code == str(rejection.value) or code == REJECTIONS[rejection].code
