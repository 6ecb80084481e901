"""Documents: files in the store, rows with labels, reviews, limits; a provider's verdicts."""

import asyncio
import datetime
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from pyxiu.adapters.objects.local import LocalObjects
from pyxiu.identity.kyc.check_upload import Unfit
from pyxiu.identity.kyc.document_store import DocumentStore
from pyxiu.identity.kyc.kyc_of_user import kyc_of_user
from pyxiu.identity.kyc.model import (
    Document,
    DocumentFields,
    DocumentState,
    Profile,
    ProfileFields,
    Refusal,
    Reviewer,
)
from pyxiu.identity.kyc.read_fields import read_address, read_document, read_profile
from pyxiu.identity.kyc.review_document import ReviewedDocument, review_document, review_documents
from pyxiu.identity.kyc.save_profile import create_profile
from pyxiu.identity.kyc.settings import KycSettings
from pyxiu.identity.kyc.submit_documents import submit_documents
from pyxiu.identity.kyc.take_verdict import WINDOW_S, Callback, signature_of, take_verdict
from pyxiu.identity.labels.store import labels_of
from pyxiu.identity.model import User
from pyxiu.identity.ports import KycVerdict
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.throttle import Throttled
from pyxiu.kit.clock import ManualClock, SystemClock
from pyxiu.kit.errors import TransientError
from tests.support.identity import a_user, identity_services, identity_settings
from tests.support.kyc import DOCUMENT, PROFILE, pdf, picture

STAFF = Reviewer("IDSTAFF00001", "admin")
TODAY = datetime.date(2026, 11, 25)


def passport(**changes: str) -> DocumentFields:
    read = read_document({**DOCUMENT, **changes}, today=TODAY, expiry_required=True)
    assert isinstance(read, DocumentFields), read
    return read


def a_profile() -> ProfileFields:
    read = read_profile(PROFILE, today=TODAY)
    assert isinstance(read, ProfileFields), read
    return read


class Desk:
    """A member, the services, and a folder with files."""

    def __init__(self, services: IdentityServices, folder: Path, user: User) -> None:
        self.services, self.folder, self.user = services, folder, user

    async def submit(self, *files: bytes, user: User | None = None, **changes: str) -> list[Document]:
        submitted = await submit_documents(self.services, user or self.user, passport(**changes), files)
        assert isinstance(submitted, list), submitted
        return submitted

    async def labels(self) -> dict[str, str]:
        async with self.services.database.connect() as connection:
            return {label.key: label.value for label in await labels_of(connection, self.user.id)}

    async def documents(self) -> list[Document]:
        async with self.services.database.connect() as connection:
            return (await kyc_of_user(connection, self.services, self.user.id)).documents

    async def review(
        self, document_id: int, state: DocumentState, reason: str | None = None
    ) -> ReviewedDocument | Refusal:
        async with self.services.database.begin() as connection:
            return await review_document(
                connection, self.services, self.user, STAFF, document_id=document_id, state=state, reason=reason
            )

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]


