"""Placing, reading and canceling orders over HTTP, with the real engine and the real tables behind."""

import asyncio

import pytest

from tests.support.api import Exchange

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_limit_order_stands_in_the_book_and_holds_its_funds(exchange: Exchange) -> None:
    alice = await exchange.member(usd="1000")
    order = await alice.place(side="buy", volume="0.01", price="20000.5")
    assert order["state"] == "wait"
    assert (order["price"], order["origin_volume"], order["remaining_volume"]) == ("20000.5", "0.01", "0.01")
    assert (order["maker_fee"], order["taker_fee"]) == ("0.001", "0.002")
    assert await alice.balance("usd") == ("799.995", "200.005")


async def test_a_trade_moves_money_and_is_seen_by_both(exchange: Exchange) -> None:
    seller, buyer = await exchange.member(btc="1"), await exchange.member(usd="10000")
    offer = await seller.place(side="sell", volume="0.3", price="9000")
    taken = await buyer.place(side="buy", volume="0.1", price="9100")
    assert (taken["state"], taken["avg_price"], taken["executed_volume"]) == ("done", "9000.0", "0.1")
    assert await buyer.balance("usd") == ("9100.0", "0.0")
    assert await buyer.balance("btc") == ("0.0998", "0.0")
    assert await seller.balance("usd") == ("899.1", "0.0")
    assert await seller.balance("btc") == ("0.7", "0.2")
    (bought,) = (await buyer.get("/market/trades")).json()
    assert (bought["side"], bought["fee_currency"], bought["fee"], bought["fee_amount"]) == (
        "buy",
        "btc",
        "0.002",
        "0.0002",
    )
    (sold,) = (await seller.get(f"/market/orders/{offer['id']}")).json()["trades"]
    assert (sold["side"], sold["fee_currency"], sold["fee"], sold["fee_amount"]) == ("sell", "usd", "0.001", "0.9")
    assert (sold["id"], sold["price"], sold["amount"], sold["total"]) == (bought["id"], "9000.0", "0.1", "900.0")
    await seller.post("/market/orders/cancel")


async def test_what_was_placed_is_in_what_is_read_next(exchange: Exchange) -> None:
    """Read your own writes, many times, while the projector runs behind."""
    alice = await exchange.member(usd="1000")
    for number in range(20):
        order = await alice.place(side="buy", volume="0.001", price=f"{100 + number}")
        listed = (await alice.get("/market/orders", params={"limit": 1})).json()
        assert [found["id"] for found in listed] == [order["id"]]
        canceled = await alice.post(f"/market/orders/{order['uuid']}/cancel")
        assert canceled.json()["state"] == "cancel"
        assert (await alice.get(f"/market/orders/{order['uuid']}")).json()["state"] == "cancel"


async def test_what_is_placed_is_read_as_it_was_answered(exchange: Exchange) -> None:
    alice = await exchange.member(usd="1000")
    order = await alice.place(
        side="buy", volume="0.01", price="111.1", stp="none", post_only=True, client_order_id="as-answered"
    )
    read = (await alice.get(f"/market/orders/{order['id']}")).json()
    assert read.pop("trades") == []
    assert read == order
    assert (await alice.get("/market/orders")).json() == [order]


async def test_a_cancel_answers_the_canceled_order_and_frees_its_funds(exchange: Exchange) -> None:
    alice = await exchange.member(usd="1000")
    order = await alice.place(side="buy", volume="0.01", price="5000")
    response = await alice.post(f"/market/orders/{order['id']}/cancel", content=b"null")
    assert response.status_code == 201
    assert (response.json()["state"], response.json()["remaining_volume"]) == ("cancel", "0.01")
    assert await alice.balance("usd") == ("1000.0", "0.0")


async def test_an_order_that_has_ended_cannot_be_canceled_again(exchange: Exchange) -> None:
    alice = await exchange.member(usd="1000")
    order = await alice.place(side="buy", volume="0.01", price="5000")
    await alice.post(f"/market/orders/{order['id']}/cancel")
    for reference in (order["id"], order["uuid"]):
        again = await alice.post(f"/market/orders/{reference}/cancel")
        assert (again.status_code, again.json()["errors"]) == (422, ["market.order.cancel_error"])


