"""Permissions and restrictions as decisions: pure, and the same whatever the order of the rows."""

import datetime
import random
from itertools import permutations

import pytest

from pyxiu.identity.access.continents import CONTINENTS, COUNTRIES, continent_of
from pyxiu.identity.access.decide_permission import Policy, Verdict
from pyxiu.identity.access.decide_restriction import Refusal, Restrictions
from pyxiu.identity.access.model import (
    Action,
    Category,
    Permission,
    Restriction,
    RestrictionScope,
    RestrictionState,
    default_code,
)
from pyxiu.identity.access.restrictions import RestrictionDraft, normal_value
from pyxiu.identity.model import Client

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def row(action: str, path: str, verb: str = "ALL", role: str = "member", topic: str | None = None) -> Permission:
    return Permission(
        id=1, role=role, verb=verb, path=path, action=Action(action), topic=topic, created_at=NOW, updated_at=NOW
    )


ROWS = [
    row("ACCEPT", "api/v2/peatio/account"),
    row("ACCEPT", "/api/v2/peatio/market/", "GET"),
    row("DROP", "api/v2/peatio/account/withdraws"),
    row("AUDIT", "api/v2/peatio/account/secrets", topic="secrets"),
    row("AUDIT", "api/v2/barong/admin", role="admin"),
    row("ACCEPT", "api/v2/barong", role="admin"),
]


@pytest.mark.parametrize(
    ("role", "verb", "path", "allowed"),
    [
        ("member", "GET", "/api/v2/peatio/account", True),
        ("member", "DELETE", "/api/v2/peatio/account/balances/btc", True),
        ("member", "GET", "/api/v2/peatio/accountant", False),
        ("member", "GET", "/api/v2/peatio/account-x/y", False),
        ("member", "GET", "/api/v2/peatio/account/withdraws", False),
        ("member", "GET", "/api/v2/peatio/account/withdraws/7", False),
        ("member", "GET", "/api/v2/peatio/account/withdrawsome", True),
        ("member", "GET", "/api/v2/peatio/market/orders", True),
        ("member", "POST", "/api/v2/peatio/market/orders", False),
        ("member", "GET", "/api/v2/barong/admin/users", False),
        ("nobody", "GET", "/api/v2/peatio/account", False),
        ("member", "TRACE", "/api/v2/peatio/account", False),
        ("member", "get", "/api/v2/peatio/account", False),
        ("", "GET", "/", False),
    ],
)
def test_only_what_a_row_accepts_and_none_drops_is_allowed(role: str, verb: str, path: str, *, allowed: bool) -> None:
    assert Policy(ROWS).decide(role, verb, path).allowed == allowed


def test_the_order_of_rows_does_not_matter() -> None:
    paths = ["/api/v2/peatio/account/withdraws/7", "/api/v2/peatio/account/x", "/api/v2/peatio/market/orders"]
    for rows in permutations(ROWS[:4]):
        policy = Policy(rows)
        assert [policy.decide("member", "GET", path).allowed for path in paths] == [False, True, True]


def test_an_audit_row_names_its_topic_and_lets_nothing_in() -> None:
    policy = Policy(ROWS)
    assert policy.decide("member", "PUT", "/api/v2/peatio/account/secrets") == Verdict(True, "secrets")
    assert policy.decide("admin", "POST", "/api/v2/barong/admin/users/role") == Verdict(True, "users")
    assert policy.decide("admin", "POST", "/api/v2/barong/admin") == Verdict(True, "general")
    alone = Policy([row("AUDIT", "api/v2")])
    assert not alone.decide("member", "GET", "/api/v2/x").allowed


def rule(category: str, scope: str, value: str, *, code: int = 0, state: str = "enabled") -> Restriction:
    named = Category(category), RestrictionScope(scope)
    return Restriction(
        id=1,
        category=named[0],
        scope=named[1],
        value=value,
        code=code or default_code(*named),
        state=RestrictionState(state),
        created_at=NOW,
        updated_at=NOW,
    )


HOME = Client("198.51.100.7", country="DE")


