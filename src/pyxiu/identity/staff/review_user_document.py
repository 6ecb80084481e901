"""One document as staff decides about it.

Invariant: nobody decides about the own documents; a document is decided once. Limit: the trail says which document and
which state; numbers stay sealed where they are.
"""

from pyxiu.identity.kyc.model import Document, DocumentState, Reviewer
from pyxiu.identity.kyc.model import Refusal as KycRefusal
from pyxiu.identity.kyc.review_document import review_document
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.staff.may_change import user_to_change
from pyxiu.identity.staff.model import Act, Refusal
from pyxiu.identity.staff.note import UPDATE, note


async def review_user_document(
    services: IdentityServices, act: Act, uid: str, document_id: int, state: DocumentState
) -> Document | Refusal:
    """`state` is verified or rejected."""
    async with services.database.begin() as connection:
        user = await user_to_change(connection, act.by, uid)
        if isinstance(user, Refusal):
            return user
        reviewer = Reviewer(act.by.uid, act.by.role)
        reviewed = await review_document(
            connection, services, user, reviewer, document_id=document_id, state=state, reason=act.reason
        )
        if isinstance(reviewed, KycRefusal):
            return Refusal.ROW_UNKNOWN
        before = {"document": reviewed.before.id, "state": reviewed.before.state.value}
        after = {"document": reviewed.after.id, "state": reviewed.after.state.value}
        await note(connection, act, topic="documents", action=UPDATE, target_uid=uid, before=before, after=after)
    return reviewed.after
