"""T-69, S-1: every id of every private route, asked for by somebody else.

Generated from the table of endpoints: a route with an id that this page knows no example of fails, so whoever adds a
route adds its object. Alice has one of everything; Bob, logged in as an ordinary member, asks for hers. He gets 403 or
404 (or is stopped before, where a second factor or a staff role is asked for), is told nothing, and changes nothing.
"""

import itertools
import json
import re
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.api.endpoint import Endpoint
from pyxiu.api.openapi import build_document, operation_id
from pyxiu.api.params import declared
from pyxiu.api.routes import ENDPOINTS
from pyxiu.custody.deposits.tables import deposits
from pyxiu.identity.labels.change_labels import set_label
from pyxiu.identity.labels.model import LabelScope
from pyxiu.identity.tables.external import external_identities
from pyxiu.identity.tables.factors import api_keys, passkeys, service_accounts
from tests.support.api import Browser, Exchange
from tests.support.members import BTC_ADDRESSES, a_withdrawer

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOCUMENT = build_document(ENDPOINTS, "0.0.0")
#: Answered before somebody looks for the object: which second factor, which password.
STOPPED_BEFORE = {400, 401, 422}
ASKS_FOR_A_FACTOR = re.compile(r"/resource/(service_accounts/)?(api_keys|passkeys)")
#: Parameters in a path that are no ids of somebody's object.
NO_OBJECTS = {"currency", "topic", "path"}
#: Parameters in a query or body that name somebody's object.
NAMES_AN_OBJECT = {"uid", "kid", "service_account_uid", "target_uid", "user_uid"}


_numbers = itertools.count(1)


class Hers(msgspec.Struct):
    """What Alice has, by the parameter that names it; `id` differs by route."""

    browser: Browser
    order: dict[str, Any]
    named: dict[str, str]
    passkey: int
    external_identity: int
    beneficiary: int
    withdrawal: int

    def value(self, endpoint: Endpoint, name: str) -> str:
        if name == "id":
            by_route = {
                "/market/orders/": str(self.order["id"]),
                "/resource/sessions/": str(self.browser.opened.session_id),
                "/resource/passkeys/": str(self.passkey),
                "/resource/external_identities/": str(self.external_identity),
                "/account/beneficiaries/": str(self.beneficiary),
                "/account/withdraws/": str(self.withdrawal),
            }
            for part, value in by_route.items():
                if part in endpoint.full_path:
                    return value
        assert name in self.named, f"{endpoint.method} {endpoint.path}: give Alice an object that {name!r} names"
        return self.named[name]


class Alice(msgspec.Struct):
    browser: Browser
    named: dict[str, str]
    passkey: int
    external_identity: int
    beneficiary: int
    withdrawal: int


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def alice(exchange: Exchange) -> Alice:
    """Her account, with all that does not change by itself."""
    member = await a_withdrawer(exchange, usd="1000", btc="1")
    browser, user = member.browser, member.browser.user
    # Over the limit, so that it waits and could still be canceled.
    withdrawal = await member.withdraw(amount="0.9")
    assert withdrawal.status_code == 201, withdrawal.text
    async with exchange.staff.database.begin() as connection:
        await set_label(connection, exchange.identity, user.id, "hers-alone", "secret-value", scope=LabelScope.PUBLIC)
        account = {"uid": f"SI{user.id:010}", "owner_id": user.id, "email": f"si{user.id}@a.example"}
        account |= {"role": "maker", "level": 3, "state": "active"}
        account_id = await inserted(connection, service_accounts, account)
        kid = f"{user.id:016x}"
        key = {"kid": kid, "user_id": user.id, "service_account_id": account_id, "algorithm": "HS256"}
        key |= {"secret_sealed": b"x", "scopes": ["read"], "label": "hers", "networks": [], "state": "active"}
        await inserted(connection, api_keys, key | {"legacy_signature": False})
        passkey = {"user_id": user.id, "credential_id": kid.encode(), "public_key": b"k", "sign_count": 0}
        passkey |= {"label": "hers", "aaguid": "", "transports": [], "backed_up": False, "state": "active"}
        passkey_id = await inserted(connection, passkeys, passkey)
        link = {"issuer": "https://tenant.example/", "subject": kid, "user_id": user.id}
        link_id = await inserted(connection, external_identities, link)
    # Deposits are the watcher's to make, so this one is the database owner's.
    async with exchange.catalog.begin() as connection:
        deposit = {"tid": f"TID{kid[-10:]}", "uid": user.uid, "currency": "usd", "decimals": 10, "amount": 10**10}
        deposit |= {"txid": f"tx-{kid}", "state": "submitted", "transfer_type": "swift"}
        await inserted(connection, deposits, deposit)
    named = dict.fromkeys(("uid", "target_uid", "user_uid"), user.uid)
    named |= {"kid": kid, "service_account_uid": str(account["uid"]), "key": "hers-alone", "txid": f"tx-{kid}"}
    return Alice(browser, named, passkey_id, link_id, member.beneficiary_id, withdrawal.json()["id"])