@pytest.mark.parametrize(
    ("scope", "value", "client", "status"),
    [
        ("all", "all", HOME, 401),
        ("ip", "198.51.100.7", HOME, 401),
        ("ip", "198.51.100.8", HOME, None),
        ("ip", "2001:db8::7", Client("2001:db8::7"), 401),
        ("ip_subnet", "198.51.100.0/24", HOME, 403),
        ("ip_subnet", "198.51.101.0/24", HOME, None),
        ("ip_subnet", "2001:db8::/32", Client("2001:db8:5::1"), 403),
        ("ip_subnet", "0.0.0.0/0", Client("2001:db8:5::1"), None),
        ("country", "de", HOME, 423),
        ("country", "fr", HOME, None),
        ("continent", "eu", HOME, 423),
        ("continent", "as", HOME, None),
        ("country", "de", Client("198.51.100.7"), None),
        ("ip", "198.51.100.7", Client("nonsense", country="DE"), None),
    ],
)
def test_each_scope_covers_what_it_says(scope: str, value: str, client: Client, status: int | None) -> None:
    found = Restrictions([rule("blacklist", scope, value)]).decide(client, login=False)
    assert found == (None if status is None else Refusal(status, "authz.restrict.blacklist"))


def test_categories_and_scopes_are_looked_at_in_their_order() -> None:
    rows = [
        rule("blacklist", "country", "de", code=423),
        rule("blacklist", "ip", "198.51.100.7", code=401),
        rule("maintenance", "country", "de"),
        rule("blocklogin", "all", "all", code=403),
    ]
    for _ in range(5):
        random.shuffle(rows)
        restrictions = Restrictions(rows)
        assert restrictions.decide(HOME, login=False) == Refusal(471, "authz.restrict.maintenance")
        without = Restrictions([one for one in rows if one.category is not Category.MAINTENANCE])
        assert without.decide(HOME, login=True) == Refusal(401, "authz.restrict.blacklist")
        logins = Restrictions([rule("blocklogin", "all", "all", code=403)])
        assert logins.decide(HOME, login=False) is None
        assert logins.decide(HOME, login=True) == Refusal(403, "authz.restrict.blocklogin")


def test_whoever_is_whitelisted_is_let_in() -> None:
    rows = [rule("maintenance", "all", "all"), rule("whitelist", "ip_subnet", "198.51.100.0/24")]
    assert Restrictions(rows).decide(HOME, login=True) is None
    assert Restrictions(rows).decide(Client("203.0.113.1"), login=False) is not None


def test_disabled_rows_are_none() -> None:
    restrictions = Restrictions([rule("maintenance", "all", "all", state="disabled")])
    assert (restrictions.any, restrictions.decide(HOME, login=True)) == (False, None)


@pytest.mark.parametrize(
    ("scope", "value", "kept"),
    [
        ("ip", " 198.51.100.7 ", "198.51.100.7"),
        ("ip", "2001:DB8:0::7", "2001:db8::7"),
        ("ip", "198.51.100.0/24", None),
        ("ip_subnet", "198.51.100.7/24", "198.51.100.0/24"),
        ("ip_subnet", "x", None),
        ("country", "DE", "de"),
        ("country", "Germany", None),
        ("continent", "EU", "eu"),
        ("continent", "europe", None),
        ("all", "whatever", "all"),
        ("all", "x" * 65, None),
    ],
)
def test_values_are_kept_in_one_form_or_refused(scope: str, value: str, kept: str | None) -> None:
    assert normal_value(RestrictionScope(scope), value) == kept


def test_a_draft_tells_all_that_is_wrong_with_it() -> None:
    draft = RestrictionDraft(category="x", scope="y", value="z", state="w", code=200)
    words = {problem.rpartition("_")[2] for problem in draft.problems()}
    assert words == {"category", "scope", "state", "code"}


def test_every_country_lies_in_one_continent() -> None:
    assert len(COUNTRIES) == 250
    assert {continent_of(country) for country in COUNTRIES} == CONTINENTS
    assert continent_of("zz") is None
