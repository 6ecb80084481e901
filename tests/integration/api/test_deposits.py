"""GET /account/deposits over the API: one's own, filtered and in pages, with how far each one is."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from pyxiu.custody.deposits.accept_fiat_deposit import accept_fiat_deposit
from pyxiu.custody.deposits.model import Deposit
from pyxiu.custody.deposits.read_pool import Pool
from pyxiu.custody.deposits.record_fiat_deposit import FiatDeposit, record_fiat_deposit
from pyxiu.custody.services import CustodyServices
from tests.support.api import Exchange, Trader
from tests.support.custody import running_custody
from tests.support.deposits import catch_up, watch
from tests.support.scripted_chain import ScriptedChain, pay

pytestmark = pytest.mark.asyncio(loop_scope="module")

NET = "bitcoin"
STAFF = {"actor": "anna", "reason": "statement 7"}
_numbers = itertools.count()
#: One for all tests of this module: they share a database.
CHAIN = ScriptedChain()


@asynccontextmanager
async def operating(exchange: Exchange) -> AsyncIterator[CustodyServices]:
    """Custody as the watcher and staff have it: the API's own connections may only read deposits."""
    custody = exchange.services.custody
    assert custody is not None
    async with running_custody(exchange.engine.dsn, assets=custody.assets, engine=exchange.engine.client) as services:
        yield services


async def paid(exchange: Exchange, member: Trader, *amounts: int, deep: int = 0) -> list[str]:
    """Payments to a member, one block each, and so many blocks above; the transactions' ids."""
    number = next(_numbers)
    txids = [f"tx{number}x{at}" for at in range(len(amounts))]
    for txid, amount in zip(txids, amounts, strict=True):
        CHAIN.mine(pay(txid, f"to{number}", amount))
    CHAIN.empty(deep)
    async with operating(exchange) as services:
        await watch(services, NET, {f"to{number}": member.uid})
        await catch_up(services, NET, CHAIN)
    return txids


async def banked(exchange: Exchange, member: Trader, amount: int) -> Deposit:
    wanted = FiatDeposit(uid=member.uid, currency="usd", decimals=2, amount=amount, fee=100, txid="REF")
    async with operating(exchange) as services:
        made = await record_fiat_deposit(services, wanted, **STAFF)
    assert isinstance(made, Deposit), made
    return made


async def listed(member: Trader, **query: Any) -> list[dict[str, Any]]:
    response = await member.get("/account/deposits", params=query)
    assert response.status_code == 200, response.text
    rows: list[dict[str, Any]] = response.json()
    return rows


async def test_a_deposit_is_shown_with_its_confirmations_until_it_is_accepted(exchange: Exchange) -> None:
    alice, bob = await exchange.member("alice"), await exchange.member("bob")
    [txid] = await paid(exchange, alice, 50_000_000)
    [row] = await listed(alice)
    needed = row["credit_confirmations"]
    assert needed > 1
    shown = {name: row[name] for name in ("currency", "amount", "fee", "txid", "confirmations", "state")}
    assert shown == {
        "currency": "btc",
        "amount": "0.5",
        "fee": "0.0",
        "txid": txid,
        "confirmations": 1,
        "state": "submitted",
    }
    assert (row["transfer_type"], row["blockchain_key"], row["completed_at"]) == ("crypto", NET, None)
    assert await listed(bob) == []
    CHAIN.empty(needed - 1)
    async with operating(exchange) as services:
        await catch_up(services, NET, CHAIN)
    one = (await alice.get(f"/account/deposits/{txid}")).json()
    assert (one["state"], one["confirmations"], one["tid"]) == ("accepted", needed, row["tid"])
    assert one["completed_at"] is not None
    await exchange.projected()
    assert await alice.balance("btc") == ("0.5", "0.0")
    assert (await bob.get(f"/account/deposits/{txid}")).status_code == 404


