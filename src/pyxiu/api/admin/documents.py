"""/admin/users/documents: find documents by their number, and decide about one of them.

Whose documents wait is what `/admin/users/documents/pending` lists; labels decide about all that wait of one member.
"""

from typing import Annotated, Final

import msgspec

from pyxiu.api.admin.fields import Fields
from pyxiu.api.admin.refusals import ABOUT_USERS, error_codes, refused
from pyxiu.api.admin.staff_endpoint import StaffCall, manage, read, staff_endpoint
from pyxiu.api.admin.users import Uid
from pyxiu.api.endpoint import Reply
from pyxiu.api.identity.kyc_entities import DocumentEntity, document_entities
from pyxiu.api.params import Choice, Integer, Query, Text
from pyxiu.identity.accounts.store import user_by_id
from pyxiu.identity.kyc.document_store import DocumentStore
from pyxiu.identity.kyc.model import Document, DocumentState
from pyxiu.identity.staff.abilities import Kind
from pyxiu.identity.staff.model import Refusal
from pyxiu.identity.staff.review_user_document import review_user_document

_DECISIONS: Final = (DocumentState.REJECTED.value, DocumentState.VERIFIED.value)
_ID_MAX: Final = 2**53
INVALID_ID: Final = "admin.document.invalid_id"


class MemberDocument(msgspec.Struct, frozen=True):
    """A document and who handed it in."""

    uid: str
    document: DocumentEntity


class NumberQuery(Query, frozen=True):
    doc_number: Annotated[str, Text("admin.document.invalid_doc_number", "Whole; case and spaces do not matter.")]


class DecisionFields(Fields, frozen=True, kw_only=True):
    uid: Uid
    id: Annotated[int, Integer(1, _ID_MAX, INVALID_ID, INVALID_ID, "Which document.")]
    state: Annotated[str, Choice(_DECISIONS, "admin.document.invalid_state", "What is decided.")]


@staff_endpoint(
    "GET",
    "/admin/users/documents",
    needs=read(Kind.DOCUMENT),
    fields=NumberQuery,
    noun="document",
    returns=list[MemberDocument],
    errors={422: ("admin.document.missing_doc_number", "admin.document.invalid_doc_number")},
)
async def list_documents(call: StaffCall[NumberQuery]) -> Reply:
    """Documents with this number, whoever handed them in: the same passport in two accounts shows here."""
    services = call.services
    async with services.database.connect() as connection:
        found = await DocumentStore(connection, services.sealer).with_number(call.given.doc_number)
        owners = [await user_by_id(connection, one.user_id) for one in found]
    shown = await document_entities(services, found, masked=False)
    pairs = zip(owners, shown, strict=True)
    return Reply([MemberDocument(owner.uid, one) for owner, one in pairs if owner is not None])


@staff_endpoint(
    "PUT",
    "/admin/users/documents",
    needs=manage(Kind.DOCUMENT),
    fields=DecisionFields,
    noun="document",
    returns=DocumentEntity,
    errors={
        **error_codes(*ABOUT_USERS, Refusal.ROW_UNKNOWN),
        422: (
            *error_codes(*ABOUT_USERS)[422],
            INVALID_ID,
            "admin.document.invalid_state",
            "admin.document.missing_uid",
            "admin.document.missing_id",
            "admin.document.missing_state",
        ),
    },
)
async def put_document(call: StaffCall[DecisionFields]) -> Reply:
    """Verify or reject one document that waits; its member sees the reason. Nobody decides about the own one."""
    given = call.given
    reviewed = await review_user_document(call.services, call.act, given.uid, given.id, DocumentState(given.state))
    if not isinstance(reviewed, Document):
        raise refused(reviewed)
    (entity,) = await document_entities(call.services, [reviewed], masked=False)
    return Reply(entity)


ENDPOINTS: Final = (list_documents, put_document)
