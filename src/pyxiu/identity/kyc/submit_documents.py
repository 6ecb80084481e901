"""Hand in documents, or a proof of address: files checked by their content, stored, noted, labelled as pending.

Invariant: a row is written only after its file is durable, and rows, label and event commit together; what is refused
leaves no file behind. Limit: a crash or a lost connection between file and row leaves a file that nothing refers to;
deleting it then could take the file of a row whose commit was not heard of.
"""

import secrets
from collections.abc import Sequence

import msgspec

from pyxiu.identity.accounts.store import lock_user
from pyxiu.identity.kyc.announce import document_added
from pyxiu.identity.kyc.check_upload import CheckedFile, Unfit, check_upload
from pyxiu.identity.kyc.document_store import DocumentStore
from pyxiu.identity.kyc.label import set_kyc_label
from pyxiu.identity.kyc.limits import take_upload
from pyxiu.identity.kyc.model import Document, DocumentFields, Refusal
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.throttle import Throttled

ADDRESS_TYPE = "Address"
KEY_BYTES = 24


async def submit_documents(
    services: IdentityServices, user: User, fields: DocumentFields, files: Sequence[bytes]
) -> list[Document] | Refusal | Unfit | Throttled:
    """One document for each file, all with the same fields."""
    assert files, "the edge asks for a file"
    too_many = await _too_many(services, user, len(files))
    if too_many is not None:
        return too_many
    throttled = await take_upload(services, user.uid)
    if throttled is not None:
        return throttled
    checked: list[CheckedFile] = []
    settings = services.settings.kyc
    for content in files:
        file = await check_upload(content, bytes_max=settings.upload_bytes_max, pixels_max=settings.upload_pixels_max)
        if isinstance(file, Unfit):
            return file
        checked.append(file)
    return await _stored(services, user, fields, checked)


async def _too_many(services: IdentityServices, user: User, count: int) -> Refusal | None:
    async with services.database.connect() as connection:
        return _refusal(services, await DocumentStore(connection, services.sealer).count(user.id), count)


def _refusal(services: IdentityServices, has: int, more: int) -> Refusal | None:
    allowed = services.settings.kyc.documents_per_member
    if has >= allowed:
        return Refusal.DOCUMENTS_TOO_MANY
    return Refusal.DOCUMENTS_WOULD_BE_TOO_MANY if has + more > allowed else None


async def _stored(
    services: IdentityServices, user: User, fields: DocumentFields, files: Sequence[CheckedFile]
) -> list[Document] | Refusal:
    keys = [secrets.token_hex(KEY_BYTES) for _ in files]
    for key, file in zip(keys, files, strict=True):
        await services.objects.put(key, file.content, file.content_type)
    written = await _written(services, user, fields, list(zip(keys, files, strict=True)))
    if isinstance(written, Refusal):
        for key in keys:
            await services.objects.delete(key)
    return written


async def _written(
    services: IdentityServices, user: User, fields: DocumentFields, files: Sequence[tuple[str, CheckedFile]]
) -> list[Document] | Refusal:
    """Counted again under a lock: requests that run beside each other share the limit."""
    together = msgspec.structs.replace(fields, identificator=fields.identificator or secrets.token_hex(16))
    async with services.database.begin() as connection:
        await lock_user(connection, user.id)
        store = DocumentStore(connection, services.sealer)
        refusal = _refusal(services, await store.count(user.id), len(files))
        if refusal is not None:
            return refusal
        added = []
        for key, file in files:
            document = await store.add(
                user.id, together, object_key=key, content_type=file.content_type, size_bytes=len(file.content)
            )
            await document_added(connection, user, document)
            added.append(document)
        await set_kyc_label(connection, services, user, label_of(fields), "pending")
    return added


def label_of(fields: DocumentFields) -> str:
    """The key of the private label that says how far these documents are."""
    return "address" if fields.doc_type == ADDRESS_TYPE else "document"
