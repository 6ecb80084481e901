"""What access is decided by: permission rows and restriction rows.

Invariant: words are those of the wire, in the case that the reference uses. Limit: rows, not decisions; those are in
`decide_permission.py` and `decide_restriction.py`.
"""

import datetime
from enum import StrEnum
from typing import Final

import msgspec

VERBS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "ALL")


class Action(StrEnum):
    ACCEPT = "ACCEPT"
    DROP = "DROP"
    AUDIT = "AUDIT"


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table. `path` has no slash at either end and covers all that lies below it."""

    id: int
    role: str
    verb: str
    path: str
    action: Action
    topic: str | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


class Category(StrEnum):
    """In the order in which they are looked at."""

    WHITELIST = "whitelist"
    MAINTENANCE = "maintenance"
    BLACKLIST = "blacklist"
    BLOCKLOGIN = "blocklogin"


class RestrictionScope(StrEnum):
    """In the order in which they are looked at within a category."""

    ALL = "all"
    IP = "ip"
    IP_SUBNET = "ip_subnet"
    CONTINENT = "continent"
    COUNTRY = "country"


class RestrictionState(StrEnum):
    ENABLED = "enabled"
    DISABLED = "disabled"


class Restriction(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table. `value`: an address, a CIDR, a continent or country as ISO code in lower case, or `all`."""

    id: int
    category: Category
    scope: RestrictionScope
    value: str
    code: int
    state: RestrictionState
    created_at: datetime.datetime
    updated_at: datetime.datetime


#: The status that a restriction answers with where staff names none.
DEFAULT_CODES: Final = {
    RestrictionScope.ALL: 401,
    RestrictionScope.IP: 401,
    RestrictionScope.IP_SUBNET: 403,
    RestrictionScope.CONTINENT: 423,
    RestrictionScope.COUNTRY: 423,
}
MAINTENANCE_CODE: Final = 471


def default_code(category: Category, scope: RestrictionScope) -> int:
    return MAINTENANCE_CODE if category is Category.MAINTENANCE else DEFAULT_CODES[scope]
