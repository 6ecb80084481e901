"""The rules that staff sets, what it sees of everybody's activities, and its figures."""

from tests.integration.admin.test_users import errors, trail
from tests.support.api import running_exchange
from tests.support.staff import a_browser

PERMISSION = {"role": "trader", "verb": "get", "path": "api/v2/barong/admin/levels", "action": "accept"}


async def test_a_permission_is_added_changed_and_removed_with_a_trace(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        boss = await a_browser(exchange, role="superadmin")
        made = (await boss.post("/admin/permissions", **PERMISSION, reason="levels for traders")).json()
        assert (made["verb"], made["action"]) == ("GET", "ACCEPT")
        changed = (await boss.put("/admin/permissions", id=made["id"], action="DROP")).json()
        assert (changed["action"], changed["path"]) == ("DROP", PERMISSION["path"])
        listed = await boss.get("/admin/permissions", limit=1000)
        assert changed in listed.json()
        assert int(listed.headers["total"]) == len(listed.json())
        assert (await boss.delete("/admin/permissions", id=made["id"])).status_code == 200
        assert errors(await boss.delete("/admin/permissions", id=made["id"])) == (404, ["record.not_found"])
        entries = await trail(exchange)
        assert [(entry.topic, entry.action) for entry in entries] == [
            ("permissions", "create"),
            ("permissions", "update"),
            ("permissions", "delete"),
        ]
        assert entries[1].before is not None
        assert entries[1].after is not None
        assert (entries[1].before["action"], entries[1].after["action"]) == ("ACCEPT", "DROP")
        wrong = await boss.post("/admin/permissions", **{**PERMISSION, "verb": "FETCH", "action": "MAYBE"})
        assert errors(wrong) == (422, ["admin.permissions.invalid_verb", "admin.permissions.invalid_action"])


async def test_a_restriction_is_added_changed_and_removed_with_a_trace(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        staff = await a_browser(exchange, role="technical")
        rule = {"scope": "ip_subnet", "value": "192.0.2.0/24", "category": "blacklist"}
        made = (await staff.post("/admin/restrictions", **rule)).json()
        assert (made["code"], made["state"]) == (403, "enabled")
        changed = await staff.put("/admin/restrictions", id=made["id"], state="disabled", code=451)
        assert (changed.json()["code"], changed.json()["state"]) == (451, "disabled")
        assert (await staff.get("/admin/restrictions", category="blacklist")).json() == [changed.json()]
        assert (await staff.get("/admin/restrictions", category="whitelist")).json() == []
        wrong = await staff.put("/admin/restrictions", id=made["id"], value="192.0.2.0/99")
        assert errors(wrong) == (422, ["admin.restriction.invalid_value"])
        assert (await staff.delete("/admin/restrictions", id=made["id"])).status_code == 200
        token = (await staff.post("/admin/restrictions/whitelink", expire_time=2, range="hour")).json()
        assert len(token["whitelink_token"]) == 64
        entries = await trail(exchange)
        assert [entry.action for entry in entries] == ["create", "update", "delete", "whitelink"]
        assert token["whitelink_token"] not in str(entries[3])
        for wrong_time in (0, 31, "x"):
            assert (await staff.post("/admin/restrictions/whitelink", expire_time=wrong_time)).status_code == 422


async def test_activities_are_shown_with_those_whom_they_are_about(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        boss, member = await a_browser(exchange, role="superadmin"), await a_browser(exchange)
        await boss.post("/admin/users/update", uid=member.uid, state="locked", reason="a hunch")
        (entry,) = (await boss.get("/admin/activities/admin", target_uid=member.uid)).json()
        assert (entry["admin"]["uid"], entry["target"]["uid"]) == (boss.uid, member.uid)
        assert (entry["before"], entry["reason"], entry["chain_seq"]) == ({"state": "active"}, "a hunch", 1)
        signups = await boss.get("/admin/activities", topic="account", action="signup", uid=member.uid)
        assert [(row["user"]["email"], row["result"]) for row in signups.json()] == [(member.user.email, "succeed")]
        assert signups.headers["total"] == "1"
        assert (await boss.get("/admin/activities/admin", to=1)).json() == []


async def test_metrics_count_signups_by_day(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        staff = await a_browser(exchange, role="accountant")
        await a_browser(exchange)
        figures = (await staff.get("/admin/metrics")).json()
        assert sum(figures["signups"].values()) == 2
        assert figures["pending_applications"] == 0
        assert (await staff.get("/admin/metrics", created_to="2001-01-01")).json()["signups"] == {}
        for wrong in ("soon", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
            refused = await staff.get("/admin/metrics", created_from=wrong)
            assert errors(refused) == (422, ["admin.metrics.invalid_date"]), wrong
        levels = (await staff.get("/admin/levels")).json()
        assert [(level["id"], level["key"]) for level in levels] == [(1, "email"), (2, "phone"), (3, "document")]
        refused = await staff.get("/admin/api_keys", uid=staff.uid)
        assert refused.status_code == 401


async def test_keys_of_a_user_are_shown_without_secrets(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        staff, trader = await a_browser(exchange, role="admin"), await exchange.member()
        answer = await staff.get("/admin/api_keys", uid=trader.uid)
        (key,) = answer.json()
        assert key["kid"] == trader.auth.kid
        assert trader.auth.secret not in answer.text
        assert "secret" not in key
        assert errors(await staff.get("/admin/api_keys", uid="ID0")) == (404, ["admin.user.doesnt_exist"])
