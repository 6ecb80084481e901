"""For whom a process answers: everyone, the public without staff's endpoints, or staff alone.

Invariant: what an audience does not take is not there for it, not in the document and not as 405. Limit: who may do
what is decided by roles all the same; this keeps the doors of staff off an address that the public reaches.
"""

from enum import StrEnum
from typing import Final

STAFF_TAG: Final = "Admin"
#: What staff needs beside its own endpoints: to log in, with all factors, and to look after the account.
STAFF_TAGS: Final = frozenset({STAFF_TAG, "Identity", "Account settings", "Second factors", "Access"})
#: What tells whether a process is well is told to everyone.
_HEALTH: Final = "/public/health/"
#: Whoever makes the first superadmin is staff.
_FIRST_STAFF: Final = frozenset({"/identity/users/superadmin"})


class Audience(StrEnum):
    EVERYONE = "everyone"
    PUBLIC = "public"
    STAFF = "staff"

    def takes(self, tag: str, path: str) -> bool:
        """Whether an endpoint of this tag and path is there for this audience."""
        if self is Audience.EVERYONE or path.startswith(_HEALTH):
            return True
        if self is Audience.STAFF:
            return tag in STAFF_TAGS
        return tag != STAFF_TAG and path not in _FIRST_STAFF
