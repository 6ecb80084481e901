"""A member's balances."""

import pytest

from tests.support.api import Exchange

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_every_visible_currency_has_a_row(exchange: Exchange) -> None:
    alice = await exchange.member(usd="10.5")
    response = await alice.get("/account/balances")
    assert response.json() == [
        {"currency": "btc", "balance": "0.0", "locked": "0.0", "deposit_address": None},
        {"currency": "eth", "balance": "0.0", "locked": "0.0", "deposit_address": None},
        {"currency": "trst", "balance": "0.0", "locked": "0.0", "deposit_address": None},
        {"currency": "usd", "balance": "10.5", "locked": "0.0"},
    ]
    assert (response.headers["total"], response.headers["page"], response.headers["per-page"]) == ("4", "1", "100")


async def test_balances_are_filtered_and_paged(exchange: Exchange) -> None:
    alice = await exchange.member(usd="100")
    await alice.place(side="buy", volume="1", price="100")

    async def codes(**params: object) -> list[str]:
        return [account["currency"] for account in (await alice.get("/account/balances", params=params)).json()]

    assert await codes(nonzero="true") == ["usd"], "what is only locked is not nothing"
    assert await codes(nonzero="false") == ["btc", "eth", "trst", "usd"]
    assert await codes(**{"search[currency_code]": "BT"}) == ["btc"]
    assert await codes(**{"search[currency_name]": "ether"}) == ["eth"]
    assert await codes(search='{"currency_code":"t"}') == ["btc", "eth", "trst"]
    assert await codes(limit=3, page=2) == ["usd"]


async def test_one_balance(exchange: Exchange) -> None:
    alice = await exchange.member(usd="100")
    await alice.place(side="buy", volume="0.1", price="100")
    assert (await alice.get("/account/balances/USD")).json() == {
        "currency": "usd",
        "balance": "90.0",
        "locked": "10.0",
    }
    assert (await alice.get("/account/balances/eth")).json()["balance"] == "0.0"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/account/balances/xyz", "account.currency.doesnt_exist"),
        ("/account/balances/old", "account.currency.doesnt_exist"),
        ("/account/balances?nonzero=maybe", "account.balances.invalid_nonzero"),
        ("/account/balances?search=%00", "account.balances.invalid_search"),
        ("/account/balances?limit=1001", "pagination.invalid_limit"),
    ],
)
async def test_what_is_wrong_has_its_code(exchange: Exchange, path: str, code: str) -> None:
    alice = await exchange.member()
    response = await alice.get(path)
    assert (response.status_code, response.json()["errors"]) == (422, [code])


async def test_a_member_sees_only_its_own_money(exchange: Exchange) -> None:
    """T-69, S-1."""
    alice, bob = await exchange.member(usd="1"), await exchange.member(usd="2")
    assert (await alice.balance("usd"), await bob.balance("usd")) == (("1.0", "0.0"), ("2.0", "0.0"))