@pytest_asyncio.fixture(loop_scope="module")
async def hers(alice: Alice) -> Hers:
    """With an order that is open."""
    name = f"hers-{next(_numbers)}"
    order = {"market": "btcusd", "side": "buy", "volume": "0.01", "price": "100", "client_order_id": name}
    placed = await alice.browser.request("POST", "/api/v2/peatio/market/orders", json=order)
    assert placed.status_code == 201, placed.text
    named = {**alice.named, "client_order_id": name}
    numbers = (alice.passkey, alice.external_identity, alice.beneficiary, alice.withdrawal)
    return Hers(alice.browser, placed.json(), named, *numbers)


async def inserted(connection: AsyncConnection, table: Any, values: dict[str, Any]) -> int:
    number: int = (await connection.execute(insert(table).values(values).returning(table.c.id))).scalar_one()
    return number


async def everything_of(exchange: Exchange, hers: Hers) -> str:
    """All rows that are hers, and her order."""
    rows: dict[str, Any] = {}
    columns = text(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND (column_name IN ('user_id', 'owner_id') OR (table_name = 'users' AND column_name = 'id'))"
    )
    by_uid = ("beneficiaries", "withdrawals", "withdrawal_settings", "deposit_addresses")
    async with exchange.catalog.connect() as connection:
        for table, column in (await connection.execute(columns)).all():
            if table == "activities":
                continue
            query = text(f"SELECT to_jsonb(t) FROM {table} t WHERE t.{column} = :mine ORDER BY t::text")
            rows[table] = list((await connection.execute(query, {"mine": hers.browser.user.id})).scalars())
        for table in by_uid:
            query = text(f"SELECT to_jsonb(t) FROM {table} t WHERE t.uid = :mine ORDER BY t::text")
            rows[table] = list((await connection.execute(query, {"mine": hers.browser.user.uid})).scalars())
    for session in rows["sessions"]:
        session.pop("seen_at")
    shown = await hers.browser.request("GET", f"/api/v2/peatio/market/orders/{hers.order['id']}")
    return json.dumps([rows, shown.json()], sort_keys=True)


def requests_with_ids(endpoint: Endpoint, hers: Hers) -> dict[str, Any] | None:
    """Path and parameters with her ids, or None where the route names no object."""
    path = endpoint.full_path
    names = set(endpoint.path_parameters) - NO_OBJECTS
    for name in names:
        path = path.replace(f"{{{name}}}", hers.value(endpoint, name))
    queried = {item.name for item in declared(endpoint.query)} & NAMES_AN_OBJECT
    in_body = set((endpoint.body_schema or {}).get("properties", {})) & (NAMES_AN_OBJECT | {"id"})
    if not (names or queried or in_body) or "{" in path:
        return None
    given = {name: hers.named.get(name, "1") for name in queried | in_body}
    if "value" in (endpoint.body_schema or {}).get("required", ()):
        given["value"] = "of-bob"
    return {"url": path, "params": given if endpoint.method in {"GET", "DELETE"} else {}, "json": given or None}


PRIVATE = [endpoint for endpoint in ENDPOINTS if endpoint.private]


@pytest.mark.parametrize("endpoint", PRIVATE, ids=operation_id)
async def test_t69_nobody_reaches_what_is_somebody_elses(exchange: Exchange, endpoint: Endpoint, hers: Hers) -> None:
    asked = requests_with_ids(endpoint, hers)
    if asked is None:
        return
    bob = await exchange.browser()
    before = await everything_of(exchange, hers)
    body = {} if endpoint.method == "GET" else {"json": asked["json"]}
    response = await bob.request(endpoint.method, asked["url"], params=asked["params"], **body)
    expected = {403, 404}
    if "/admin/" in endpoint.full_path:
        expected = {401}
        assert response.json()["errors"] == ["authz.invalid_permission"]
    elif ASKS_FOR_A_FACTOR.search(endpoint.full_path):
        expected |= STOPPED_BEFORE
    assert response.status_code in expected, response.text
    for secret in (hers.browser.user.email, "secret-value", hers.order["uuid"], hers.browser.opened.csrf_token):
        assert secret not in response.text
    assert await everything_of(exchange, hers) == before


LISTS = [e for e in PRIVATE if e.method == "GET" and not e.path_parameters and "/admin/" not in e.full_path]


@pytest.mark.parametrize("endpoint", LISTS, ids=operation_id)
async def test_t69_lists_show_ones_own_only(exchange: Exchange, endpoint: Endpoint, hers: Hers) -> None:
    bob = await exchange.browser()
    response = await bob.request("GET", endpoint.full_path)
    user = hers.browser.user
    hidden = (user.email, user.uid, "secret-value", hers.named["kid"], hers.order["uuid"], BTC_ADDRESSES[0])
    assert [value for value in hidden if value in response.text] == []


async def test_an_owner_reaches_what_bob_did_not(exchange: Exchange, hers: Hers) -> None:
    """Otherwise the tests above would pass on routes that answer nobody."""
    shown = await hers.browser.request("GET", "/api/v2/barong/resource/labels/hers-alone")
    assert "secret-value" in shown.text
    sessions = await hers.browser.request("GET", "/api/v2/barong/resource/sessions")
    assert [session["id"] for session in sessions.json()] == [hers.browser.opened.session_id]
