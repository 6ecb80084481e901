"""GET /account/deposit_address, balances with addresses, members/me, networks of currencies: over the API."""

from pathlib import Path

import pytest

from pyxiu.catalog.seed_catalog import parse_files, seed_catalog
from pyxiu.catalog.tell_engine import tell_engine
from tests.support.api import PREFIX, Exchange
from tests.support.custody import a_wallet, running_custody

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILES = {
    "blockchains.yml": (
        "- {key: bitcoin-cash, name: Bitcoin Cash, client: bitcoin}\n"
        "- {key: bsc, name: BNB Chain, client: geth-bsc, protocol: BEP20, warning: only BEP20, min_confirmations: 9}\n"
    ),
    "currencies.yml": (
        "- {id: bch, blockchain_key: bitcoin-cash, subunits: 8}\n"
        "- {id: usdt, precision: 6}\n- {id: bnb, blockchain_key: bsc, subunits: 18}\n"
        "- {id: shut, parent_id: bnb, subunits: 6, deposit_enabled: false}\n"
    ),
    "blockchain_currencies.yml": (
        "- {currency_id: usdt, blockchain_key: ethereum, parent_id: eth, subunits: 6, min_deposit_amount: 5}\n"
        "- {currency_id: usdt, blockchain_key: bsc, parent_id: bnb, subunits: 18, withdraw_fee: 0.5, "
        "depths: [{from: 0, tradable: 2, withdrawable: 5}, {from: 1000, tradable: 20}]}\n"
    ),
}


async def prepared(exchange: Exchange, folder: Path) -> None:
    """More networks, and a wallet on each that needs one; once for all tests."""
    custody = exchange.services.custody
    assert custody is not None
    if "bch" not in await exchange.services.catalog.currencies():
        for name, content in FILES.items():
            (folder / name).write_text(content)
        report = await seed_catalog(exchange.catalog, parse_files([folder]))
        assert not report.problems, report.problems
        assert not (await tell_engine(exchange.catalog, exchange.engine.client)).rejected
        await exchange.services.catalog.refresh()
        async with running_custody(
            exchange.engine.dsn, assets=custody.assets, engine=exchange.engine.client
        ) as operator:
            for network in ("bitcoin-cash", "ethereum", "bsc"):
                await a_wallet(operator, network)


async def test_an_address_is_given_at_once_and_shown_in_balances(exchange: Exchange, tmp_path: Path) -> None:
    await prepared(exchange, tmp_path)
    alice = await exchange.member("alice")
    before = (await alice.get("/account/balances/eth")).json()
    assert before["deposit_address"] is None
    given = (await alice.get("/account/deposit_address/ETH")).json()
    assert given["address"].startswith("0x")
    assert (given["currencies"], given["state"], given["blockchain_key"]) == (
        ["eth", "trst", "usdt"],
        "active",
        "ethereum",
    )
    assert (await alice.get("/account/deposit_address/eth")).json() == given
    for currency in ("eth", "trst", "usdt"):
        assert (await alice.get(f"/account/balances/{currency}")).json()["deposit_address"] == given
    rows = {row["currency"]: row for row in (await alice.get("/account/balances")).json()}
    assert rows["eth"]["deposit_address"] == given
    assert rows["btc"]["deposit_address"] is None
    assert "deposit_address" not in rows["usd"]
    bob = await exchange.member("bob")
    assert (await bob.get("/account/deposit_address/eth")).json()["address"] != given["address"]


async def test_each_network_has_its_address(exchange: Exchange, tmp_path: Path) -> None:
    await prepared(exchange, tmp_path)
    member = await exchange.member()
    on_bsc = (await member.get("/account/deposit_address/usdt?blockchain_key=bsc")).json()
    first = (await member.get("/account/deposit_address/usdt")).json()
    assert (on_bsc["blockchain_key"], first["blockchain_key"]) == ("bsc", "ethereum")
    assert on_bsc["address"] != first["address"]