async def test_somebody_elses_order_is_not_found(exchange: Exchange) -> None:
    """T-69, S-1."""
    alice, mallory = await exchange.member(usd="1000"), await exchange.member(usd="1000")
    order = await alice.place(side="buy", volume="0.01", price="5000", client_order_id="alices")
    for reference in (order["id"], order["uuid"]):
        for response in (
            await mallory.get(f"/market/orders/{reference}"),
            await mallory.post(f"/market/orders/{reference}/cancel"),
        ):
            assert (response.status_code, response.json()["errors"]) == (404, ["record.not_found"])
    assert (await mallory.get("/market/orders/by_client_id/alices")).status_code == 404
    batch = await mallory.post("/market/orders/batch", json={"items": [{"action": "cancel", "id": order["id"]}]})
    assert batch.json()[0]["status"] == 404
    assert (await mallory.get("/market/orders")).json() == []
    assert (await mallory.post("/market/orders/cancel")).json() == []
    assert (await alice.get(f"/market/orders/{order['id']}")).json()["state"] == "wait"


async def test_a_uuid_of_another_time_is_not_that_order(exchange: Exchange) -> None:
    alice = await exchange.member(usd="1000")
    order = await alice.place(side="buy", volume="0.01", price="5000")
    other = "00000000-0000" + order["uuid"][13:]
    assert (await alice.get(f"/market/orders/{other}")).status_code == 404
    assert (await alice.get(f"/market/orders/{order['uuid'].upper()}")).status_code == 200
    assert (await alice.get(f"/market/orders/{order['uuid'].replace('-', '')}")).status_code == 200


async def test_an_order_is_found_by_its_client_order_id(exchange: Exchange) -> None:
    alice = await exchange.member(usd="1000")
    order = await alice.place(side="buy", volume="0.01", price="5000", client_order_id="Bot.7:a_b-c")
    found = (await alice.get("/market/orders/by_client_id/Bot.7:a_b-c")).json()
    assert (found["id"], found["trades"]) == (order["id"], [])
    assert (await alice.get("/market/orders/by_client_id/other")).status_code == 404
    assert (await alice.get("/market/orders/by_client_id/a%20b")).status_code == 422


async def test_all_open_orders_of_a_side_or_market_are_canceled(exchange: Exchange) -> None:
    alice = await exchange.member(usd="10000", btc="1", eth="1")
    bids = [await alice.place(side="buy", volume="0.01", price=f"{10 + number}") for number in range(3)]
    ask = await alice.place(side="sell", volume="0.01", price="90000")
    other = await alice.place(market="ethusd", side="sell", volume="0.1", price="90000")
    response = await alice.post("/market/orders/cancel", json={"market": "btcusd", "side": "buy"})
    assert response.status_code == 201
    assert [(order["id"], order["state"]) for order in response.json()] == [(bid["id"], "cancel") for bid in bids]
    response = await alice.post("/market/orders/cancel", data={"market": "BTCUSD"})
    assert [order["id"] for order in response.json()] == [ask["id"]]
    response = await alice.post("/market/orders/cancel")
    assert [order["id"] for order in response.json()] == [other["id"]]
    assert (await alice.post("/market/orders/cancel", json={})).json() == []


async def test_more_orders_than_one_command_cancels_are_all_canceled(exchange: Exchange) -> None:
    alice = await exchange.member(usd="100000")
    item = {"market": "btcusd", "side": "buy", "volume": "0.0001", "price": "1"}
    for _ in range(6):
        placed = await alice.post("/market/orders/batch", json={"items": [item] * 200})
        assert {outcome["status"] for outcome in placed.json()} == {201}
    canceled = (await alice.post("/market/orders/cancel")).json()
    assert len(canceled) == 1200
    assert {order["state"] for order in canceled} == {"cancel"}
    assert await alice.balance("usd") == ("100000.0", "0.0")


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"market": "nope"}, ["market.market.doesnt_exist"]),
        ({"market": 7}, ["market.market.doesnt_exist"]),
        ({"side": "up"}, ["market.order.invalid_side"]),
        ({"side": []}, ["market.order.invalid_side"]),
        ({"market": {}, "side": 1}, ["market.market.doesnt_exist", "market.order.invalid_side"]),
    ],
)
async def test_nothing_is_canceled_for_a_market_or_side_that_is_none(
    exchange: Exchange, body: dict[str, object], codes: list[str]
) -> None:
    alice = await exchange.member(usd="1000")
    order = await alice.place(side="buy", volume="0.01", price="5000")
    response = await alice.post("/market/orders/cancel", json=body)
    assert (response.status_code, response.json()["errors"]) == (422, codes)
    assert (await alice.get(f"/market/orders/{order['id']}")).json()["state"] == "wait"


