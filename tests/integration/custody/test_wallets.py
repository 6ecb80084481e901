"""Wallets: what can be one, what is watched, and that nothing of a key gets into the database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from pyxiu.adapters.keys.local_file import open_local_keys
from pyxiu.app.first_wallets import make_first_wallets
from pyxiu.custody.chain import InvalidAddressError
from pyxiu.custody.model import wallet_owner
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.store import ours_among
from pyxiu.custody.wallets import store
from pyxiu.custody.wallets.add_wallet import add_wallet, carry_currencies
from pyxiu.custody.wallets.model import NewWallet, Wallet, WalletKind, WalletRefusedError, WalletStatus
from pyxiu.custody.wallets.set_status import set_status
from tests.support.custody import a_wallet, running_custody, xpub_of

COLD = "0x52908400098527886E0F7030069857D2E4169EE7"


@pytest.fixture
async def services(database_dsn: str) -> AsyncIterator[CustodyServices]:
    async with running_custody(database_dsn) as running:
        yield running


async def add(services: CustodyServices, **fields: object) -> Wallet:
    given = {"name": "new", "network": "ethereum", "kind": WalletKind.HOT, **fields}
    return await add_wallet(services, NewWallet(**given), actor="operator", reason="test")  # type: ignore[arg-type] # by name


async def wallets(services: CustodyServices) -> list[Wallet]:
    async with services.database.connect() as connection:
        return await store.all_wallets(connection)


async def test_a_wallets_own_address_is_watched_and_a_deposit_wallet_has_none(services: CustodyServices) -> None:
    hot = await a_wallet(services, "litecoin", WalletKind.HOT)
    deposit = await a_wallet(services, "litecoin")
    assert hot.currencies == deposit.currencies == ("ltc",)
    assert deposit.address is None
    assert hot.address is not None
    destination = services.address_book.check("litecoin-regtest", hot.address).destination
    async with services.database.connect() as connection:
        watched = await ours_among(connection, "litecoin", [destination])
        owner = await connection.execute(text("SELECT owner FROM chain_destinations"))
        assert list(watched) == [destination]
        assert list(owner.scalars()) == [wallet_owner("litecoin-hot")]


async def test_an_address_alone_makes_a_wallet_that_only_receives(services: CustodyServices) -> None:
    cold = await add(services, kind=WalletKind.COLD, address=COLD.lower(), currencies=("usdt",))
    assert (cold.address, cold.key_id, cold.xpub, cold.currencies) == (COLD, None, None, ("usdt",))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"network": "nowhere", "address": COLD}, "no network 'nowhere' in the catalog; there are ethereum, litecoin"),
        ({"name": "a b", "address": COLD}, "name: expected letters"),
        ({}, "expected an extended public key or an address, and not both"),
        ({"address": COLD, "xpub": xpub_of(bytes(32), "evm:1")}, "and not both"),
        ({"address": COLD, "kind": WalletKind.DEPOSIT}, "a deposit wallet needs a key"),
        ({"address": COLD, "kind": WalletKind.FEE}, "a fee wallet needs a key"),
        ({"xpub": xpub_of(bytes(32), "evm:1"), "kind": WalletKind.FEE}, "needs a key that the signer has"),
        ({"address": COLD, "currencies": ("ltc",)}, "ltc does not move on ethereum"),
    ],
)
async def test_what_cannot_be_a_wallet_is_refused_and_leaves_nothing(
    services: CustodyServices, fields: dict[str, object], expected: str
) -> None:
    with pytest.raises(WalletRefusedError) as raised:
        await add(services, **fields)
    assert expected in str(raised.value)
    assert not await wallets(services)


async def test_a_private_key_and_a_mistyped_address_are_refused(services: CustodyServices, tmp_path: Path) -> None:
    keys = open_local_keys(tmp_path, "correct horse battery", scrypt_n=16)
    keys.create("hot", "ethereum")
    with pytest.raises(InvalidAddressError, match="belongs to the signer"):
        await add(services, xpub=keys.account_key("hot"))
    with pytest.raises(InvalidAddressError, match="checksum"):
        await add(services, address=COLD[:-1] + "e")
    assert not await wallets(services)


async def test_neither_a_name_nor_a_key_serves_twice_on_a_network(services: CustodyServices) -> None:
    first = await a_wallet(services, "ethereum", WalletKind.HOT)
    for fields in ({"name": "other", "xpub": first.xpub}, {"name": first.name, "address": COLD}):
        with pytest.raises(WalletRefusedError, match="there is a wallet of this name"):
            await add(services, **fields)
    assert [wallet.name for wallet in await wallets(services)] == [first.name]


async def test_the_oldest_active_wallet_that_carries_the_currency_is_found(services: CustodyServices) -> None:
    first = await a_wallet(services, "ethereum", currencies=("eth",))
    second = await a_wallet(services, "ethereum", name="second", xpub=xpub_of(bytes(32), "evm:1"))

    async def found(currency: str | None) -> str | None:
        async with services.database.connect() as connection:
            wallet = await store.find_wallet(connection, "ethereum", WalletKind.DEPOSIT, currency)
        return None if wallet is None else wallet.name

    assert (await found(None), await found("eth"), await found("usdt")) == (first.name, first.name, second.name)
    await carry_currencies(services, first, ("usdt",), actor="operator", reason="test")
    assert await found("usdt") == first.name
    await set_status(services, first, WalletStatus.RETIRED, actor="operator", reason="test")
    assert (await found("eth"), await found("ltc")) == (second.name, None)


async def test_what_is_done_to_wallets_is_kept_with_its_reason(services: CustodyServices) -> None:
    wallet = await add(services, address=COLD)
    await set_status(services, wallet, WalletStatus.DISABLED, actor="ID7", reason="lost its owner")
    async with services.database.connect() as connection:
        rows = list(
            await connection.execute(text("SELECT actor, action, object, reason FROM custody_activities ORDER BY id"))
        )
    assert [tuple(row) for row in rows] == [
        ("operator", "wallet.add", "wallet:new", "test"),
        ("ID7", "wallet.status", "wallet:new", "lost its owner"),
    ]


async def test_a_networks_first_wallets_are_made_once_and_their_keys_stay_in_the_store(
    services: CustodyServices, tmp_path: Path
) -> None:
    """W-9: whatever is in the database, no private key is."""
    keys = open_local_keys(tmp_path, "correct horse battery", scrypt_n=16)
    made = await make_first_wallets(services, keys, actor="operator")
    assert [(wallet.network, wallet.kind.value) for wallet in made] == [
        ("litecoin", "deposit"),
        ("litecoin", "hot"),
        ("ethereum", "deposit"),
        ("ethereum", "fee"),
        ("ethereum", "hot"),
    ]
    assert {wallet.key_id: wallet.xpub for wallet in made} == keys.public_keys()
    assert not await make_first_wallets(services, keys, actor="operator")
    secrets = [keys.account_key(name) for name in keys.public_keys()]
    async with services.database.connect() as connection:
        query = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('public', 'signer')"
        tables = list((await connection.execute(text(query))).scalars())
        assert "public.wallets" in tables
        for table in tables:
            stored = await connection.execute(text(f"SELECT t::text FROM {table} t"))
            everything = "\n".join(stored.scalars())
            assert not any(secret in everything for secret in secrets), table


async def test_keys_of_an_interrupted_run_are_used(services: CustodyServices, tmp_path: Path) -> None:
    keys = open_local_keys(tmp_path, "correct horse battery", scrypt_n=16)
    xpub = keys.create("litecoin-deposit", "litecoin-regtest")
    made = await make_first_wallets(services, keys, ["litecoin"], actor="operator")
    assert made[0].xpub == xpub
