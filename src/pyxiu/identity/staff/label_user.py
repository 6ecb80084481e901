"""Labels that staff sets, changes and removes; private ones drive level and state.

Invariant: staff labels only whom it may change, so nobody verifies the own documents by a label. Setting `document` or
`address` to verified or rejected is the decision about all documents that wait. Limit: a label has one value for each
key and scope.
"""

from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.kyc.label import DECIDED, set_kyc_label
from pyxiu.identity.kyc.model import DocumentState, Reviewer
from pyxiu.identity.kyc.model import Refusal as KycRefusal
from pyxiu.identity.kyc.review_document import review_documents
from pyxiu.identity.labels import store
from pyxiu.identity.labels.change_labels import remove_label, set_label
from pyxiu.identity.labels.model import Label, LabelScope, label_word
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.staff.may_change import user_to_change
from pyxiu.identity.staff.model import Act, Refusal
from pyxiu.identity.staff.note import CREATE, DELETE, UPDATE, note

DESCRIPTION_LENGTH_MAX = 255
#: Labels that say how documents stand.
_DOCUMENT_LABELS = frozenset({"document", "address"})


class LabelDraft(NamedTuple):
    """A label as it was asked for. `value` None: not said, for removing."""

    key: str
    scope: str
    value: str = ""
    description: str | None = None


async def add_label(services: IdentityServices, act: Act, uid: str, draft: LabelDraft) -> Label | Refusal:
    """Refused if the user has a label of this key and scope."""
    return await _put(services, act, uid, draft, may_exist=False, may_be_new=True)


async def change_label(
    services: IdentityServices, act: Act, uid: str, draft: LabelDraft, *, may_be_new: bool = False
) -> Label | Refusal:
    """With `may_be_new` a label that is not there is added."""
    return await _put(services, act, uid, draft, may_exist=True, may_be_new=may_be_new)


async def delete_label(services: IdentityServices, act: Act, uid: str, draft: LabelDraft) -> Refusal | None:
    scope, key = _scope(draft.scope), label_word(draft.key)
    if scope is None or key is None:
        return Refusal.LABEL_UNKNOWN
    async with services.database.begin() as connection:
        user = await user_to_change(connection, act.by, uid)
        if isinstance(user, Refusal):
            return user
        before = await store.label(connection, user.id, key, scope)
        if before is None or await remove_label(connection, services, user.id, key, scope=scope) is None:
            return Refusal.LABEL_UNKNOWN
        await note(connection, act, topic="labels", action=DELETE, target_uid=uid, before=_shown(before))
    return None


async def _put(
    services: IdentityServices, act: Act, uid: str, draft: LabelDraft, *, may_exist: bool, may_be_new: bool
) -> Label | Refusal:
    scope, key, value = _scope(draft.scope), label_word(draft.key), label_word(draft.value)
    too_long = draft.description is not None and len(draft.description) > DESCRIPTION_LENGTH_MAX
    if scope is None or key is None or value is None or too_long:
        return Refusal.LABEL_INVALID
    async with services.database.begin() as connection:
        user = await user_to_change(connection, act.by, uid)
        if isinstance(user, Refusal):
            return user
        before = await store.label(connection, user.id, key, scope)
        if before is None and not may_be_new:
            return Refusal.LABEL_UNKNOWN
        if before is not None and not may_exist:
            return Refusal.LABEL_TAKEN
        if scope is LabelScope.PRIVATE and key in _DOCUMENT_LABELS and value in DECIDED:
            await _decide_documents(connection, services, act, user, key, value)
        await set_label(connection, services, user.id, key, value, scope=scope, description=draft.description)
        after = await store.label(connection, user.id, key, scope)
        assert after is not None, (uid, key)
        action = CREATE if before is None else UPDATE
        shown = None if before is None else _shown(before)
        await note(connection, act, topic="labels", action=action, target_uid=uid, before=shown, after=_shown(after))
    return after


async def _decide_documents(
    connection: AsyncConnection, services: IdentityServices, act: Act, user: User, key: str, value: str
) -> None:
    reviewer, state = Reviewer(act.by.uid, act.by.role), DocumentState(value)
    decided = await review_documents(connection, services, user, reviewer, state=state, reason=act.reason, label=key)
    if isinstance(decided, KycRefusal):
        await set_kyc_label(connection, services, user, key, value)


def _scope(text: str) -> LabelScope | None:
    return LabelScope(text) if text in list(LabelScope) else None


def _shown(label: Label) -> dict[str, Any]:
    return {
        "key": label.key,
        "value": label.value,
        "scope": label.scope.value,
        "description": label.description,
    }
