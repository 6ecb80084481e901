"""Events about profiles and documents for others to act on.

Invariant: they say what happened to which, and nothing personal: whoever may see more reads it through the API. Limit:
delivered at least once, from the outbox.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.kyc.model import Document, Profile
from pyxiu.identity.model import User
from pyxiu.storage.outbox import emit


async def profile_saved(connection: AsyncConnection, user: User, profile: Profile, *, before: Profile | None) -> None:
    record = {
        "user": {"uid": user.uid},
        "id": profile.id,
        "applicant_id": profile.applicant_id,
        "state": profile.state.value,
        "country": profile.fields.country,
        "created_at": profile.created_at.isoformat(),
        "updated_at": profile.updated_at.isoformat(),
    }
    event = "model.profile.created" if before is None else "model.profile.updated"
    changes = None if before is None else {"state": before.state.value, "country": before.fields.country}
    await emit(connection, event, record, aggregate=f"user:{user.uid}", changes=changes)


async def document_added(connection: AsyncConnection, user: User, document: Document) -> None:
    record = {
        "user": {"uid": user.uid},
        "id": document.id,
        "doc_type": document.fields.doc_type,
        "doc_category": document.fields.doc_category,
        "identificator": document.fields.identificator,
        "created_at": document.created_at.isoformat(),
        "updated_at": document.updated_at.isoformat(),
    }
    await emit(connection, "model.document.created", record, aggregate=f"user:{user.uid}")