async def test_cash_addresses_are_written_in_either_form(exchange: Exchange, tmp_path: Path) -> None:
    await prepared(exchange, tmp_path)
    member = await exchange.member()

    async def address(query: str) -> str:
        response = await member.get(f"/account/deposit_address/bch{query}")
        assert response.status_code == 200, response.text
        return str(response.json()["address"])

    cash, legacy = await address("?address_format=cash"), await address("?address_format=legacy")
    assert cash == await address("")
    assert cash.startswith("bitcoincash:q")
    assert legacy.startswith("1")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("nope", "account.currency.doesnt_exist"),
        ("old", "account.currency.doesnt_exist"),
        ("usd", "account.currency.doesnt_exist"),
        ("btc", "account.wallet.not_found"),
        ("shut", "account.currency.deposit_disabled"),
        ("eth?blockchain_key=bsc", "account.deposit_address.invalid_blockchain_key"),
        ("eth?blockchain_key=nowhere", "account.deposit_address.invalid_blockchain_key"),
        ("eth?address_format=qr", "account.deposit_address.invalid_address_format"),
        ("eth?address_format=cash", "account.deposit_address.doesnt_support_cash_address_format"),
    ],
)
async def test_what_has_no_address_has_its_code(exchange: Exchange, tmp_path: Path, path: str, code: str) -> None:
    await prepared(exchange, tmp_path)
    response = await (await exchange.member()).get(f"/account/deposit_address/{path}")
    assert (response.status_code, response.json()["errors"]) == (422, [code])


async def test_who_may_not_deposit_is_told_so_before_anything_else(exchange: Exchange, tmp_path: Path) -> None:
    await prepared(exchange, tmp_path)
    response = await (await exchange.member(level=2)).get("/account/deposit_address/nope")
    assert (response.status_code, response.json()["errors"]) == (403, ["account.deposit.not_permitted"])


async def test_a_member_sees_itself_with_its_money(exchange: Exchange) -> None:
    alice = await exchange.member("alice", usd="7")
    me = (await alice.get("/account/members/me")).json()
    assert (me["uid"], me["level"], me["role"]) == (alice.uid, 3, "member")
    assert "@" in me["email"]
    assert {row["currency"]: row["balance"] for row in me["accounts"]}["usd"] == "7.0"


async def test_a_currency_shows_all_its_networks_and_its_first_one_where_it_always_was(
    exchange: Exchange, tmp_path: Path
) -> None:
    await prepared(exchange, tmp_path)
    usdt = (await exchange.get("/public/currencies/usdt")).json()
    assert [(row["blockchain_key"], row["base_factor"]) for row in usdt["networks"]] == [
        ("ethereum", 10**6),
        ("bsc", 10**18),
    ]
    bsc = usdt["networks"][1]
    assert (bsc["protocol"], bsc["warning"], bsc["min_confirmations"]) == ("BEP20", "only BEP20", 9)
    assert (bsc["withdraw_fee"], bsc["parent_id"], bsc["name"]) == ("0.5", "bnb", "BNB Chain")
    assert (usdt["parent_id"], usdt["min_deposit_amount"], usdt["base_factor"]) == ("eth", "5.0", 10**6)
    assert bsc["deposit_depths"] == [
        {"from_amount": "0.0", "credit_confirmations": 2, "withdrawable_confirmations": 5},
        {"from_amount": "1000.0", "credit_confirmations": 20, "withdrawable_confirmations": 20},
    ]
    [bnb] = (await exchange.get("/public/currencies/bnb")).json()["networks"]
    assert bnb["deposit_depths"] == [
        {"from_amount": "0.0", "credit_confirmations": 9, "withdrawable_confirmations": 9}
    ], "what the chain asks"
    usd = (await exchange.get("/public/currencies/usd")).json()
    assert "deposit_depths" not in usd["networks"][0]
    assert [row["blockchain_key"] for row in usd["networks"]] == [None]


async def test_the_configuration_is_what_its_lists_say(exchange: Exchange) -> None:
    config = (await exchange.get("/public/config")).json()
    for name in ("currencies", "markets", "trading_fees", "withdraw_limits"):
        listed = await exchange.anyone.get(f"{PREFIX}/public/{name}?limit=1000")
        assert config[name] == listed.json()
        assert config[name]
