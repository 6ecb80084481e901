"""Profiles, phones, documents and data storages as use cases see them: opened, whole, unmasked.

Invariant: texts are what the member wrote; whoever shows them escapes them for where they are shown. Limit: masking is
the edge's task, because staff sees what members do not.
"""

import datetime
from enum import StrEnum

import msgspec

LOCAL_PROVIDER = "local"


class ProfileState(StrEnum):
    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    VERIFIED = "verified"
    REJECTED = "rejected"


#: A member has at most one profile in these.
OPEN_STATES = frozenset({ProfileState.DRAFTED, ProfileState.SUBMITTED})
REVIEWED_STATES = frozenset({ProfileState.VERIFIED, ProfileState.REJECTED})


class ProfileFields(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says of a member; None where nothing was said. `country` is ISO 3166 alpha-2, `metadata` JSON."""

    first_name: str | None = None
    last_name: str | None = None
    dob: datetime.date | None = None
    address: str | None = None
    postcode: str | None = None
    city: str | None = None
    country: str | None = None
    metadata: str | None = None


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One of the profiles that a member has had."""

    id: int
    user_id: int
    #: Who of staff made it, if not the member.
    author_uid: str | None
    applicant_id: str
    fields: ProfileFields
    state: ProfileState
    reason: str | None
    reviewed_by: str | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


class Phone(msgspec.Struct, frozen=True, kw_only=True):
    """`number` is E.164 without its `+`, `country` ISO 3166 alpha-2."""

    id: int
    user_id: int
    number: str
    country: str
    validated_at: datetime.datetime | None
    code_hash: bytes | None
    code_expires_at: datetime.datetime | None
    code_tries: int


class DocumentState(StrEnum):
    PENDING = "pending"
    VERIFIED = "verified"
    REJECTED = "rejected"


class DocumentFields(msgspec.Struct, frozen=True, kw_only=True):
    """What a member says of a document. Of a proof of address `doc_number` is the address."""

    doc_type: str
    doc_number: str
    doc_expire: datetime.date | None = None
    doc_issue: datetime.date | None = None
    doc_category: str | None = None
    identificator: str | None = None
    metadata: str | None = None


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was handed in, and what was decided about it."""

    id: int
    user_id: int
    object_key: str
    content_type: str
    size_bytes: int
    fields: DocumentFields
    state: DocumentState
    reason: str | None
    reviewed_by: str | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


class DataStorage(msgspec.Struct, frozen=True, kw_only=True):
    """JSON that the exchange's operator lets members keep, by title."""

    title: str
    data: str
    created_at: datetime.datetime
    updated_at: datetime.datetime


class Reviewer(msgspec.Struct, frozen=True):
    """Who of staff decides, or a provider (`kyc:<name>`)."""

    uid: str
    role: str


class Refusal(StrEnum):
    """Why a request was not done; nothing has changed then."""

    PROFILE_OPEN = "another profile is drafted or submitted"
    PROFILE_NOT_EDITABLE = "no profile that can be changed like this"
    SECOND_REVIEWER_NEEDED = "the author cannot verify the own entry"
    NUMBER_INVALID = "no valid phone number"
    NUMBER_VERIFIED = "somebody has verified this number"
    NUMBER_REPEATED = "the member has this number already"
    NUMBER_UNKNOWN = "the member has no such number to verify"
    PHONES_TOO_MANY = "the member has as many numbers as may be"
    CODE_WRONG = "wrong, late or used code"
    DOCUMENTS_TOO_MANY = "the member has as many documents as may be"
    DOCUMENTS_WOULD_BE_TOO_MANY = "with these the member would have more documents than may be"
    DOCUMENT_UNKNOWN = "no such document to decide about"
    TITLE_UNKNOWN = "no title that may be kept"
    TITLE_TAKEN = "kept already"
    PROVIDER_IS_LOCAL = "staff reviews here, no provider"
    CALLBACK_UNSIGNED = "the signature is missing, wrong or late"
    CALLBACK_UNREADABLE = "the provider's message cannot be read"


class InvalidFields(msgspec.Struct, frozen=True):
    """What is wrong with what: pairs of field and `missing`, `invalid`, `too_long`, `in_future`, `expired`."""

    findings: tuple[tuple[str, str], ...]


class Kyc(msgspec.Struct, frozen=True, kw_only=True):
    """All of one member, the newest last."""

    profiles: list[Profile]
    phones: list[Phone]
    documents: list[Document]
    data_storages: list[DataStorage]