async def test_t32_a_payment_that_no_block_has_is_shown_with_no_confirmations_and_is_no_balance(
    exchange: Exchange,
) -> None:
    member = await exchange.member()
    async with operating(exchange) as services:
        await watch(services, NET, {"pooled": member.uid})
        await catch_up(services, NET, CHAIN)
        CHAIN.wait(pay("waiting", "pooled", 10**8))
        await Pool(services, NET, CHAIN).look()
        [shown] = await listed(member)
        assert (shown["state"], shown["confirmations"], shown["txid"]) == ("submitted", 0, "waiting")
        assert await listed(member, state="submitted") == [shown]
        assert await listed(member, state="canceled") == []
        assert (await member.get("/account/deposits/waiting")).json() == shown
        [row] = (await member.get("/account/transactions")).json()
        assert (row["tid"], row["confirmations"], row["state"]) == (shown["tid"], 0, "submitted")
        assert (await member.get("/account/balances/btc")).json()["balance"] == "0.0"
        CHAIN.pooled.clear()
        await Pool(services, NET, CHAIN, gone_after=timedelta(0)).look()
    assert [(one["tid"], one["state"]) for one in await listed(member)] == [(shown["tid"], "canceled")]


async def test_deposits_are_filtered_and_paged(exchange: Exchange) -> None:
    alice = await exchange.member("alice")
    txids = await paid(exchange, alice, 1_000_000, 2_000_000, deep=20)
    [waiting] = await paid(exchange, alice, 3_000_000)
    deposit = await banked(exchange, alice, 10_000)
    assert [row["txid"] for row in await listed(alice)] == ["REF", waiting, txids[1], txids[0]]
    assert [row["txid"] for row in await listed(alice, state="accepted")] == [txids[1], txids[0]]
    assert [row["txid"] for row in await listed(alice, state=["submitted"], currency="BTC")] == [waiting]
    assert [row["txid"] for row in await listed(alice, txid=txids[0])] == [txids[0]]
    assert [row["txid"] for row in await listed(alice, blockchain_key=NET, limit=1, page=2)] == [txids[1]]
    assert await listed(alice, state="skipped") == []
    assert await listed(alice, time_to=1) == []
    assert len(await listed(alice, time_from=1)) == 4
    response = await alice.get("/account/deposits", params={"limit": 3})
    assert (response.headers["total"], response.headers["per-page"], len(response.json())) == ("4", "3", 3)
    async with operating(exchange) as services:
        await accept_fiat_deposit(services, deposit.tid, **STAFF)
    [fiat] = await listed(alice, currency="usd")
    assert "confirmations" not in fiat
    assert (fiat["amount"], fiat["fee"], fiat["state"], fiat["transfer_type"]) == ("99.0", "1.0", "accepted", "fiat")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"currency": "nope"}, "account.currency.doesnt_exist"),
        ({"state": "nope"}, "account.deposit.invalid_state"),
        ({"limit": 101}, "account.deposit.invalid_limit"),
        ({"limit": "x"}, "account.deposit.non_integer_limit"),
        ({"page": 0}, "account.deposit.non_positive_page"),
        ({"time_from": "x"}, "account.deposit.non_integer_time_from"),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(exchange: Exchange, query: dict[str, Any], code: str) -> None:
    alice = await exchange.member("alice")
    response = await alice.get("/account/deposits", params=query)
    assert (response.status_code, response.json()) == (422, {"errors": [code]})


async def test_a_member_below_the_level_for_deposits_is_told_so(exchange: Exchange) -> None:
    low = await exchange.member("low", level=0)
    for path in ("/account/deposits", "/account/deposits/tx"):
        response = await low.get(path)
        assert (response.status_code, response.json()) == (403, {"errors": ["account.deposit.not_permitted"]})


async def test_deposits_need_a_login(exchange: Exchange) -> None:
    assert (await exchange.get("/account/deposits")).status_code == 401
