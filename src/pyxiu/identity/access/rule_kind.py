"""What permissions and restrictions have in common: rows of rules that staff keeps, each kind with its own sense.

    PERMISSIONS = RuleKind(Permission, PermissionDraft, "permissions", taken="role.taken", tell=_tell)

Invariant: what a valid row is, is said by its draft, and who must hear of a change by `tell`, in the transaction of the
change. Limit: how rows are kept is the store's.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.access.model import Permission, Restriction

R = TypeVar("R", Permission, Restriction)


class RuleDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What staff asks for; texts as they came."""

    def problems(self) -> list[str]:
        """Wire codes of what is wrong with it."""
        raise NotImplementedError

    def values(self) -> dict[str, Any]:
        """The columns of a draft without problems."""
        raise NotImplementedError


@dataclass(frozen=True)
class RuleKind(Generic[R]):
    """`topic`: in the trail. `taken`: the wire code of a row that is there. `tell` gets the row before and after."""

    model: type[R]
    draft: type[RuleDraft]
    topic: str
    taken: str
    tell: Callable[[AsyncConnection, R | None, R | None], Awaitable[None]]
