"""What the watcher costs: full blocks against a million watched addresses, and a thousand deposits in one block.

A block's time is taken apart: what the node needs to hand it over (the same request, the answer thrown away), what the
adapter computes (decoding and walking it), what the database adds. The deposits go the whole way, with a real engine on
a real journal. Limit: the made-up node hands over a block much faster than a real one, which composes its JSON anew; a
real one is measured too where PYXIU_NODE_URL names one.
"""

import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from statistics import median
from typing import Any, Final

import httpx
import msgspec
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.adapters.chains.bitcoin.params import NETWORKS
from pyxiu.adapters.chains.bitcoin.reader import BitcoinReader, parsed_block
from pyxiu.app.context import Context
from pyxiu.app.session import engine_session
from pyxiu.app.settings import Settings
from pyxiu.cli.bench.exchange import temporary_home
from pyxiu.cli.bench.host import machine
from pyxiu.cli.bench.synthetic_node import CHAIN, BlockPlan, script_of, synthetic_node
from pyxiu.core.codec import encode_command
from pyxiu.core.commands import PutAsset, PutMember
from pyxiu.core.types import AssetId, MemberId
from pyxiu.custody.model import DepthStep, NetworkAsset, NetworkInfo
from pyxiu.custody.scan_blocks import Scanner
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.watcher.metrics import WatcherMetrics
from pyxiu.custody.watcher.watch_network import NetworkWatcher
from pyxiu.storage.orm import open_database

Json = dict[str, Any]
Progress = Callable[[str], None]

SEED: Final = 11
NETWORK: Final = "bench"
MEMBERS: Final = 1_000
#: Payments to us in an ordinary block.
USUAL: Final = 20
ENOUGH_TURNS: Final = 50
MEBIBYTE: Final = 1024 * 1024


class _Rules:
    """The Assets port: one coin that is credited at its first confirmation."""

    async def networks(self) -> Sequence[NetworkInfo]:
        return [NetworkInfo(NETWORK, "Bench", CHAIN, first_height=1, min_confirmations=1)]

    async def assets(self, network: str) -> Sequence[NetworkAsset]:
        return [_coin(network)]


async def bench_watcher(
    settings: Settings,
    *,
    blocks: int,
    transactions: int,
    addresses: int,
    deposits: int,
    progress: Progress = lambda _text: None,
) -> Json:
    """Scan so many blocks, then one more with many deposits."""
    ours = [[script_of((number * 7919 + at) % addresses) for at in range(USUAL)] for number in range(blocks)]
    many = [script_of(number * 31 % addresses) for number in range(deposits)]
    plan = BlockPlan(transactions, [*ours, many], SEED)
    progress(f"making {blocks + 1} blocks of {transactions} transactions")
    with synthetic_node(plan) as url:
        async with temporary_home(settings) as temporary, engine_session(temporary) as context:
            database = open_database(context.dsn, "pyxiu bench watcher")
            try:
                progress(f"watching {addresses} addresses")
                await _watch(database, addresses)
                await _members(context)
                parts = await _taken_apart(url, blocks)
                scanned = await _scanned(database, url, blocks)
                progress(f"a block with {deposits} deposits")
                credited = await _credited(context, database, url, deposits)
            finally:
                await database.dispose()
    return {
        "bench": "watcher",
        "machine": machine(),
        "seed": SEED,
        "blocks": blocks,
        "transactions_per_block": transactions,
        "addresses": addresses,
        "block": parts,
        "scan": scanned,
        "deposits": credited,
    }


async def measure_node(url: str) -> Json:
    """How long a real node takes to hand over its newest block, and what reading that costs here."""
    tip = await _call(url, "getblockchaininfo")
    block_hash = msgspec.json.decode(tip)["result"]["bestblockhash"]
    return await _part(url, block_hash)


async def _taken_apart(url: str, blocks: int) -> Json:
    """Medians over the blocks: the request alone, and the adapter's own work on the answer."""
    parts = []
    for height in range(1, blocks + 1):
        answer = msgspec.json.decode(await _call(url, "getblockhash", height))
        parts.append(await _part(url, answer["result"]))
    return {name: round(median(part[name] for part in parts), 2) for name in parts[0]}


