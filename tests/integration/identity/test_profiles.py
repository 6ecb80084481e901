"""Profiles: one open at a time, drafts, submission, review, history; sealed at rest."""

import asyncio
import dataclasses
import datetime

import pytest
from sqlalchemy import text

from pyxiu.identity.kyc.kyc_of_user import kyc_of_user
from pyxiu.identity.kyc.model import (
    InvalidFields,
    Profile,
    ProfileFields,
    ProfileState,
    Refusal,
    Reviewer,
)
from pyxiu.identity.kyc.read_fields import read_profile
from pyxiu.identity.kyc.review_profile import ReviewedProfile, review_profile
from pyxiu.identity.kyc.save_profile import create_profile, create_profile_for, update_profile
from pyxiu.identity.kyc.settings import KycSettings
from pyxiu.identity.labels.store import labels_of
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices
from tests.support.identity import a_user, identity_settings, running_identity
from tests.support.kyc import PROFILE

STAFF = Reviewer("IDSTAFF00001", "admin")


def fields(**changes: str | None) -> ProfileFields:
    read = read_profile({**PROFILE, **changes}, today=datetime.date(2026, 11, 25))
    assert isinstance(read, ProfileFields), read
    return read


def made(saved: Profile | InvalidFields | Refusal) -> Profile:
    assert isinstance(saved, Profile), saved
    return saved


async def labels(services: IdentityServices, user: User) -> dict[str, str]:
    async with services.database.connect() as connection:
        return {label.key: label.value for label in await labels_of(connection, user.id)}


async def review(
    services: IdentityServices, user: User, state: ProfileState, by: Reviewer = STAFF, reason: str | None = None
) -> ReviewedProfile | Refusal:
    async with services.database.begin() as connection:
        return await review_profile(connection, services, user, by, state=state, reason=reason)


async def rows(services: IdentityServices, query: str) -> list[dict[str, object]]:
    async with services.database.connect() as connection:
        return [dict(row) for row in (await connection.execute(text(query))).mappings()]


async def test_a_draft_is_changed_submitted_verified_and_kept_as_history(database_dsn: str) -> None:
    async with running_identity(database_dsn) as services:
        user = await a_user(services)
        draft = made(await create_profile(services, user, ProfileFields(first_name="Ada"), confirm=False))
        assert (draft.state, draft.author_uid) == (ProfileState.DRAFTED, None)
        assert (await labels(services, user))["profile"] == "drafted"

        incomplete = await update_profile(services, user, ProfileFields(last_name="Byron"), confirm=True)
        assert isinstance(incomplete, InvalidFields)
        assert ("dob", "missing") in incomplete.findings

        submitted = made(await update_profile(services, user, fields(first_name=None), confirm=True))
        assert submitted.id == draft.id
        assert submitted.fields == fields(first_name="Ada"), "what was not sent stays"
        assert await update_profile(services, user, fields(), confirm=True) is Refusal.PROFILE_NOT_EDITABLE

        reviewed = await review(services, user, ProfileState.VERIFIED)
        assert isinstance(reviewed, ReviewedProfile)
        assert (reviewed.before.state, reviewed.after.state) == (ProfileState.SUBMITTED, ProfileState.VERIFIED)
        assert reviewed.after.reviewed_by == STAFF.uid
        assert (await labels(services, user))["profile"] == "verified"

        made(await create_profile(services, user, fields(city="Lyon"), confirm=True))
        async with services.database.connect() as connection:
            kyc = await kyc_of_user(connection, services, user.id)
        assert [(one.state, one.fields.city) for one in kyc.profiles] == [
            (ProfileState.VERIFIED, "Paris"),
            (ProfileState.SUBMITTED, "Lyon"),
        ]


async def test_only_one_profile_is_open_however_many_are_made_at_once(database_dsn: str) -> None:
    async with running_identity(database_dsn) as services:
        user = await a_user(services)
        answers = await asyncio.gather(*(create_profile(services, user, fields(), confirm=True) for _ in range(6)))
        assert sum(isinstance(answer, Profile) for answer in answers) == 1
        assert answers.count(Refusal.PROFILE_OPEN) == 5


