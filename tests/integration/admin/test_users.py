"""What staff decides about users, whom it may not touch, and what the audit trail says of it."""

from dataclasses import replace
from typing import Any

import httpx
import msgspec

from pyxiu.identity.accounts.store import user_by_uid
from pyxiu.identity.activities import store
from pyxiu.identity.activities.chain import verify_chain
from pyxiu.identity.activities.model import ActivityFilter, StoredActivity
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.store import open_ids
from pyxiu.identity.staff.change_user_state import change_user_state
from pyxiu.identity.staff.model import Act, Refusal, Staff
from tests.support.api import Exchange, running_exchange
from tests.support.identity import CLIENT, STAFF, a_user, running_identity
from tests.support.staff import Browser, a_browser, open_admin_paths

UNDECLARED = ("role", "level", "password", "fee_group", "email", "password_hash", "staff_state", "id")


async def trail(exchange: Exchange) -> list[StoredActivity]:
    """Staff's entries, the oldest first, once the chain is found whole."""
    async with exchange.staff.database.connect() as connection:
        assert await verify_chain(store.chain_rows(connection), await store.chain_end(connection)) == []
        rows, _ = await store.page_of(connection, ActivityFilter(category="admin"), limit=1000, offset=0)
    return rows[::-1]


async def current(exchange: Exchange, browser: Browser) -> User:
    async with exchange.staff.database.connect() as connection:
        user = await user_by_uid(connection, browser.uid)
    assert user is not None
    return user


def errors(response: httpx.Response) -> tuple[int, list[str]]:
    return response.status_code, response.json()["errors"]