async def test_the_terms_the_dialect_did_not_know_do_what_they_say(exchange: Exchange) -> None:
    """T-23, T-24, T-26 from outside."""
    maker, alice = await exchange.member(eth="10"), await exchange.member(usd="10000")
    await maker.place(market="ethusd", side="sell", volume="1", price="100")

    async def codes(**order: object) -> list[str]:
        response = await alice.post("/market/orders", json={"market": "ethusd", "side": "buy", **order})
        assert response.status_code == 422
        errors: list[str] = response.json()["errors"]
        return errors

    assert await codes(volume="1", price="100", post_only=True) == ["market.order.post_only_would_take"]
    assert await codes(volume="2", price="100", time_in_force="fok") == ["market.order.fill_or_kill_unfillable"]
    assert await codes(volume="2", ord_type="market") == ["market.order.insufficient_market_liquidity"]
    assert await codes(volume="1", price="1", quote_amount="5") == ["market.order.contradicting_terms"]
    assert await codes(volume="1", price="100", post_only=True, time_in_force="ioc") == [
        "market.order.contradicting_terms"
    ]
    ioc = await alice.place(market="ethusd", side="buy", volume="3", price="99", time_in_force="ioc")
    assert (ioc["state"], ioc["cancel_reason"], ioc["executed_volume"]) == ("cancel", "immediate_remainder", "0.0")
    spent = await alice.place(market="ethusd", side="buy", ord_type="market", quote_amount="25")
    assert (spent["state"], spent["executed_volume"], spent["executed_quote"]) == ("done", "0.25", "25.0")
    assert spent["price"] is None
    own = await maker.post("/market/orders", json={"market": "ethusd", "side": "buy", "volume": "1", "price": "100"})
    assert own.status_code == 422, "the maker has no usd"
    await maker.post("/market/orders/cancel")


async def test_a_batch_is_decided_in_order(exchange: Exchange) -> None:
    alice = await exchange.member(usd="100")
    order = {"market": "btcusd", "side": "buy", "volume": "0.01", "price": "10000"}
    first = await alice.post("/market/orders/batch", json={"items": [{**order, "client_order_id": "b1"}]})
    assert first.json()[0]["status"] == 201
    swap = [{**order, "price": "9000"}, {"action": "cancel", "client_order_id": "b1"}, {**order, "price": "9500"}]
    outcomes = (await alice.post("/market/orders/batch", json={"items": swap})).json()
    assert [outcome["status"] for outcome in outcomes] == [422, 201, 201]
    assert outcomes[0]["errors"] == ["market.account.insufficient_balance"]
    again = await alice.post(
        "/market/orders/batch",
        json={"items": [{"action": "cancel", "client_order_id": "b1"}, {"action": "cancel", "client_order_id": "zz"}]},
    )
    assert [(item["status"], item["errors"]) for item in again.json()] == [
        (422, ["market.order.cancel_error"]),
        (404, ["record.not_found"]),
    ]


