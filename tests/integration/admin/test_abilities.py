"""Who of staff may call what, tried for every route of the group as every role."""

import re
from typing import Any

from pyxiu.api.admin.group import ENDPOINTS
from pyxiu.api.admin.staff_endpoint import NEEDS
from pyxiu.identity.activities import store
from pyxiu.identity.activities.model import ActivityFilter
from pyxiu.identity.staff.abilities import ABILITIES, can
from tests.support.api import Exchange, running_exchange
from tests.support.staff import a_browser, open_admin_paths

#: Written out once more, so that a change of the table in the code is noticed.
EXPECTED = {
    "superadmin": ("Ability User Level Label Profile Activity APIKey Permission Restriction Document", ""),
    "admin": ("Ability User Level Label Profile APIKey Restriction Document", "Activity Permission"),
    "technical": ("APIKey Restriction", "Ability User Level Label Profile Activity"),
    "accountant": ("", "Ability User Level Label Profile Activity"),
    "compliance": ("User Level Label Profile", "Ability Document"),
    "support": ("User", "Ability Label Level Profile Activity"),
}
ROLES = (*EXPECTED, "member", "trader", "broker", "maker", "sa_maker")
NOT_PERMITTED = {"errors": ["admin.ability.not_permitted"]}


def test_roles_have_the_abilities_of_the_reference() -> None:
    found = {role: (set(abilities.manage), set(abilities.read)) for role, abilities in ABILITIES.items()}
    assert found == {role: (set(manage.split()), set(read.split())) for role, (manage, read) in EXPECTED.items()}


def test_every_route_below_admin_is_declared_with_an_ability() -> None:
    from pyxiu.api.routes import ENDPOINTS as ALL

    below = {(endpoint.method, endpoint.path) for endpoint in ALL if endpoint.path.startswith("/admin/")}
    assert below == NEEDS.keys() == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}
    assert all(endpoint.private and endpoint.scope is None for endpoint in ENDPOINTS)


async def test_t70_every_route_refuses_every_role_that_lacks_its_ability(database_dsn: str) -> None:
    wrong: list[Any] = []
    async with running_exchange(database_dsn) as exchange:
        await open_admin_paths(exchange, *ROLES)
        for role in ROLES:
            browser = await a_browser(exchange, role=role)
            for (method, path), need in NEEDS.items():
                answer = await browser.call(method, re.sub(r"\{\w+\}", "ID0000000000", path))
                refused = answer.status_code == 401 and answer.json() == NOT_PERMITTED
                # A request without parameters goes no further than their check where it is permitted.
                if refused == can(role, need) or (not refused and answer.status_code not in {200, 404, 422}):
                    wrong.append((role, method, path, answer.status_code, answer.text))
        denied = await trail(exchange, result="denied")
    assert not wrong
    assert denied == sum(not can(role, need) for role in ROLES for need in NEEDS.values())


async def test_staff_without_a_second_factor_may_do_nothing(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        staff = await a_browser(exchange, role="superadmin", second_factor=False)
        for answer in (await staff.get("/admin/users"), await staff.post("/admin/users/role", uid="x", role="admin")):
            assert (answer.status_code, answer.json()) == (401, {"errors": ["admin.second_factor.required"]})


async def test_with_the_permissions_that_an_exchange_starts_with(database_dsn: str) -> None:
    expected = {
        ("admin", "/admin/permissions"): 401,
        ("admin", "/admin/activities/admin"): 401,
        ("admin", "/admin/users"): 200,
        ("support", "/admin/restrictions"): 401,
        ("member", "/admin/users"): 401,
        ("superadmin", "/admin/activities/admin"): 200,
    }
    async with running_exchange(database_dsn) as exchange:
        browsers = {role: await a_browser(exchange, role=role) for role, _ in expected}
        found = {(role, path): (await browsers[role].get(path)).status_code for role, path in expected}
    assert found == expected


async def test_abilities_are_told_to_staff(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        body = (await (await a_browser(exchange, role="support")).get("/admin/abilities")).json()
        assert body["manage"] == ["User"]
        assert set(body["read"]) == {"Ability", "Label", "Level", "Profile", "Activity"}


async def trail(exchange: Exchange, **wanted: Any) -> int:
    async with exchange.staff.database.connect() as connection:
        _, total = await store.page_of(connection, ActivityFilter(topic="admin", **wanted), limit=1, offset=0)
    return total
