"""Lists of users and the whole of one, for several routes of the group.

Invariant: documents are opened only for roles that may read documents. Limit: with `extended`, a query a user.
"""

from typing import Any

from pyxiu.api.admin.entities import StaffUserWithKyc, comment_entity, staff_label, staff_user
from pyxiu.api.admin.refusals import USER_UNKNOWN
from pyxiu.api.admin.staff_endpoint import StaffCall, read
from pyxiu.api.endpoint import Reply
from pyxiu.api.errors import refuse
from pyxiu.api.identity.kyc_entities import data_storage_entity, document_entities, phone_entity, profile_entity
from pyxiu.api.pagination import page_headers
from pyxiu.identity.kyc.kyc_of_user import kyc_of_user
from pyxiu.identity.kyc.profile_store import ProfileStore
from pyxiu.identity.labels.store import labels_of
from pyxiu.identity.staff import comment_store, user_store
from pyxiu.identity.staff.abilities import Kind
from pyxiu.identity.staff.user_store import UserFilter


async def users_page(
    call: StaffCall[Any], wanted: UserFilter, *, order_by: str = "id", descending: bool = False
) -> Reply:
    """The asked page; with profiles where `extended` is asked for and the role may read them."""
    services, given = call.services, call.given
    async with services.database.connect() as connection:
        found, total = await user_store.page_of(
            connection,
            services.sealer,
            wanted,
            order_by=order_by,
            descending=descending,
            limit=given.limit,
            offset=(given.page - 1) * given.limit,
        )
        if getattr(given, "extended", False) and call.may(read(Kind.PROFILE)):
            store = ProfileStore(connection, services.sealer)
            profiles = [await store.of_user(one.user.id) for one in found]
            body = [
                staff_user(one, [profile_entity(profile, masked=False) for profile in of_one])
                for one, of_one in zip(found, profiles, strict=True)
            ]
        else:
            body = [staff_user(one) for one in found]
    return Reply(body, headers=page_headers(limit=given.limit, page=given.page, total=total))


async def user_with_kyc(call: StaffCall[Any], uid: str, *, status: int = 200) -> Reply:
    """Everything about one user. Raises ApiError where there is none."""
    services = call.services
    async with services.database.connect() as connection:
        found = await user_store.by_uid(connection, uid)
        if found is None:
            raise refuse(USER_UNKNOWN)
        known = await kyc_of_user(connection, services, found.user.id)
        labels = await labels_of(connection, found.user.id)
        comments = await comment_store.of_user(connection, found.user.id)
    documents = known.documents if call.may(read(Kind.DOCUMENT)) else []
    head = {name: getattr(staff_user(found), name) for name in StaffUserWithKyc.__struct_fields__[:11]}
    whole = StaffUserWithKyc(
        **head,
        profiles=[profile_entity(one, masked=False) for one in known.profiles] if call.may(read(Kind.PROFILE)) else [],
        labels=[staff_label(label) for label in labels],
        phones=[phone_entity(phone, masked=False) for phone in known.phones],
        documents=await document_entities(services, documents, masked=False),
        data_storages=[data_storage_entity(storage) for storage in known.data_storages],
        comments=[comment_entity(comment) for comment in comments],
    )
    return Reply(whole, status=status)