async def test_lists_are_filtered_and_paged(exchange: Exchange) -> None:
    alice = await exchange.member(usd="10000", btc="1")
    orders = [await alice.place(side="buy", volume="0.001", price=f"{number + 1}") for number in range(5)]
    other = await alice.place(market="ethusd", side="buy", volume="0.01", price="7")
    ask = await alice.place(side="sell", volume="0.001", price="80000")
    await alice.post(f"/market/orders/{orders[0]['id']}/cancel")

    async def ids(**params: object) -> list[int]:
        response = await alice.get("/market/orders", params=params)
        assert response.status_code == 200, response.text
        assert "total" not in response.headers
        return [order["id"] for order in response.json()]

    newest_first = [orders[0]["id"], ask["id"], other["id"], *(order["id"] for order in reversed(orders[1:]))]
    assert await ids() == newest_first
    assert await ids(order_by="asc") == newest_first[::-1]
    assert await ids(state="wait") == newest_first[1:]
    assert await ids(state="cancel") == newest_first[:1]
    assert await ids(**{"state[]": ["wait", "cancel"]}) == newest_first
    assert await ids(state="pending") == []
    assert await ids(market="ethusd") == [other["id"]]
    assert await ids(**{"market[]": ["ethusd", "btcusd"]}) == newest_first
    assert await ids(base_unit="ETH") == [other["id"]]
    assert await ids(quote_unit="btc") == []
    assert await ids(type="sell") == [ask["id"]]
    assert await ids(ord_type="market") == []
    assert await ids(limit=0) == []
    assert await ids(limit=2, page=2) == newest_first[2:4]
    assert await ids(limit=2, page=99) == []
    assert await ids(time_from=4_000_000_000) == []
    assert await ids(time_to=4_000_000_000) == newest_first
    assert await ids(time_to=1) == []


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"market": "nope"}, "market.market.doesnt_exist"),
        ({"state": "open"}, "market.order.invalid_state"),
        ({"limit": "1001"}, "market.order.invalid_limit"),
        ({"limit": "-1"}, "market.order.invalid_limit"),
        ({"limit": "x"}, "market.order.non_integer_limit"),
        ({"page": "0"}, "market.order.non_positive_page"),
        ({"page": "1000000", "limit": "1000"}, "pagination.page_too_deep"),
        ({"order_by": "id"}, "market.order.invalid_order_by"),
        ({"type": "bid"}, "market.order.invalid_type"),
        ({"ord_type": "stop"}, "market.order.invalid_ord_type"),
        ({"time_from": "soon"}, "market.order.non_integer_time_from"),
        ({"time_from": ""}, "market.order.empty_time_from"),
        ({"time_to": "1620813600000000"}, "market.order.invalid_time_to"),
    ],
)
async def test_filters_that_make_no_sense_are_told_so(exchange: Exchange, params: dict[str, str], code: str) -> None:
    alice = await exchange.member()
    response = await alice.get("/market/orders", params=params)
    assert (response.status_code, response.json()["errors"]) == (422, [code])


async def test_trades_are_filtered_and_paged(exchange: Exchange) -> None:
    seller, buyer = await exchange.member(eth="10"), await exchange.member(btc="10")
    for number in range(3):
        await seller.place(market="ethbtc", side="sell", volume="0.1", price=f"0.0{number + 1}")
        await buyer.place(market="ethbtc", side="buy", volume="0.1", price=f"0.0{number + 1}")

    async def prices(**params: object) -> list[str]:
        response = await buyer.get("/market/trades", params=params)
        assert response.status_code == 200, response.text
        assert (response.headers["page"], "total" in response.headers) == (str(params.get("page", 1)), False)
        return [trade["price"] for trade in response.json()]

    assert await prices() == ["0.03", "0.02", "0.01"]
    assert await prices(order_by="asc", limit=2) == ["0.01", "0.02"]
    assert await prices(limit=2, page=2) == ["0.01"]
    assert await prices(market="btcusd") == []
    assert await prices(type="buy") == ["0.03", "0.02", "0.01"]
    assert await prices(type="sell") == []
    assert await prices(time_to=1) == []
    (trade, *_) = (await buyer.get("/market/trades")).json()
    assert (trade["fee"], trade["fee_currency"], trade["total"]) == ("0.0015", "eth", "0.003")
    assert (await seller.get("/market/trades")).json()[0]["fee"] == "0.0", "makers pay nothing here"


async def test_orders_of_many_members_at_once_keep_apart(exchange: Exchange) -> None:
    members = [await exchange.member(usd="100") for _ in range(8)]

    async def trade(number: int) -> list[int]:
        member = members[number]
        placed = [await member.place(side="buy", volume="0.001", price=f"{number + 1}") for _ in range(5)]
        read = (await member.get("/market/orders", params={"order_by": "asc"})).json()
        assert [order["id"] for order in read] == [order["id"] for order in placed]
        return [order["id"] for order in placed]

    ids = [order_id for found in await asyncio.gather(*map(trade, range(8))) for order_id in found]
    assert len(set(ids)) == 40
