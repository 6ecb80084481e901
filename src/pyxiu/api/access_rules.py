"""The tables of rules that the gate decides by, ready to be asked.

Limit: a look-up each time; the gate remembers.
"""

from typing import Protocol

from pyxiu.identity.access.decide_permission import Policy
from pyxiu.identity.access.decide_restriction import Restrictions
from pyxiu.identity.access.model import Permission, Restriction
from pyxiu.identity.access.store import AccessStore
from pyxiu.identity.services import IdentityServices


class AccessRules(Protocol):
    async def policy(self) -> Policy: ...
    async def restrictions(self) -> Restrictions: ...


class IdentityRules:
    """Those of identity."""

    def __init__(self, identity: IdentityServices) -> None:
        self._database = identity.database

    async def policy(self) -> Policy:
        async with self._database.connect() as connection:
            return Policy(await AccessStore(connection).rules(Permission))

    async def restrictions(self) -> Restrictions:
        async with self._database.connect() as connection:
            return Restrictions(await AccessStore(connection).rules(Restriction))
