"""A whole custody on one real node: wallets with real keys, deposits, payouts, the signer, sweeps; step by step.

    async with running_treasury(database_dsn, tmp_path, NET, node.url, assets) as house:
        await house.wallet("hot", WalletKind.HOT, max_balance="1000")
        address = await house.address("ID1", "ltc")
        …
        await house.see()          # scan, read deposits, credit
        await house.pay()          # reserve, approve, sign, send whatever is planned
        node.mine(6)
        await house.see()
        await house.settle()       # confirm what is deep enough, tell whoever planned it

It stands on `tests/support/payouts.py`, with what comes in and what is swept beside what is paid.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import text

from pyxiu.custody.addresses.give_address import give_address
from pyxiu.custody.addresses.model import ShownAddress
from pyxiu.custody.model import NetworkInfo
from pyxiu.custody.payouts.confirm_payout import confirm_payouts
from pyxiu.custody.payouts.finish import finish_payouts
from pyxiu.custody.payouts.ports import PayoutChain
from pyxiu.custody.payouts.request_signature import request_signatures
from pyxiu.custody.payouts.reserve_planned import reserve_planned
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.signing import store as signing_store
from pyxiu.custody.signing.broadcast_payout import broadcast_signed
from pyxiu.custody.signing.sign_attempt import sign_requested
from pyxiu.custody.solvency import history_store
from pyxiu.custody.solvency import store as solvency_store
from pyxiu.custody.solvency.check_solvency import PLAY_MONEY, look
from pyxiu.custody.solvency.history import Base, minus
from pyxiu.custody.solvency.model import AssetReport
from pyxiu.custody.solvency.snapshot import mark_of
from pyxiu.custody.solvency.watch_solvency import findings_of
from pyxiu.custody.wallets.add_wallet import add_wallet
from pyxiu.custody.wallets.model import NewWallet, Wallet, WalletKind
from pyxiu.projections.apply_chunk import apply_chunk, ensure_cursors
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.market_assets import MarketAssets
from pyxiu.projections.registry import PROJECTIONS
from pyxiu.storage.database import close_quietly, connect
from tests.support.custody import FixedAssets, RecordingEngine
from tests.support.deposits import catch_up
from tests.support.payouts import Paying, paying

#: The signer's bound for one fee; no test is about it.
FEE_MAX = 10**30
#: Longer than any pause between two tries.
LATER_NS = 600 * 10**9


@dataclass
class House:
    """One network's custody."""

    dsn: str
    network: NetworkInfo
    paid: Paying
    #: Everything that was there when ledger and chain were compared before, as far as it is closed.
    bases: list[Base] = field(default_factory=list)
    #: How often a sum that was carried on differed without a reason.
    needless: int = 0

    @property
    def services(self) -> CustodyServices:
        return self.paid.services

    @property
    def engine(self) -> RecordingEngine:
        return self.paid.engine

    @property
    def chain(self) -> PayoutChain:
        return self.paid.desk.chain

    @property
    def chains(self) -> dict[str, PayoutChain]:
        return {self.network.key: self.chain}

    async def wallet(self, name: str, kind: WalletKind, *, max_balance: str | None = None, **fields: Any) -> Wallet:
        """A wallet with a key of this house's store, unless an address is given."""
        if "address" not in fields:
            fields = {"key_id": name, "xpub": self.paid.keys.create(name, self.network.chain), **fields}
        bound = None if max_balance is None else Decimal(max_balance)
        new = NewWallet(name=name, network=self.network.key, kind=kind, max_balance=bound, **fields)
        return await add_wallet(self.services, new, actor="tests", reason="tests")

    async def address(self, uid: str, currency: str) -> str:
        """A member's deposit address; the member exists in the engine from now on."""
        self.engine.member(uid)
        shown = await give_address(self.services, uid, currency, self.network.key)
        assert isinstance(shown, ShownAddress), shown
        return shown.row.address

    async def see(self) -> None:
        """Scan to the node's end, and credit what is deep enough."""
        await catch_up(self.services, self.network.key, self.paid.reader, first=self.network.first_height)

    async def pay(self) -> None:
        """Whatever is planned and can be paid is with the node afterwards; pauses between tries have passed."""
        self.paid.clock.advance(LATER_NS)
        await reserve_planned(self.paid.desk)
        await request_signatures(self.paid.desk)
        await sign_requested(self.paid.bench)
        await broadcast_signed(self.paid.sender)

    async def settle(self) -> None:
        await confirm_payouts(self.paid.desk)
        await finish_payouts(self.services)

    async def reports(self) -> dict[str, AssetReport]:
        """Ledger against chain, by asset, with the ledger's tables at the engine's last record."""
        connection = await connect(self.dsn, "test")
        try:
            await ensure_cursors(connection, PROJECTIONS)
            done = await connection.fetchval("SELECT seq FROM projection_cursors WHERE name = 'entries'")
            fresh = [record for record in self.engine.records if record.seq > done]
            if fresh:
                await apply_chunk(connection, Chunk(fresh, MarketAssets()), PROJECTIONS)
        finally:
            await close_quietly(connection)
        looked = await look(self.services, self.chains)
        assert not looked.skipped, looked.skipped
        for base in self.bases:
            carried_on = await look(self.services, self.chains, base)
            if any(map(findings_of, carried_on.reports)):
                # Then everything is added up again; needlessly only after staff has explained something old.
                self.needless += not any(map(findings_of, looked.reports))
            else:
                assert carried_on.reports == looked.reports
        self.bases.append(await self._all_closed())
        return {report.asset: report for report in looked.reports}

    async def _all_closed(self) -> Base:
        """A base that leaves nothing open that is done, so that whatever changes later has to be noticed."""
        async with self.services.database.connect() as connection, connection.begin():
            await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            seq = await solvency_store.ledger_seq(connection)
            assert seq is not None
            heights = await solvency_store.scanned(connection)
            mark = await mark_of(connection, seq, heights, open_blocks=0, open_for=timedelta(0))
            everything = await history_store.everything(connection, play=PLAY_MONEY)
            opened = await history_store.open_since(connection, mark, sorted(heights), play=PLAY_MONEY)
        return Base(mark, minus(everything, opened))

    async def rows(self, query: str, **given: Any) -> list[Any]:
        async with self.services.database.connect() as connection:
            return list(await connection.execute(text(query), given))


@asynccontextmanager
async def running_treasury(
    dsn: str, folder: Path, network: NetworkInfo, url: str, assets: FixedAssets
) -> AsyncIterator[House]:
    async with paying(dsn, folder, network, url, first=network.first_height, assets=assets) as paid:
        async with paid.services.database.begin() as connection:
            await signing_store.put_fee_max(connection, network.key, FEE_MAX)
        yield House(dsn, network, paid)