@pytest.fixture
async def desk(database_dsn: str, tmp_path: Path, request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    settings = identity_settings(kyc=getattr(request, "param", KycSettings()))
    bare = identity_services(database_dsn, settings=settings)
    services = identity_services(
        database_dsn, settings=settings, sealer=bare.sealer, objects=LocalObjects(tmp_path / "objects", bare.sealer)
    )
    await bare.database.dispose()
    try:
        yield Desk(services, tmp_path / "objects", await a_user(services, level=2))
    finally:
        await services.database.dispose()


async def test_documents_are_stored_sealed_and_labelled_as_pending(desk: Desk) -> None:
    photo = picture("JPEG")
    front, back = await desk.submit(photo, picture(), doc_category="front_side")
    assert front.fields.identificator == back.fields.identificator
    assert len(front.fields.identificator or "") == 32
    assert (front.state, front.content_type, back.content_type) == (DocumentState.PENDING, "image/jpeg", "image/png")
    assert (await desk.labels())["document"] == "pending"

    content = await desk.services.objects.get(front.object_key)
    assert content is not None
    assert content.startswith(b"\xff\xd8")
    assert len(content) == front.size_bytes
    for path in desk.files():
        assert path.stat().st_mode & 0o777 == 0o600
        assert b"\xff\xd8\xff" not in path.read_bytes()
        assert desk.user.uid not in path.name
    async with desk.services.database.connect() as connection:
        written = repr((await connection.execute(text("SELECT * FROM documents"))).all())
        written += repr((await connection.execute(text("SELECT * FROM outbox"))).all())
    assert "123123" not in written


async def test_staff_decides_and_the_level_follows(desk: Desk) -> None:
    front, back = await desk.submit(picture(), picture())
    assert isinstance(await desk.review(front.id, DocumentState.VERIFIED), ReviewedDocument)
    assert (await desk.labels())["document"] == "pending", "one side still waits"
    reviewed = await desk.review(back.id, DocumentState.VERIFIED)
    assert isinstance(reviewed, ReviewedDocument)
    assert (reviewed.before.state, reviewed.after.state) == (DocumentState.PENDING, DocumentState.VERIFIED)
    assert reviewed.after.reviewed_by == STAFF.uid
    assert (await desk.labels())["document"] == "verified"
    async with desk.services.database.connect() as connection:
        assert await connection.scalar(text("SELECT level FROM users")) == 3
        events = (await connection.execute(text("SELECT event FROM outbox WHERE event LIKE 'system.document.%'"))).all()
    assert [event[0] for event in events] == ["system.document.verified"]
    assert await desk.review(back.id, DocumentState.REJECTED) is Refusal.DOCUMENT_UNKNOWN, "decided once"


async def test_a_rejected_side_rejects_what_was_handed_in_together_until_there_is_more(desk: Desk) -> None:
    front, back = await desk.submit(picture(), picture())
    await desk.review(front.id, DocumentState.VERIFIED)
    rejected = await desk.review(back.id, DocumentState.REJECTED, "blurred")
    assert isinstance(rejected, ReviewedDocument)
    assert rejected.after.reason == "blurred"
    assert (await desk.labels())["document"] == "rejected"
    (again,) = await desk.submit(pdf())
    assert (await desk.labels())["document"] == "pending"
    await desk.review(again.id, DocumentState.VERIFIED)
    assert (await desk.labels())["document"] == "verified"


async def test_a_document_of_somebody_else_is_not_decided(desk: Desk) -> None:
    other = await a_user(desk.services)
    (theirs,) = await desk.submit(picture(), user=other)
    assert await desk.review(theirs.id, DocumentState.VERIFIED) is Refusal.DOCUMENT_UNKNOWN


async def test_an_address_has_a_label_of_its_own(desk: Desk) -> None:
    fields = read_address({"address": "10 Rue", "city": "Paris", "postcode": "75001", "country": "FR"})
    assert isinstance(fields, DocumentFields)
    assert isinstance(await submit_documents(desk.services, desk.user, fields, [pdf()]), list)
    labels = await desk.labels()
    assert labels["address"] == "pending"
    assert "document" not in labels
    async with desk.services.database.begin() as connection:
        reviewed = await review_documents(
            connection, desk.services, desk.user, STAFF, state=DocumentState.VERIFIED, label="address"
        )
    assert isinstance(reviewed, list)
    assert (await desk.labels())["address"] == "verified"


@pytest.mark.parametrize("desk", [KycSettings(documents_per_member=4)], indirect=True)
async def test_a_member_has_so_many_documents_also_when_they_come_at_once(desk: Desk) -> None:
    answers = await asyncio.gather(
        *(submit_documents(desk.services, desk.user, passport(), [picture(), picture(), picture()]) for _ in range(3))
    )
    assert sum(isinstance(answer, list) for answer in answers) == 1
    assert answers.count(Refusal.DOCUMENTS_WOULD_BE_TOO_MANY) == 2
    assert len(desk.files()) == 3, "what was refused left no file"
    (last,) = await desk.submit(picture())
    assert await submit_documents(desk.services, desk.user, passport(), [picture()]) is Refusal.DOCUMENTS_TOO_MANY
    await desk.review(last.id, DocumentState.REJECTED)
    await desk.submit(picture())


@pytest.mark.parametrize("desk", [KycSettings(uploads_per_hour=2)], indirect=True)
async def test_t72_uploads_are_limited_by_the_hour(desk: Desk) -> None:
    for _ in range(2):
        assert await submit_documents(desk.services, desk.user, passport(), [b"junk"]) is Unfit.FORMAT
    assert isinstance(await submit_documents(desk.services, desk.user, passport(), [picture()]), Throttled)


async def test_one_unfit_file_refuses_all(desk: Desk) -> None:
    assert await submit_documents(desk.services, desk.user, passport(), [picture(), b"PK\x03\x04"]) is Unfit.FORMAT
    assert desk.files() == []
    assert await desk.documents() == []
    assert "document" not in await desk.labels()


async def test_a_store_that_fails_writes_no_row(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise TransientError("no disk")

    monkeypatch.setattr(LocalObjects, "put", fail)
    with pytest.raises(TransientError):
        await submit_documents(desk.services, desk.user, passport(), [picture()])
    assert await desk.documents() == []


async def test_documents_of_one_number_are_found_whoever_handed_them_in(desk: Desk) -> None:
    other = await a_user(desk.services)
    await desk.submit(picture(), doc_number="AB 123-456")
    await desk.submit(picture(), user=other, doc_number="ab123-456")
    await desk.submit(picture(), doc_number="AB 123-457")
    async with desk.services.database.connect() as connection:
        found = await DocumentStore(connection, desk.services.sealer).with_number(" aB123-456 ")
    assert [one.user_id for one in found] == [desk.user.id, other.id]


class FakeProvider:
    """A provider that sends its verdict as JSON."""

    name = "fake"

    def verdict_of(self, body: bytes) -> KycVerdict | None:
        return msgspec.json.decode(body, type=KycVerdict | None)


class Provided:
    """The same desk with a provider."""

    key = b"shared"

    def __init__(self, desk: Desk) -> None:
        self.clock = ManualClock(SystemClock().now_ns())
        self.services = IdentityServices(
            desk.services.database,
            desk.services.sealer,
            desk.services.settings,
            clock=self.clock,
            kyc_provider=FakeProvider(),
            kyc_callback_key=self.key,
        )

    async def call(self, body: object, *, key: bytes = key, age_s: int = 0) -> Refusal | None:
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        timestamp = str(self.clock.now_ns() // 10**9 - age_s)
        return await take_verdict(self.services, Callback(content, timestamp, signature_of(key, timestamp, content)))


async def test_a_providers_verdict_about_the_profile_says_nothing_about_documents(desk: Desk) -> None:
    provided = Provided(desk)
    profile = await create_profile(desk.services, desk.user, a_profile(), confirm=True)
    assert isinstance(profile, Profile)
    await desk.submit(picture())
    verdict = KycVerdict(applicant_id=profile.applicant_id, profile_verified=True)
    assert await provided.call(verdict) is None
    labels = await desk.labels()
    assert (labels["profile"], labels["document"]) == ("verified", "pending")
    assert (
        await provided.call(KycVerdict(applicant_id=profile.applicant_id, documents_verified=False, reason="x")) is None
    )
    assert (await desk.labels())["document"] == "rejected"
    (document,) = await desk.documents()
    assert (document.reviewed_by, document.reason) == ("kyc:fake", "x")
    assert await provided.call(KycVerdict(applicant_id=profile.applicant_id, documents_verified=True)) is None
    assert (await desk.labels())["document"] == "rejected", "what is decided stays decided"


async def test_callbacks_that_are_not_signed_now_by_the_provider_change_nothing(desk: Desk) -> None:
    provided = Provided(desk)
    profile = await create_profile(desk.services, desk.user, a_profile(), confirm=True)
    assert isinstance(profile, Profile)
    verdict = KycVerdict(applicant_id=profile.applicant_id, profile_verified=True)
    assert await provided.call(verdict, key=b"guessed") is Refusal.CALLBACK_UNSIGNED
    assert await provided.call(verdict, age_s=WINDOW_S + 1) is Refusal.CALLBACK_UNSIGNED
    assert await provided.call(verdict, age_s=-WINDOW_S - 1) is Refusal.CALLBACK_UNSIGNED
    for timestamp, signature in (("", ""), ("soon", "é"), ("1" * 40, "00")):
        callback = Callback(b"{}", timestamp, signature)
        assert await take_verdict(provided.services, callback) is Refusal.CALLBACK_UNSIGNED
    assert await provided.call(b"{broken") is Refusal.CALLBACK_UNREADABLE
    assert await provided.call(KycVerdict(applicant_id="unknown", profile_verified=True)) is None
    assert await provided.call(None) is None
    assert (await desk.labels())["profile"] == "submitted"


async def test_without_a_key_no_signature_is_good(desk: Desk) -> None:
    provided = Provided(desk)
    provided.services = IdentityServices(
        desk.services.database, desk.services.sealer, clock=provided.clock, kyc_provider=FakeProvider()
    )
    assert await provided.call(b"{}", key=b"") is Refusal.CALLBACK_UNSIGNED


async def test_where_staff_reviews_there_are_no_callbacks(desk: Desk) -> None:
    assert await take_verdict(desk.services, Callback(b"{}", "1", "00")) is Refusal.PROVIDER_IS_LOCAL
