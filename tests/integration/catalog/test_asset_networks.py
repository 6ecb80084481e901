"""On which networks assets move: what a database of the time before becomes, and what custody is told."""

import asyncpg

from pyxiu.app.custody_assets import CatalogAssets
from pyxiu.catalog.reads import CatalogReader
from pyxiu.custody.model import DepthStep
from pyxiu.storage import migrate
from pyxiu.storage.orm import open_database

BEFORE = """
INSERT INTO blockchains (key, name, client, server, height, min_confirmations, status)
VALUES ('bitcoin', 'Bitcoin', 'bitcoin', 'http://user:secret@node', 7, 3, 'active'),
    ('evm:5', 'Test', 'geth', NULL, 1, 12, 'disabled');
INSERT INTO currencies (id, name, type, position, subunits, precision, decimals, blockchain_key, parent_id, deposit_fee,
    withdraw_fee, min_deposit_amount, min_withdraw_amount, min_collection_amount, withdraw_limit_24h,
    withdraw_limit_72h, price, visible, deposit_enabled, withdrawal_enabled, options)
VALUES ('btc', 'Bitcoin', 'coin', 1, 8, 8, 10, 'bitcoin', NULL, 0, 0.001, 0.0001, 0.002, 0.00000000001, 0, 0, 64000,
        true, true, false, '{}'),
    ('usd', 'Dollar', 'fiat', 2, 2, 2, 10, NULL, NULL, 0.5, 1, 1, 1, 0, 0, 0, 1, true, true, true, '{}'),
    ('eth', 'Ether', 'coin', 3, 18, 8, 18, 'evm:5', NULL, 0, 0, 0, 0, 0, 0, 0, 1, true, true, true, '{}'),
    ('tok', 'Token', 'coin', 4, 6, 6, 10, 'evm:5', 'eth', 0, 0, 0, 0, 0, 0, 0, 1, true, true, true,
        '{"erc20_contract_address": "0xAB"}');
"""


async def test_currencies_of_the_time_before_become_one_network_each(empty_database_dsn: str) -> None:
    await migrate.upgrade(empty_database_dsn, "0012")
    connection = await asyncpg.connect(empty_database_dsn)
    await connection.execute(BEFORE)
    await migrate.upgrade(empty_database_dsn)
    whole = "\n".join(str(row) for row in await connection.fetch("SELECT * FROM blockchains"))
    await connection.close()
    assert "secret" not in whole

    database = open_database(empty_database_dsn, "test")
    reader = CatalogReader(database)
    currencies = await reader.currencies()
    [btc], [usd], [tok] = (currencies[name].networks for name in ("btc", "usd", "tok"))
    assert (btc.blockchain_key, btc.base_factor, btc.withdrawal_enabled) == ("bitcoin", 10**8, False)
    assert (usd.blockchain_key, str(usd.deposit_fee.normalize())) == (None, "0.5")
    assert (tok.blockchain_key, tok.parent_id) == ("evm:5", "eth")

    custody = CatalogAssets(reader)
    networks = {network.key: network for network in await custody.networks()}
    assert (networks["bitcoin"].chain, networks["bitcoin"].first_height, networks["bitcoin"].enabled) == (
        "bitcoin",
        7,
        True,
    )
    assert not networks["evm:5"].enabled
    [asset] = await custody.assets("bitcoin")
    assert (asset.asset, asset.chain_decimals, asset.decimals) == ("btc", 8, 10)
    assert (asset.min_deposit, asset.min_withdrawal, asset.withdrawal_fee) == (10**6, 2 * 10**7, 10**7)
    assert asset.min_collection == 1, "more digits than the engine holds are rounded up"
    assert asset.depths == (DepthStep(0, 3, 3),)
    assert {row.asset: row.contract for row in await custody.assets("evm:5")} == {"eth": "", "tok": "0xab"}
    assert not await custody.assets("nowhere")
    await database.dispose()
