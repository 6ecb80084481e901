"""All that is known of who a member is, for the member's own page and for staff's.

Invariant: unmasked; the edge masks what a member sees. Limit: links to files are made apart, because each opens a file.
"""

import asyncio

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.kyc.data_storage_store import DataStorageStore
from pyxiu.identity.kyc.document_store import DocumentStore
from pyxiu.identity.kyc.model import Document, Kyc
from pyxiu.identity.kyc.phone_store import PhoneStore
from pyxiu.identity.kyc.profile_store import ProfileStore
from pyxiu.identity.services import IdentityServices


async def kyc_of_user(connection: AsyncConnection, services: IdentityServices, user_id: int) -> Kyc:
    return Kyc(
        profiles=await ProfileStore(connection, services.sealer).of_user(user_id),
        phones=await PhoneStore(connection, services.sealer).of_user(user_id),
        documents=await DocumentStore(connection, services.sealer).of_user(user_id),
        data_storages=await DataStorageStore(connection).of_user(user_id),
    )


async def document_links(services: IdentityServices, documents: list[Document]) -> list[str]:
    """A short-lived link to each file, for whoever was allowed to see these documents."""
    lifetime_s = services.settings.kyc.link_lifetime_s
    links = [
        services.objects.link(
            one.object_key, filename=file_name(one), content_type=one.content_type, lifetime_s=lifetime_s
        )
        for one in documents
    ]
    return list(await asyncio.gather(*links))


def file_name(document: Document) -> str:
    """What a browser saves it as."""
    extension = {"image/jpeg": "jpg", "image/png": "png"}.get(document.content_type, "pdf")
    return f"document-{document.id}.{extension}"
