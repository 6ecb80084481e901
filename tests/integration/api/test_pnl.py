"""GET /account/stats/pnl: what was traded and withdrawn, at the weighted average cost."""

import pytest

from tests.support.api import Exchange

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_member_sees_what_coins_have_cost_and_brought(exchange: Exchange) -> None:
    seller, buyer = await exchange.member(btc="10"), await exchange.member(usd="1000")
    for price in ("100", "200"):
        await seller.place(side="sell", volume="1", price=price)
        await buyer.place(side="buy", volume="1", price=price)
    await seller.place(side="buy", volume="0.5", price="300")
    await buyer.place(side="sell", volume="0.5", price="300")
    await exchange.projected()
    answer = await buyer.get("/account/stats/pnl", params={"pnl_currency": "USD"})
    assert answer.status_code == 200, answer.text
    rows = {row["currency"]: row for row in answer.json()}
    btc = rows["btc"]
    assert btc["pnl_currency"] == "usd"
    fee = 1 - float(btc["total_credit"]) / 2
    assert 0 <= fee < 0.01
    assert (btc["total_debit"], btc["total_debit_value"], btc["average_sell_price"]) == ("0.5", "150.0", "300.0")
    assert btc["average_buy_price"] == btc["average_balance_price"] == "150.0"
    assert rows["usd"]["average_balance_price"] == "1.0"
    assert (await buyer.get("/account/stats/pnl")).json() == answer.json()
    assert (await buyer.get("/account/stats/pnl", params={"pnl_currency": "btc"})).json() == []


async def test_an_unknown_currency_to_count_in_is_refused(exchange: Exchange) -> None:
    member = await exchange.member()
    answer = await member.get("/account/stats/pnl", params={"pnl_currency": "nope"})
    assert (answer.status_code, answer.json()) == (422, {"errors": ["pnl.currency.doesnt_exist"]})
