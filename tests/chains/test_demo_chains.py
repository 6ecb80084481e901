"""`pyxiu up --chains`: a newcomer asks the faucet, and what arrives on the chain is money on the exchange."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from embit.bip32 import HDKey

from pyxiu.adapters.chains.address_book import ChainAddressBook
from pyxiu.app.demo.chains import programs
from pyxiu.app.demo.chains.model import TOKEN
from tests.e2e.conftest import stop_cleanly
from tests.e2e.server import Server
from tests.e2e.test_accounts import EMAIL, PASSWORD, Person, three_codes
from tests.support.anvil import TOOLS
from tests.support.api import PREFIX
from tests.support.postgres import home_folder

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("litecoind")]

WAIT_S = 90.0
CHAINS = Path(programs.__file__).parent


@asynccontextmanager
async def newcomer(server: Server, *, known: bool = False) -> AsyncIterator[Person]:
    """Somebody who has just signed up, or comes again, in a browser."""
    async with httpx.AsyncClient(base_url=server.url, timeout=30, trust_env=False) as client:
        person, account = Person(client), {"email": EMAIL, "password": PASSWORD}
        if known:
            await person.call("POST", "/identity/sessions", 200, **account)
        else:
            await person.call("POST", "/identity/users", 201, **account)
            token = await person.mailed(r"confirmation_token=([\w-]+)")
            confirmed = await person.call("POST", "/identity/users/email/confirm_code", 201, token=token)
            assert confirmed["level"] == 1
        yield person


async def answer(client: httpx.AsyncClient, path: str) -> Any:
    response = await client.get(PREFIX + path)
    assert response.status_code == 200, response.text
    return response.json()


async def until(client: httpx.AsyncClient, path: str, condition: Callable[[Any], bool]) -> Any:
    async with asyncio.timeout(WAIT_S):
        while not condition(found := await answer(client, path)):  # noqa: ASYNC110 - a server sets no event
            await asyncio.sleep(0.2)
    return found


async def ask(client: httpx.AsyncClient, currency: str) -> dict[str, Any]:
    response = await client.post(f"{PREFIX}/account/faucet", json={"currency": currency})
    assert response.status_code == 201, response.text
    given: dict[str, Any] = response.json()
    return given


async def credited(client: httpx.AsyncClient, currency: str, count: int) -> set[str]:
    """The transactions of that many deposits, once all of them are credited."""

    def done(rows: list[dict[str, Any]]) -> bool:
        return len(rows) == count and all(row["state"] in {"accepted", "collected"} for row in rows)

    return {row["txid"] for row in await until(client, f"/account/deposits?currency={currency}", done)}


async def balance(client: httpx.AsyncClient, currency: str) -> float:
    return float((await answer(client, f"/account/balances/{currency}"))["balance"])


def skip_without_nodes() -> None:
    try:
        programs.litecoind()
        programs.anvil()
    except programs.MissingProgramError as error:
        pytest.skip(f"NOT TESTED: {error}")


async def test_a_newcomer_deposits_trades_and_withdraws() -> None:
    skip_without_nodes()
    with home_folder() as home:
        server = Server(home, "up", "--chains", "--no-bots")
        try:
            await server.start()
            async with newcomer(server) as person:
                client = person.client
                await faucet_gives(client)
                await trades(client)
                await withdraws(person, to=stranger())
            await stop_cleanly(server)
            assert not list((home / "chains").glob("*/node.pid"))
        finally:
            server.kill()


async def test_chains_of_a_killed_exchange_go_on_with_the_next_one() -> None:
    skip_without_nodes()
    with home_folder() as home:
        server = Server(home, "up", "--chains", "--no-bots")
        try:
            await server.start()
            async with newcomer(server) as person:
                first = [await ask(person.client, currency) for currency in ("ltc", "eth")]
                await credited(person.client, "ltc", 1)
                await credited(person.client, "eth", 1)
            server.kill()
            await server.start()
            async with newcomer(server, known=True) as person:
                second = [await ask(person.client, currency) for currency in ("ltc", "eth")]
                for before, now in zip(first, second, strict=True):
                    assert now["address"] == before["address"]
                    assert await credited(person.client, now["currency"], 2) == {before["txid"], now["txid"]}
            await stop_cleanly(server)
        finally:
            server.kill()


async def faucet_gives(client: httpx.AsyncClient) -> None:
    offers = {offer["currency"]: offer["amount"] for offer in await answer(client, "/account/faucet")}
    assert offers.keys() == {"ltc", "eth", "usdt"}
    gifts = {currency: await ask(client, currency) for currency in offers}
    again = await client.post(f"{PREFIX}/account/faucet", json={"currency": "ltc"})
    assert again.status_code == 429
    nowhere = await client.post(f"{PREFIX}/account/faucet", json={"currency": "btc"})
    assert nowhere.json() == {"errors": ["account.faucet.nothing_of_this_currency"]}
    for currency, gift in gifts.items():
        assert await credited(client, currency, 1) == {gift["txid"]}
        assert await balance(client, currency) == float(offers[currency])
    assert gifts["usdt"]["address"] == gifts["eth"]["address"]


async def trades(client: httpx.AsyncClient) -> None:
    """Sell a little against one's own books: the bots are away, so an order rests."""
    order = {"market": "ltcusdt", "side": "sell", "volume": "0.5", "price": "90", "ord_type": "limit"}
    placed = await client.post(f"{PREFIX}/market/orders", json=order)
    assert (placed.status_code, placed.json()["state"]) == (201, "wait"), placed.text
    canceled = await client.post(f"{PREFIX}/market/orders/{placed.json()['id']}/cancel")
    assert canceled.status_code == 201


