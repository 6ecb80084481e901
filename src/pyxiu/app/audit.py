"""Everything that can be checked of an exchange's books, on a stopped or a running instance.

Invariant: nothing is written, and a finding says which invariant is broken and by which row; tables are compared at
one moment with a core that has replayed the journal to exactly that moment. Limit: what no data shows is left to
tests: exact types (I-9), purity (E-9), acknowledgement after commit (E-10), bounded work (E-11), and of the wallets
what leaves no rows (W-3, W-6, W-8 to W-10).
"""

from collections.abc import AsyncIterator, Callable
from typing import Final

import msgspec

from pyxiu.app.audit_wallets import audit_wallets
from pyxiu.app.context import Context
from pyxiu.catalog.check_seed import Existing
from pyxiu.catalog.engine_rules import put_market
from pyxiu.catalog.store import reading
from pyxiu.core import codec
from pyxiu.core.interface import Core
from pyxiu.core.machine import PythonCore
from pyxiu.engine.chain import Chain
from pyxiu.engine.errors import JournalCorruptError
from pyxiu.engine.verify import verify_journal
from pyxiu.identity.audit_checks import check_identity
from pyxiu.kit.errors import PermanentError
from pyxiu.projections.audit import CheckResult, audit
from pyxiu.projections.audit_core import compare_with_core
from pyxiu.projections.registry import NAMES
from pyxiu.storage.cursors import read_cursors
from pyxiu.storage.database import Connection, close_quietly, connect
from pyxiu.storage.journal import PostgresJournalReader
from pyxiu.storage.snapshots import PostgresSnapshots

Progress = Callable[[int, int], None]

#: Which invariants of the catalogue a check of the tables stands for.
INVARIANTS: Final[dict[str, tuple[str, ...]]] = {
    "assets_sum_to_zero": ("I-2",),
    "accounts_not_negative": ("I-3",),
    "pnl_equals_accounts": ("I-5",),
    "held_equals_needs": ("I-7",),
    "holds_arithmetic": ("I-8",),
    "entries_balance": ("I-1",),
    "entries_complete": ("I-1", "I-4"),
    "accounts_equal_entries": ("I-5",),
    "money_keys_equal_entries": ("I-6",),
    "orders_arithmetic": ("E-4", "E-6"),
    "orders_equal_trades": ("E-4",),
    "trades_arithmetic": ("I-10", "E-4"),
    "trades_within_limits": ("E-4",),
    "orders_without_gaps": ("E-1",),
    "trades_without_gaps": ("E-1",),
    "candles_equal_trades": ("E-12",),
    "equals_core": ("I-5", "E-2", "E-12"),
}


class Step(msgspec.Struct, frozen=True):
    """One check: what it says, the invariants it stands for, and what breaks it. `skipped` says why it was not made."""

    name: str
    says: str
    invariants: tuple[str, ...]
    findings: tuple[str, ...] = ()
    skipped: str | None = None


async def audit_all(context: Context, progress: Progress, *, decide: bool) -> AsyncIterator[Step]:
    """All checks, each as soon as it is made. `decide`: have a core decide every command of the journal again."""
    connection = await connect(context.dsn, "pyxiu audit")
    try:
        for step in [*await _identity(context), *await _wallets(context)]:
            yield step
        yield await _append_only(connection)
        yield await _journal(context, progress, decide=decide)
        # The catalog is read before the journal's end, so that what it has told the engine is in what is replayed.
        catalog = await _Catalog.read(context)
        replay = _Replay(context, progress)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                cursors = await read_cursors(connection)
                await replay.to(min((cursors.get(name, 0) for name in NAMES), default=0))
                for result in (await audit(connection)).results:
                    yield _step_of(result)
                yield _step_of(await compare_with_core(connection, replay.core))
            await replay.to((await PostgresJournalReader(context.pool).head()).seq)
        except (JournalCorruptError, ValueError) as error:
            yield Step("replay", "The journal can be replayed.", ("E-2",), (str(error),))
            return
        yield await replay.snapshots()
        yield _core_invariants(replay.core)
        yield catalog.compare(replay.core)
    finally:
        await close_quietly(connection)


async def _identity(context: Context) -> list[Step]:
    """Accounts and the trail of activities, at one moment."""
    async with context.identity.connect() as identity:
        snapshot = await identity.execution_options(isolation_level="REPEATABLE READ")
        results = await check_identity(snapshot)
    trail = {"activities_chain", "activities_append_only"}
    return [
        Step(result.name, result.says, ("S-4",) if result.name in trail else (), result.findings) for result in results
    ]


async def _wallets(context: Context) -> list[Step]:
    """Custody's tables, and the ledger against the chains."""
    results, skipped = await audit_wallets(context)
    steps = [Step(result.name, result.says, result.invariants, result.findings) for result in results]
    return [*steps[:-1], msgspec.structs.replace(steps[-1], skipped=skipped)]


async def _append_only(connection: Connection) -> Step:
    """The trigger that refuses changes can be switched off by an administrator; then rows may have been changed."""
    enabled = await connection.fetchval(
        "SELECT tgenabled FROM pg_trigger WHERE tgrelid = 'journal'::regclass AND tgname = 'journal_append_only'"
    )
    findings: tuple[str, ...] = ()
    if enabled not in (b"O", b"A"):
        findings = (f"trigger journal_append_only: expected it to be enabled, found {enabled!r}",)
    return Step("journal_append_only", "The journal's table refuses changes.", ("I-4",), findings)