async def test_s4_a_ban_ends_sessions_and_is_in_the_trail_with_before_after_and_reason(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        staff, member = await a_browser(exchange, role="admin"), await a_browser(exchange)
        answer = await staff.post("/admin/users/update", uid=member.uid, state="banned", reason="fraud, case 12")
        assert (answer.status_code, answer.json()["state"]) == (200, "banned")
        async with exchange.staff.database.connect() as connection:
            assert await open_ids(connection, member.user.id) == []
        (entry,) = await trail(exchange)
        assert (entry.user_id, entry.target_uid, entry.topic) == (staff.user.id, member.uid, "users")
        assert (entry.before, entry.after) == ({"state": "active"}, {"state": "banned", "asked": "banned"})
        assert entry.reason == "fraud, case 12"
        again = await staff.post("/admin/users/update", uid=member.uid, state="banned")
        assert errors(again) == (422, ["admin.user.state_no_change"])
        assert len(await trail(exchange)) == 1


async def test_staff_switches_a_lost_second_factor_off_and_never_on(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        staff, member = await a_browser(exchange, role="support"), await a_browser(exchange)
        assert errors(await staff.put("/admin/users", uid=member.uid, otp=True)) == (401, ["authz.invalid_permission"])
        assert errors(await staff.post("/admin/users/update", uid=member.uid, otp=True)) == (
            422,
            ["admin.user.enable_2fa"],
        )
        assert errors(await staff.post("/admin/users/update", uid=member.uid, otp=False)) == (
            422,
            ["admin.user.otp_no_change"],
        )


async def test_t70_what_is_not_declared_is_not_changed_even_when_it_comes_first(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        staff, member = await a_browser(exchange, role="support"), await a_browser(exchange)
        before = await current(exchange, member)
        for state, field in zip(("locked", "banned") * 4, UNDECLARED, strict=True):
            answer = await staff.post("/admin/users/update", **{field: "superadmin"}, uid=member.uid, state=state)
            assert answer.status_code == 200
            after = await current(exchange, member)
            assert msgspec.structs.replace(after, state=before.state, updated_at=before.updated_at) == before, field


async def test_t70_nobody_decides_about_the_own_account_or_about_those_above(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        await open_admin_paths(exchange, "superadmin", "admin", "compliance")
        boss, admin = await a_browser(exchange, role="superadmin"), await a_browser(exchange, role="admin")
        other, clerk = await a_browser(exchange, role="admin"), await a_browser(exchange, role="compliance")
        tries: list[tuple[Browser, Browser, str]] = [
            (admin, boss, "admin.user.superadmin_change"),
            (clerk, boss, "admin.user.superadmin_change"),
            (admin, other, "admin.user.staff_change"),
            (clerk, admin, "admin.user.staff_change"),
            (boss, boss, "admin.user.update_himself"),
            (clerk, clerk, "admin.user.update_himself"),
        ]
        for actor, target, code in tries:
            label: dict[str, Any] = {"uid": target.uid, "key": "document", "value": "verified", "scope": "private"}
            for answer in (
                await actor.post("/admin/users/update", uid=target.uid, state="banned"),
                await actor.post("/admin/users/labels", **label),
                await actor.post("/admin/users/labels/update", **label),
                await actor.put("/admin/profiles", uid=target.uid, state="verified"),
            ):
                assert errors(answer) == (422, [code]), (actor.user.role, target.user.role, answer.url)
        assert await trail(exchange) == []
        assert (await admin.post("/admin/users/update", uid=clerk.uid, state="locked")).status_code == 200


async def test_t70_only_a_superadmin_changes_roles(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        await open_admin_paths(exchange, "superadmin", "admin", "support")
        boss, admin, member = [await a_browser(exchange, role=role) for role in ("superadmin", "admin", "member")]
        refused = await admin.post("/admin/users/role", uid=member.uid, role="superadmin")
        assert errors(refused) == (401, ["admin.ability.not_permitted"])
        for role, uid, code in (
            ("admin", boss.uid, "admin.user.update_himself"),
            ("member", member.uid, "admin.user.role_no_change"),
            ("emperor", member.uid, "role.doesnt_exist"),
        ):
            assert errors(await boss.post("/admin/users/role", uid=uid, role=role)) == (422, [code])
        assert (await boss.post("/admin/users/role", uid=member.uid, role="support")).json()["role"] == "support"
        (entry,) = await trail(exchange)
        assert (entry.before, entry.after) == ({"role": "member"}, {"role": "support"})
        # The sessions of the old role have ended.
        assert errors(await member.get("/admin/users")) == (401, ["authz.invalid_session"])


async def test_only_a_superadmin_gives_an_account_another_email(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        boss, admin = await a_browser(exchange, role="superadmin"), await a_browser(exchange, role="admin")
        member, other = await a_browser(exchange), await a_browser(exchange)
        refused = await admin.put("/admin/users", uid=member.uid, email="new@example.com")
        assert errors(refused) == (422, ["superadmin.user.update_email"])
        for email, code in (("nobody", "email.invalid"), (other.user.email, "email.taken")):
            assert errors(await boss.put("/admin/users", uid=member.uid, email=email)) == (422, [code])
        assert (await boss.put("/admin/users", uid=member.uid, email="New@Example.com")).json()["email"] == (
            "new@example.com"
        )
        assert [entry.after for entry in await trail(exchange)] == [{"email": "new@example.com"}]
        two = await boss.put("/admin/users", uid=member.uid, email="a@example.com", state="active")
        assert errors(two) == (422, ["admin.user.one_change_at_a_time"])


async def test_labels_drive_the_level_and_are_in_the_trail(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        staff, member = await a_browser(exchange, role="compliance"), await a_browser(exchange, level=1)
        label = {"uid": member.uid, "key": "phone", "scope": "private"}
        assert errors(await staff.put("/admin/users/labels", **label, value="verified")) == (
            404,
            ["admin.label.doesnt_exist"],
        )
        assert (await staff.post("/admin/users/labels", **label, value="verified")).status_code == 200
        assert (await current(exchange, member)).level == 2
        assert errors(await staff.post("/admin/users/labels", **label, value="verified")) == (422, ["key.taken"])
        document = {"uid": member.uid, "key": "document", "value": "verified", "scope": "private"}
        assert (await staff.post("/admin/users/labels/update", **document)).json()["value"] == "verified"
        assert (await current(exchange, member)).level == 3
        listed = (await staff.get("/admin/users/labels", key="document", value="verified")).json()
        assert [user["uid"] for user in listed] == [member.uid]
        counts = (await staff.get("/admin/users/labels/list")).json()
        assert {"key": "phone", "value": "verified", "count": 1} in counts
        assert (await staff.delete("/admin/users/labels", **label)).status_code == 200
        assert (await current(exchange, member)).level == 1
        entries = [(entry.action, entry.before, entry.after) for entry in await trail(exchange)]
        assert [action for action, _, _ in entries] == ["create", "create", "delete"]
        assert entries[2][1] == {"key": "phone", "value": "verified", "scope": "private", "description": None}
        for bad in ("x", "ver ified", "é" * 5):
            assert errors(await staff.post("/admin/users/labels", **label, value=bad)) == (422, ["admin.label.invalid"])


async def test_users_are_found_by_filters_in_pages(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        staff = await a_browser(exchange, role="admin")
        members = [await a_browser(exchange, level=level) for level in (0, 1, 2)]
        everybody = await staff.get("/admin/users", limit=2, ordering="desc")
        assert [user["uid"] for user in everybody.json()] == [members[2].uid, members[1].uid]
        assert (everybody.headers["total"], everybody.headers["page"], everybody.headers["per-page"]) == ("4", "1", "2")
        for wanted, found in (
            ({"level": 2}, [members[2].uid]),
            ({"state": "pending"}, [members[0].uid]),
            ({"email": members[1].user.email}, [members[1].uid]),
            ({"role": "admin"}, [staff.uid]),
            ({"uid": "ID' OR 1=1 --"}, []),
            ({"from": 4_000_000_000}, []),
            ({"to": 4_000_000_000, "role": "admin", "range": "updated", "extended": "true"}, [staff.uid]),
            ({"country": "de"}, []),
        ):
            answer = await staff.get("/admin/users", **wanted)
            assert [user["uid"] for user in answer.json()] == found, wanted
        for query in ({"order_by": "password_hash"}, {"level": "x"}, {"from": "-1"}, {"limit": 0}):
            assert (await staff.get("/admin/users", **query)).status_code == 422


async def test_a_user_is_shown_whole_and_documents_only_to_those_who_may_read_them(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        staff, member = await a_browser(exchange, role="admin"), await a_browser(exchange, level=1)
        profile = {"first_name": "Ada", "last_name": "Lovelace", "dob": "1990-12-10", "address": "1 Way"}
        profile |= {"postcode": "10115", "city": "Berlin", "country": "DE"}
        assert (await staff.post("/admin/profiles", uid=member.uid)).status_code == 422
        assert (await staff.post("/admin/profiles", uid=member.uid, **profile)).json()["state"] == "submitted"
        assert errors(await staff.post("/admin/profiles", uid=member.uid, **profile)) == (422, ["state.exists"])
        assert (await staff.put("/admin/profiles", uid=member.uid, state="verified")).json()["state"] == "verified"
        whole = (await staff.get(f"/admin/users/{member.uid}")).json()
        assert whole["profiles"][0]["last_name"] == "Lovelace"
        assert {label["key"]: label["value"] for label in whole["labels"]}["profile"] == "verified"
        assert "password" not in str(whole)
        assert errors(await staff.get("/admin/users/ID0000000000")) == (404, ["admin.user.doesnt_exist"])
        assert [row["first_name"] for row in (await staff.get("/admin/profiles")).json()] == ["Ada"]
        assert (await staff.get("/admin/users", country="de")).json()[0]["uid"] == member.uid
        assert "Lovelace" not in str([(entry.before, entry.after) for entry in await trail(exchange)])


async def test_notes_of_staff_are_kept_changed_and_removed_with_a_trace(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        staff, member = await a_browser(exchange, role="compliance"), await a_browser(exchange)
        note = {"uid": member.uid, "title": "call", "data": "first line\nsecond <b>line</b>"}
        made = await staff.post("/admin/users/comments", **note)
        assert made.status_code == 201
        (comment,) = made.json()["comments"]
        assert (comment["author_uid"], comment["data"]) == (staff.uid, note["data"])
        changed = await staff.put("/admin/users/comments", id=comment["id"], data="x" * 65_535)
        assert changed.json()["comments"][0]["title"] == "call"
        too_long = await staff.put("/admin/users/comments", id=comment["id"], title="x" * 65, data="x" * 65_536)
        assert errors(too_long) == (422, ["admin.comments.title_too_long", "admin.comments.data_too_long"])
        assert (await staff.delete("/admin/users/comments", id=comment["id"])).json()["comments"] == []
        assert errors(await staff.delete("/admin/users/comments", id=comment["id"])) == (
            404,
            ["admin.comment.doesnt_exist"],
        )
        assert [entry.action for entry in await trail(exchange)] == ["create", "update", "delete"]
        assert errors(await staff.delete("/admin/users/data_storage", uid=member.uid, title="x")) == (
            404,
            ["admin.storage.doesnt_exist"],
        )


async def test_missing_and_empty_parameters_are_named(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        staff = await a_browser(exchange, role="superadmin")
        assert errors(await staff.post("/admin/users/role")) == (
            422,
            ["admin.user.missing_uid", "admin.user.missing_role"],
        )
        assert errors(await staff.post("/admin/users/role", uid=" ", role={"$ne": 1})) == (
            422,
            ["admin.user.empty_uid", "admin.user.missing_role"],
        )
        assert errors(await staff.get("/admin/api_keys")) == (422, ["admin.api_key.missing_uid"])


async def test_a_refused_action_leaves_nothing_behind(database_dsn: str) -> None:
    async with running_identity(database_dsn, role=STAFF) as services:
        member, staff = await a_user(services), await a_user(services, role="admin")
        demoted = Act(Staff(msgspec.structs.replace(staff, role="superadmin"), CLIENT))
        refused = await change_user_state(services, demoted, member.uid, "banned")
        assert refused is Refusal.ACTOR_CHANGED
        async with services.database.connect() as connection:
            found = await user_by_uid(connection, member.uid)
            assert found is not None
            assert found.state == "active"
            assert (await store.chain_end(connection)).seq == 0


def demanding_reasons(services: IdentityServices) -> IdentityServices:
    return replace(services, settings=msgspec.structs.replace(services.settings, staff_reason=True))


async def test_a_reason_is_demanded_where_the_operator_wants_one(database_dsn: str) -> None:
    async with running_exchange(database_dsn, plugged=demanding_reasons) as exchange:
        staff, member = await a_browser(exchange, role="admin"), await a_browser(exchange)
        for reason in (None, "", "  "):
            answer = await staff.post("/admin/users/update", uid=member.uid, state="banned", reason=reason)
            assert errors(answer) == (422, ["admin.reason.missing"])
        answer = await staff.post("/admin/users/update", uid=member.uid, state="banned", reason="because")
        assert answer.status_code == 200