async def test_a_rejection_says_why_and_lets_the_member_try_again(database_dsn: str) -> None:
    async with running_identity(database_dsn) as services:
        user = await a_user(services)
        made(await create_profile(services, user, fields(), confirm=True))
        rejected = await review(services, user, ProfileState.REJECTED, reason="blurred")
        assert isinstance(rejected, ReviewedProfile)
        assert rejected.after.reason == "blurred"
        assert (await labels(services, user))["profile"] == "rejected"
        assert await review(services, user, ProfileState.VERIFIED) is Refusal.PROFILE_NOT_EDITABLE, "decided once"
        made(await create_profile(services, user, fields(), confirm=False))
        assert await review(services, user, ProfileState.VERIFIED) is Refusal.PROFILE_NOT_EDITABLE, (
            "a draft is not handed in"
        )


@pytest.mark.parametrize("double", [True, False])
async def test_with_double_verification_the_author_does_not_verify_the_own_entry(
    database_dsn: str, *, double: bool
) -> None:
    settings = identity_settings(kyc=KycSettings(double_verification=double))
    async with running_identity(database_dsn, settings=settings) as services:
        user = await a_user(services)
        async with services.database.begin() as connection:
            entered = made(await create_profile_for(connection, services, user, fields(), author_uid=STAFF.uid))
        assert (entered.state, entered.author_uid) == (ProfileState.SUBMITTED, STAFF.uid)
        own = await review(services, user, ProfileState.VERIFIED)
        if not double:
            assert isinstance(own, ReviewedProfile)
            return
        assert own is Refusal.SECOND_REVIEWER_NEEDED
        other = await review(services, user, ProfileState.VERIFIED, Reviewer("IDSTAFF00002", "admin"))
        assert isinstance(other, ReviewedProfile)


async def test_roles_of_the_settings_verify_their_own_entries(database_dsn: str) -> None:
    settings = identity_settings(kyc=KycSettings(double_verification=True))
    async with running_identity(database_dsn, settings=settings) as services:
        user = await a_user(services)
        async with services.database.begin() as connection:
            made(await create_profile_for(connection, services, user, fields(), author_uid="IDROOT000001"))
        reviewed = await review(services, user, ProfileState.VERIFIED, Reviewer("IDROOT000001", "superadmin"))
        assert isinstance(reviewed, ReviewedProfile)


async def test_nothing_personal_is_in_the_tables_or_in_events(database_dsn: str) -> None:
    async with running_identity(database_dsn) as services:
        user = await a_user(services)
        made(await create_profile(services, user, fields(), confirm=True))
        written = repr(await rows(services, "SELECT * FROM profiles")) + repr(
            await rows(services, "SELECT * FROM outbox")
        )
        for secret in (PROFILE["first_name"], PROFILE["last_name"], PROFILE["dob"], PROFILE["address"]):
            assert secret not in written
        events = await rows(services, "SELECT event, record FROM outbox WHERE event LIKE 'model.profile.%'")
        assert [event["event"] for event in events] == ["model.profile.created"]


async def test_a_profile_copied_to_another_members_row_does_not_open(database_dsn: str) -> None:
    async with running_identity(database_dsn) as services:
        ada, eve = await a_user(services), await a_user(services)
        made(await create_profile(services, ada, fields(), confirm=True))
        made(await create_profile(services, eve, fields(first_name="Eve"), confirm=True))
        async with services.database.begin() as connection:
            await connection.execute(
                text(
                    "UPDATE profiles SET personal = (SELECT personal FROM profiles WHERE user_id = :ada)"
                    " WHERE user_id = :eve"
                ),
                {"ada": ada.id, "eve": eve.id},
            )
        with pytest.raises(Exception, match=f"pii:{eve.id}:profile: sealed with another key"):
            async with services.database.connect() as connection:
                await kyc_of_user(connection, services, eve.id)


async def test_t71_markup_in_free_text_is_stored_as_it_was_sent(database_dsn: str) -> None:
    payload = "<img src=x onerror=alert(1)> '; DROP TABLE users; -- {{7*7}}"
    async with running_identity(database_dsn) as services:
        user = await a_user(services)
        saved = made(await create_profile(services, user, fields(address=payload, city=payload), confirm=True))
        assert (saved.fields.address, saved.fields.city) == (payload, payload)
        assert await rows(services, "SELECT count(*) FROM users") == [{"count": 1}]


def test_structs_of_kyc_are_immutable() -> None:
    with pytest.raises((AttributeError, dataclasses.FrozenInstanceError)):
        ProfileFields().city = "Paris"  # type: ignore[misc]  # the point of the test
