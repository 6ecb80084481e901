"""Retries: the same key has one effect, and every retry is answered like the first request."""

import asyncio
from itertools import repeat

import pytest

from pyxiu.storage.embedded import EmbeddedPostgres
from tests.support.api import Exchange, running_exchange
from tests.support.postgres import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDER = {"market": "btcusd", "side": "buy", "volume": "0.01", "price": "100", "client_order_id": "retry-1"}


async def test_a_hundred_retries_at_once_have_one_effect_and_one_answer(exchange: Exchange) -> None:
    """T-05."""
    alice = await exchange.member(usd="1000")
    responses = await asyncio.gather(*(alice.post("/market/orders", json=order) for order in repeat(ORDER, 100)))
    assert {response.status_code for response in responses} == {201}
    assert len({response.content for response in responses}) == 1
    assert await alice.balance("usd") == ("999.0", "1.0")
    assert len((await alice.get("/market/orders")).json()) == 1


async def test_a_retry_in_another_shape_is_the_same_order(exchange: Exchange) -> None:
    """T-05: a form, a number for a text, the digits written out."""
    alice = await exchange.member(usd="1000")
    first = await alice.post("/market/orders", json=ORDER)
    for arguments in (
        {"data": ORDER},
        {"params": ORDER},
        {"json": {**ORDER, "price": 100, "volume": 0.01, "ord_type": "limit", "unknown": 1}},
        {"json": {**ORDER, "price": "100.00", "volume": "1e-2", "market": "BTCUSD", "side": "BUY"}},
    ):
        assert (await alice.post("/market/orders", **arguments)).content == first.content


@pytest.mark.parametrize(
    "change", [{"volume": "0.02"}, {"price": "101"}, {"side": "sell"}, {"market": "ethusd"}, {"post_only": True}]
)
async def test_the_same_key_with_other_content_is_refused(exchange: Exchange, change: dict[str, object]) -> None:
    """T-06."""
    alice = await exchange.member(usd="1000", btc="1")
    await alice.post("/market/orders", json=ORDER)
    response = await alice.post("/market/orders", json={**ORDER, **change})
    assert (response.status_code, response.json()["errors"]) == (422, ["market.order.client_order_id_reused"])
    assert await alice.balance("usd") == ("999.0", "1.0")


async def test_the_first_answer_is_told_again_after_the_order_has_changed(exchange: Exchange) -> None:
    alice = await exchange.member(usd="1000")
    first = await alice.post("/market/orders", json=ORDER)
    await alice.post(f"/market/orders/{first.json()['id']}/cancel")
    assert (await alice.post("/market/orders", json=ORDER)).content == first.content
    assert (await alice.get("/market/orders/by_client_id/retry-1")).json()["state"] == "cancel"


async def test_keys_of_two_members_have_nothing_to_do_with_each_other(exchange: Exchange) -> None:
    alice, bob = await exchange.member(usd="1000"), await exchange.member(usd="1000")
    first = await alice.post("/market/orders", json=ORDER)
    second = await bob.post("/market/orders", json={**ORDER, "price": "101"})
    assert first.json()["id"] != second.json()["id"]


async def test_a_refused_order_leaves_its_key_free(exchange: Exchange) -> None:
    alice = await exchange.member()
    response = await alice.post("/market/orders", json=ORDER)
    assert response.json()["errors"] == ["market.account.insufficient_balance"]
    await exchange.deposit(alice.uid, "usd", "1000")
    assert (await alice.post("/market/orders", json=ORDER)).status_code == 201


async def test_items_of_a_batch_are_retried_one_by_one(exchange: Exchange) -> None:
    """T-05."""
    alice = await exchange.member(usd="1000")
    items = [{**ORDER, "client_order_id": f"item-{number}"} for number in range(3)]
    first = await alice.post("/market/orders/batch", json={"items": items[:2]})
    second = await alice.post("/market/orders/batch", json={"items": items})
    assert second.json()[:2] == first.json()
    assert await alice.balance("usd") == ("997.0", "3.0")


async def test_a_retry_after_a_restart_is_answered_like_the_first_time(
    postgres_server: EmbeddedPostgres, migrated_template: str
) -> None:
    """T-05 across a restart, T-08."""
    async for dsn in fresh_database(postgres_server.dsn, migrated_template):
        async with running_exchange(dsn) as exchange:
            alice = await exchange.member(usd="1000")
            first = await alice.post("/market/orders", json=ORDER)
            box = exchange.box
        async with running_exchange(dsn, box=box) as exchange:
            again = await exchange.anyone.post("/api/v2/peatio/market/orders", json=ORDER, auth=alice.auth)
            assert (again.status_code, again.content) == (201, first.content)