async def _journal(context: Context, progress: Progress, *, decide: bool) -> Step:
    says = "Rows follow one another by number and hash"
    says += ", and every command is decided as recorded." if decide else "."
    findings: tuple[str, ...] = ()
    try:
        await verify_journal(PostgresJournalReader(context.pool), progress, make_core=PythonCore if decide else None)
    except JournalCorruptError as error:
        findings = (str(error),)
    return Step("journal", says, ("I-4", "I-14", "E-1", "E-2", *(("E-5", "E-7", "E-8") if decide else ())), findings)


class _Replay:
    """A core that replays the journal up to where it is told, and looks at the snapshots that it passes."""

    def __init__(self, context: Context, progress: Progress) -> None:
        self.core: Core = PythonCore()
        self._reader = PostgresJournalReader(context.pool)
        self._store = PostgresSnapshots(context.pool)
        self._progress = progress
        self._chain = Chain()
        #: Journal hash and state hash at the end of rows where a snapshot stands.
        self._passed: dict[int, tuple[bytes, bytes]] = {}

    async def to(self, seq: int) -> None:
        """Replay up to a record, also one in the middle of a row. Raises JournalCorruptError or ValueError."""
        wanted = set(await self._store.seqs())
        async for row in self._reader.rows(self._chain.seq):
            if row.seq_first > seq:
                return
            whole = row.seq_last <= seq
            if whole:
                self._chain.follow(row)
            self.core.replay(_between(row.records, self.core.seq, seq))
            self._progress(self.core.seq, seq)
            if whole and row.seq_last in wanted:
                self._passed[row.seq_last] = (row.hash, self.core.state_hash())

    async def snapshots(self) -> Step:
        """Whether each stored snapshot is what was passed there."""
        findings = []
        for seq in await self._store.seqs():
            try:
                snapshot = await self._store.load(seq)
            except PermanentError as error:
                findings.append(str(error))
                continue
            expected, found = self._passed.get(seq), (snapshot.journal_hash, snapshot.state_hash)
            if expected is None:
                findings += [f"snapshot {seq}: no row of the journal ends there"] if seq <= self.core.seq else []
            elif expected != found:
                findings.append(
                    f"snapshot {seq}: expected journal and state hash {_hexes(expected)}, found {_hexes(found)}"
                )
        return Step("snapshots", "Snapshots are what replaying the journal gives.", ("E-2",), tuple(findings))


def _between(records: bytes, after: int, last: int) -> bytes:
    """The records of a row that are wanted; all of them as a rule, and then without decoding twice."""
    decoded = codec.decode_records(records)
    if decoded[0].seq > after and decoded[-1].seq <= last:
        return records
    return codec.encode_records([record for record in decoded if after < record.seq <= last])


def _hexes(hashes: tuple[bytes, bytes]) -> str:
    return " and ".join(digest.hex() for digest in hashes)


def _core_invariants(core: Core) -> Step:
    findings: tuple[str, ...] = ()
    try:
        core.check_invariants()
    except AssertionError as error:
        findings = (str(error),)
    says = f"The state after record {core.seq} is sound: sums, balances, holds, books."
    return Step("state", says, ("I-2", "I-3", "I-7", "I-8", "E-3", "E-4"), findings)


def _step_of(result: CheckResult) -> Step:
    findings = tuple(map(str, result.findings)) + (("… and more",) if result.more else ())
    return Step(result.check, result.says, INVARIANTS.get(result.check, ()), findings, result.skipped)


class _Catalog(msgspec.Struct):
    """The catalog as it was at one moment, and how many commands it owed to the engine."""

    existing: Existing
    owed: int

    @classmethod
    async def read(cls, context: Context) -> "_Catalog":
        async with reading(context.catalog) as store:
            return cls(await store.existing(), len(await store.pending_commands()))

    def compare(self, core: Core) -> Step:
        name, says = "catalog_equals_engine", "Assets and markets of the catalog are those that the engine knows."
        if self.owed:
            return Step(
                name, says, (), skipped=f"the engine is still owed {self.owed} commands: run `pyxiu seed` again"
            )
        return Step(name, says, (), (*self._assets(core), *self._markets(core)))

    def _assets(self, core: Core) -> list[str]:
        decimals = {str(asset): count for asset, count in core.assets().items()}
        return [
            f"currency {row.id}: expected {row.decimals} decimals in the engine, found {decimals.get(row.id)}"
            for row in self.existing.currencies.values()
            if decimals.get(row.id) != row.decimals
        ]

    def _markets(self, core: Core) -> list[str]:
        known = {str(view.market): view for view in core.markets()}
        findings = []
        for market in self.existing.markets.values():
            expected = put_market(market)
            found = known.get(market.id)
            rules = found and (found.base, found.quote, found.price_precision, found.amount_precision)
            if rules != (expected.base, expected.quote, expected.price_precision, expected.amount_precision):
                findings.append(f"market {market.id}: expected {expected} in the engine, found {found}")
        return findings
