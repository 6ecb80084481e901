"""Verify or reject documents: one by one, or all that wait of one member.

The label `document` (or `address`) says how far a member is: `pending` while any of them waits, then `verified` if all
that were handed in last together are, otherwise `rejected`. Invariant: a document is decided once. Limit: who may call
this and the audit trail are the caller's task, in the same transaction.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts.store import lock_user
from pyxiu.identity.kyc.document_store import DocumentStore
from pyxiu.identity.kyc.label import set_kyc_label
from pyxiu.identity.kyc.model import Document, DocumentState, Refusal, Reviewer
from pyxiu.identity.kyc.submit_documents import label_of
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices


class ReviewedDocument(NamedTuple):
    before: Document
    after: Document


async def review_document(
    connection: AsyncConnection,
    services: IdentityServices,
    user: User,
    reviewer: Reviewer,
    *,
    document_id: int,
    state: DocumentState,
    reason: str | None = None,
) -> ReviewedDocument | Refusal:
    """One document of this member. `state` is verified or rejected."""
    waiting = [one for one in await _waiting(connection, services, user) if one.id == document_id]
    if not waiting:
        return Refusal.DOCUMENT_UNKNOWN
    return (await _decide(connection, services, user, reviewer, waiting, state, reason))[0]


async def review_documents(
    connection: AsyncConnection,
    services: IdentityServices,
    user: User,
    reviewer: Reviewer,
    *,
    state: DocumentState,
    reason: str | None = None,
    label: str = "document",
) -> list[ReviewedDocument] | Refusal:
    """All that wait under this label: what staff means by setting the label itself."""
    waiting = [one for one in await _waiting(connection, services, user) if label_of(one.fields) == label]
    if not waiting:
        return Refusal.DOCUMENT_UNKNOWN
    return await _decide(connection, services, user, reviewer, waiting, state, reason)


async def _waiting(connection: AsyncConnection, services: IdentityServices, user: User) -> list[Document]:
    await lock_user(connection, user.id)
    store = DocumentStore(connection, services.sealer)
    return [one for one in await store.of_user(user.id) if one.state is DocumentState.PENDING]


async def _decide(
    connection: AsyncConnection,
    services: IdentityServices,
    user: User,
    reviewer: Reviewer,
    waiting: Sequence[Document],
    state: DocumentState,
    reason: str | None,
) -> list[ReviewedDocument]:
    assert state is not DocumentState.PENDING, "a decision is a decision"
    store = DocumentStore(connection, services.sealer)
    reviewed = [
        ReviewedDocument(one, await store.decide(one, state, reviewed_by=reviewer.uid, reason=reason))
        for one in waiting
    ]
    for label in {label_of(one.fields) for one in waiting}:
        documents = [one for one in await store.of_user(user.id) if label_of(one.fields) == label]
        await set_kyc_label(connection, services, user, label, standing(documents).value)
    return reviewed


def standing(documents: Sequence[Document]) -> DocumentState:
    """What all documents of one label, the newest last, say together."""
    if any(one.state is DocumentState.PENDING for one in documents):
        return DocumentState.PENDING
    together = [one for one in documents if one.fields.identificator == documents[-1].fields.identificator]
    verified = all(one.state is DocumentState.VERIFIED for one in together)
    return DocumentState.VERIFIED if verified else DocumentState.REJECTED
