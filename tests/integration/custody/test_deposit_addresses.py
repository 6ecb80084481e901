"""Deposit addresses: at once, one for each member and wallet, watched from the first moment, for ever theirs."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from pyxiu.custody.addresses.give_address import CREATED, give_address
from pyxiu.custody.addresses.model import AddressRefusal, ShownAddress
from pyxiu.custody.addresses.rotate_address import MAX_ADDRESSES, rotate_address
from pyxiu.custody.addresses.shown_addresses import shown_addresses
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.store import ours_among
from pyxiu.custody.wallets.model import WalletStatus
from pyxiu.custody.wallets.set_status import set_status
from tests.support.custody import FixedAssets, a_wallet, running_custody, xpub_of


@pytest.fixture
def assets() -> FixedAssets:
    return FixedAssets()


@pytest.fixture
async def services(database_dsn: str, assets: FixedAssets) -> AsyncIterator[CustodyServices]:
    async with running_custody(database_dsn, assets=assets) as running:
        yield running


async def given(services: CustodyServices, uid: str, currency: str = "ltc", network: str = "litecoin") -> ShownAddress:
    shown = await give_address(services, uid, currency, network)
    assert isinstance(shown, ShownAddress), shown
    return shown


async def rotated(services: CustodyServices, uid: str) -> ShownAddress | AddressRefusal:
    return await rotate_address(services, uid, "ltc", "litecoin", actor="operator", reason="test")


async def owners(services: CustodyServices) -> dict[str, str]:
    async with services.database.connect() as connection:
        rows = await connection.execute(text("SELECT address, owner FROM chain_destinations"))
        return {row.address: row.owner for row in rows}


async def test_a_member_has_one_address_and_it_is_watched(services: CustodyServices) -> None:
    await a_wallet(services, "litecoin")
    first, again = await given(services, "alice"), await given(services, "alice")
    assert first == again
    assert first.row.address.startswith("rltc1")
    assert await owners(services) == {first.row.address: "alice"}
    async with services.database.connect() as connection:
        assert first.row.destination in await ours_among(connection, "litecoin", [first.row.destination])


async def test_first_requests_at_once_give_one_address_to_each_member(services: CustodyServices) -> None:
    await a_wallet(services, "litecoin")
    shown = await asyncio.gather(*(given(services, uid) for uid in ("alice", "bob", "carol") * 6))
    assert len({(one.row.uid, one.row.address) for one in shown}) == 3
    assert sorted(await owners(services)) == sorted({one.row.address for one in shown})


async def test_tokens_share_the_address_of_their_network(services: CustodyServices) -> None:
    await a_wallet(services, "ethereum")
    eth, usdt = await given(services, "alice", "eth", "ethereum"), await given(services, "alice", "usdt", "ethereum")
    assert eth == usdt
    assert eth.wallet.currencies == ("eth", "usdt")


async def test_an_address_is_announced_once(services: CustodyServices) -> None:
    await a_wallet(services, "litecoin")
    shown = await given(services, "alice")
    await given(services, "alice")
    async with services.database.connect() as connection:
        rows = await connection.execute(text("SELECT record FROM outbox WHERE event = :event"), {"event": CREATED})
        [record] = rows.scalars()
    assert (record["uid"], record["address"], record["currencies"]) == ("alice", shown.row.address, ["ltc"])


async def test_a_rotated_address_stays_the_members_and_stays_watched(services: CustodyServices) -> None:
    """T-37: what is paid to the old one is still seen as theirs."""
    await a_wallet(services, "litecoin")
    old = await given(services, "alice")
    new = await rotated(services, "alice")
    assert isinstance(new, ShownAddress)
    assert new.row.address != old.row.address
    assert await given(services, "alice") == new
    assert [one.row for one in await shown_addresses(services, "alice")] == [new.row]
    assert await owners(services) == {old.row.address: "alice", new.row.address: "alice"}


async def test_the_addresses_of_a_member_are_bounded(services: CustodyServices) -> None:
    await a_wallet(services, "litecoin")
    for _ in range(MAX_ADDRESSES):
        assert isinstance(await rotated(services, "alice"), ShownAddress)
    assert await rotated(services, "alice") is AddressRefusal.TOO_MANY
    assert isinstance(await rotated(services, "bob"), ShownAddress)


async def test_a_retired_wallets_addresses_are_watched_and_the_next_wallet_gives_new_ones(
    services: CustodyServices,
) -> None:
    """T-37."""
    wallet = await a_wallet(services, "litecoin")
    old = await given(services, "alice")
    await set_status(services, wallet, WalletStatus.RETIRED, actor="operator", reason="test")
    assert await give_address(services, "alice", "ltc", "litecoin") is AddressRefusal.NO_WALLET
    await a_wallet(services, "litecoin", name="next", xpub=xpub_of(bytes(32), "litecoin-regtest"))
    new = await given(services, "alice")
    assert new.row.address != old.row.address
    assert set(await owners(services)) == {old.row.address, new.row.address}
    shown = await shown_addresses(services, "alice")
    assert [one.wallet.status for one in shown] == [WalletStatus.ACTIVE, WalletStatus.RETIRED]


async def test_what_cannot_be_deposited_gets_no_address(services: CustodyServices, assets: FixedAssets) -> None:
    await a_wallet(services, "ethereum", currencies=("eth",))
    assert await give_address(services, "alice", "eth", "nowhere") is AddressRefusal.NETWORK
    assert await give_address(services, "alice", "ltc", "ethereum") is AddressRefusal.NETWORK
    assert await give_address(services, "alice", "usdt", "ethereum") is AddressRefusal.NO_WALLET
    assert await give_address(services, "alice", "ltc", "litecoin") is AddressRefusal.NO_WALLET
    assets.change("eth", "ethereum", deposit_enabled=False)
    assert await give_address(services, "alice", "eth", "ethereum") is AddressRefusal.DISABLED
    assets.change("eth", "ethereum", deposit_enabled=True)
    assets.change_network("ethereum", enabled=False)
    assert await give_address(services, "alice", "eth", "ethereum") is AddressRefusal.DISABLED
    assert not [owner for owner in (await owners(services)).values() if owner == "alice"]
