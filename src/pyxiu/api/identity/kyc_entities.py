"""Profiles, phones, documents and data storages as the wire has them: to members in part, to staff whole.

Invariant: what is masked is never in the answer at all. Limit: masks keep what lets a member recognise the own data.
"""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from pyxiu.api.wire.texts import iso8601_of
from pyxiu.identity.kyc.kyc_of_user import document_links
from pyxiu.identity.kyc.model import DataStorage, Document, Phone, Profile
from pyxiu.identity.kyc.parse_number import country_code_length
from pyxiu.identity.services import IdentityServices

MASK: Final = "*"


class ProfileEntity(msgspec.Struct, frozen=True):
    """Who a member is. `metadata` is JSON as text."""

    first_name: str | None
    last_name: Annotated[str | None, msgspec.Meta(description="To members only its first letter.")]
    dob: Annotated[str | None, msgspec.Meta(description="Date of birth; to members without its day.")]
    address: str | None
    postcode: str | None
    city: str | None
    country: Annotated[str | None, msgspec.Meta(description="ISO 3166 alpha-2.")]
    state: Annotated[str, msgspec.Meta(description="drafted, submitted, verified or rejected.")]
    metadata: str | None
    created_at: str
    updated_at: str


class PhoneEntity(msgspec.Struct, frozen=True):
    """A phone number."""

    country: str
    number: Annotated[str, msgspec.Meta(description="To members only its country code and last four digits.")]
    validated_at: str | None


class DocumentEntity(msgspec.Struct, frozen=True):
    """A document that was handed in."""

    id: int
    upload: Annotated[str, msgspec.Meta(description="Downloads the file, for a minute.")]
    doc_type: str
    doc_number: Annotated[str, msgspec.Meta(description="To members only its first and last two characters.")]
    doc_expire: str | None
    doc_issue: str | None
    doc_category: str | None
    identificator: Annotated[str | None, msgspec.Meta(description="The same for what was handed in together.")]
    metadata: str | None
    state: Annotated[str, msgspec.Meta(description="pending, verified or rejected.")]
    reason: Annotated[str | None, msgspec.Meta(description="Why it was rejected.")]
    created_at: str
    updated_at: str


class DataStorageEntity(msgspec.Struct, frozen=True):
    """What a member keeps here. `data` is JSON as text."""

    title: str
    data: str
    created_at: str
    updated_at: str


def profile_entity(profile: Profile, *, masked: bool) -> ProfileEntity:
    fields = profile.fields
    dob = None if fields.dob is None else fields.dob.isoformat()
    return ProfileEntity(
        first_name=fields.first_name,
        last_name=mask_last_name(fields.last_name) if masked else fields.last_name,
        dob=mask_dob(dob) if masked else dob,
        address=fields.address,
        postcode=fields.postcode,
        city=fields.city,
        country=fields.country,
        state=profile.state.value,
        metadata=fields.metadata,
        created_at=iso8601_of(profile.created_at),
        updated_at=iso8601_of(profile.updated_at),
    )


def phone_entity(phone: Phone, *, masked: bool) -> PhoneEntity:
    validated_at = None if phone.validated_at is None else iso8601_of(phone.validated_at)
    return PhoneEntity(phone.country, mask_number(phone.number) if masked else phone.number, validated_at)


async def document_entities(
    services: IdentityServices, documents: Sequence[Document], *, masked: bool
) -> list[DocumentEntity]:
    """With a link to each file: ask only for whom the caller may see."""
    links = await document_links(services, list(documents))
    return [_document(one, link, masked=masked) for one, link in zip(documents, links, strict=True)]


def data_storage_entity(storage: DataStorage) -> DataStorageEntity:
    return DataStorageEntity(
        storage.title, storage.data, iso8601_of(storage.created_at), iso8601_of(storage.updated_at)
    )


def _document(document: Document, link: str, *, masked: bool) -> DocumentEntity:
    fields = document.fields
    return DocumentEntity(
        id=document.id,
        upload=link,
        doc_type=fields.doc_type,
        doc_number=mask_doc_number(fields.doc_number) if masked else fields.doc_number,
        doc_expire=None if fields.doc_expire is None else fields.doc_expire.isoformat(),
        doc_issue=None if fields.doc_issue is None else fields.doc_issue.isoformat(),
        doc_category=fields.doc_category,
        identificator=fields.identificator,
        metadata=fields.metadata,
        state=document.state.value,
        reason=document.reason,
        created_at=iso8601_of(document.created_at),
        updated_at=iso8601_of(document.updated_at),
    )


def mask_last_name(name: str | None) -> str | None:
    """`Doe` becomes `D**`."""
    return None if name is None else name[:1] + MASK * (len(name) - 1)


def mask_dob(dob: str | None) -> str | None:
    """`1990-10-29` becomes `1990-10-**`."""
    return None if dob is None else dob[:-2] + MASK * 2


def mask_number(number: str) -> str:
    """`4915112345678` becomes `49*******5678`."""
    return _middle(number, country_code_length(number), 4)


def mask_doc_number(number: str) -> str:
    """`AB123123` becomes `AB****23`."""
    return _middle(number, 2, 2)


def _middle(text: str, before: int, after: int) -> str:
    """Short texts are hidden whole."""
    if len(text) <= before + after:
        return MASK * len(text)
    return text[:before] + MASK * (len(text) - before - after) + text[len(text) - after :]
