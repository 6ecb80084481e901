"""Keys of a user or of one of the user's service accounts, a page at a time."""

from typing import NamedTuple

from pyxiu.identity.api_keys import store
from pyxiu.identity.api_keys.holder import holder_of
from pyxiu.identity.api_keys.model import ApiKey
from pyxiu.identity.factors.model import Caller, Refusal, Refused
from pyxiu.identity.services import IdentityServices


class KeyPage(NamedTuple):
    """`order_by` is one of `store.ORDERS`; pages count from 1."""

    order_by: str = "id"
    descending: bool = False
    limit: int = 100
    page: int = 1


async def list_api_keys(
    services: IdentityServices, caller: Caller, page: KeyPage, *, service_account_uid: str | None = None
) -> tuple[list[ApiKey], int] | Refused:
    """The keys of the page and how many there are on all."""
    async with services.database.connect() as connection:
        known = await holder_of(connection, caller, service_account_uid)
        if known is None:
            return Refused(Refusal.UNKNOWN)
        keys = await store.keys_of(
            connection,
            known.holder,
            order_by=page.order_by,
            descending=page.descending,
            limit=page.limit,
            offset=(page.page - 1) * page.limit,
        )
        return keys, await store.count_keys(connection, known.holder)