async def _part(url: str, block_hash: str) -> Json:
    began_s = time.perf_counter()
    content = await _call(url, "getblock", block_hash, 2)
    request_ms = (time.perf_counter() - began_s) * 1_000
    result = bytes(msgspec.json.decode(content, type=_Answer).result)
    began_s = time.process_time()
    block = parsed_block(result, NETWORKS[CHAIN])
    own_ms = (time.process_time() - began_s) * 1_000
    return {
        "transactions": len({payment.txid for payment in block.payments}),
        "outputs": len(block.payments),
        "mebibytes": round(len(content) / MEBIBYTE, 2),
        "request_ms": round(request_ms, 2),
        "own_cpu_ms": round(own_ms, 2),
        "ratio_own_to_request": round(own_ms / request_ms, 2),
    }


async def _scanned(database: AsyncEngine, url: str, blocks: int) -> Json:
    """The scanner with the database, over all blocks but the last."""
    reader = BitcoinReader(url, NETWORKS[CHAIN])
    scanner = Scanner(NETWORK, reader, database, first=1, step_blocks=1)
    wall: list[float] = []
    cpu: list[float] = []
    found = 0
    try:
        for _ in range(blocks):
            began_s, began_cpu_s = time.perf_counter(), time.process_time()
            found += (await scanner.step()).payments
            wall.append(time.perf_counter() - began_s)
            cpu.append(time.process_time() - began_cpu_s)
    finally:
        await reader.close()
    return {
        "payments_found": found,
        "block_ms": round(median(wall) * 1_000, 1),
        "block_own_cpu_ms": round(median(cpu) * 1_000, 1),
        "blocks_per_s": round(blocks / sum(wall), 2),
    }


async def _credited(context: Context, database: AsyncEngine, url: str, deposits: int) -> Json:
    """The last block, through the watcher and the engine, until every deposit is in the books."""
    services = CustodyServices(database=database, assets=_Rules(), engine=context.engine)
    [network] = await _Rules().networks()
    reader = BitcoinReader(url, NETWORKS[CHAIN])
    watcher = NetworkWatcher(services, network, reader, WatcherMetrics(CollectorRegistry()))
    done = text("SELECT count(*) FROM deposits WHERE state = 'credited' AND block_height = :height")
    newest = text("SELECT max(height) FROM chain_blocks")
    async with database.connect() as connection:
        height = (await connection.execute(newest)).scalar_one() + 1
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    credited = 0
    try:
        for _ in range(ENOUGH_TURNS):
            await watcher.turn()
            async with database.connect() as connection:
                credited = (await connection.execute(done, {"height": height})).scalar_one()
            if credited >= deposits:
                break
    finally:
        await reader.close()
    seconds, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    return {"deposits": credited, "seconds": round(seconds, 3), "cpu_seconds": round(cpu_s, 3)}


async def _watch(database: AsyncEngine, addresses: int) -> None:
    made = text(
        """
        INSERT INTO chain_destinations (network, destination, address, owner)
        SELECT :network, '0014' || md5(n::text) || '00000000', 'address' || n, 'BENCH' || n % :members
        FROM generate_series(0, :last) AS n
        """
    )
    async with database.begin() as connection:
        await connection.execute(made, {"network": NETWORK, "members": MEMBERS, "last": addresses - 1})
    async with database.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(text("VACUUM ANALYZE chain_destinations"))


async def _members(context: Context) -> None:
    members = [PutMember(MemberId(f"BENCH{number}")) for number in range(MEMBERS)]
    commands = [encode_command(command) for command in (PutAsset(AssetId("coin"), 8), *members)]
    outcomes = await context.engine.submit_many(commands)
    refused = [outcome for outcome in outcomes if outcome.rejection]
    assert not refused, refused[:1]


async def _call(url: str, method: str, *params: Any) -> bytes:
    body = msgspec.json.encode({"id": 1, "method": method, "params": params})
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        response = await client.post(url, content=body, headers={"Content-Type": "application/json"})
    return response.content


class _Answer(msgspec.Struct):
    result: msgspec.Raw


def _coin(network: str) -> NetworkAsset:
    return NetworkAsset(
        asset="coin",
        network=network,
        contract="",
        chain_decimals=8,
        decimals=8,
        deposit_enabled=True,
        withdrawal_enabled=True,
        min_deposit=0,
        min_collection=0,
        min_withdrawal=0,
        withdrawal_fee=0,
        precision=8,
        price=Decimal(1),
        depths=(DepthStep(0, 1, 1),),
    )