async def withdraws(person: Person, *, to: str) -> None:
    """With an authenticator app and an address that a mailed PIN confirms."""
    client = person.client
    barcode = (await person.call("POST", "/resource/otp/generate_qrcode", 201))["data"]
    codes = await three_codes(barcode["url"])
    await person.call("POST", "/resource/otp/enable", 201, code=next(codes))
    entry = {"currency": "ltc", "name": "mine", "data": {"address": to}}
    added = await client.post(f"{PREFIX}/account/beneficiaries", json=entry)
    assert added.status_code == 201, added.text
    pin = await person.mailed(r"PIN is (\d{6})")
    path = f"{PREFIX}/account/beneficiaries/{added.json()['id']}"
    activated = await client.patch(f"{path}/activate", json={"pin": pin})
    assert activated.status_code == 200, activated.text
    body = {"currency": "ltc", "amount": "1", "beneficiary_id": added.json()["id"], "otp": next(codes)}
    await ask_when_deep_enough(client, body)
    paid = await until(client, "/account/withdraws?currency=ltc", lambda rows: rows[0]["state"] == "succeed")
    assert paid[0]["blockchain_txid"]
    assert await balance(client, "ltc") == 4


async def ask_when_deep_enough(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    """Coins leave at two confirmations and are credited at one. A refusal for it does not use up the code."""
    async with asyncio.timeout(WAIT_S):
        while (asked := await client.post(f"{PREFIX}/account/withdraws", json=body)).status_code != 201:
            assert asked.json() == {"errors": ["account.withdraw.funds_not_confirmed"]}, asked.text
            await asyncio.sleep(0.2)


def stranger() -> str:
    """An address of nobody here."""
    seed = HDKey.from_seed(b"somebody else".ljust(32, b"."))
    xpub = str(seed.derive("m/84h/1h/0h").to_public().to_base58())
    return ChainAddressBook().derive("litecoin-regtest", xpub, 0).text


async def test_the_shipped_token_is_what_its_source_compiles_to() -> None:
    compiler = TOOLS / "vyper/bin/vyper"
    if not compiler.exists():
        pytest.skip("NOT TESTED: vyper is not installed; run tools/install_chains.sh")
    process = await asyncio.create_subprocess_exec(
        compiler, "-f", "bytecode", str(CHAINS / "token.vy"), stdout=asyncio.subprocess.PIPE
    )
    compiled, _ = await process.communicate()
    assert compiled.decode().split()[-1] == (CHAINS / "token.hex").read_text().strip()
    assert TOKEN in (CHAINS / "seed/blockchain_currencies.yml").read_text()
