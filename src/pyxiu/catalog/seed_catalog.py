"""Seed the catalog from Peatio seed files: all files valid, or nothing is written.

Invariant: rows and the commands they owe to the engine are written in one database transaction; what exists already is
skipped, never updated, so that seeding twice changes nothing. `tell_engine.py` then delivers the commands, and delivers
them the next time if a crash came between.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.catalog.check_seed import LISTS, SeedPlan, check_seed
from pyxiu.catalog.engine_rules import put_asset, put_fee_schedule, put_market, set_market_state
from pyxiu.catalog.model import MarketStatus, TradingFee
from pyxiu.catalog.seed_entries import Parsed, parse_entry
from pyxiu.catalog.seed_file import Problem, SeedKind, read_seed_file
from pyxiu.catalog.store import CatalogStore, writing
from pyxiu.core.codec import encode_command


class ParsedFiles(msgspec.Struct):
    """Everything that can be said about seed files without a database."""

    entries: list[Parsed] = []
    problems: list[Problem] = []
    warnings: list[str] = []


class SeedReport(msgspec.Struct):
    """What a seed added and skipped; with problems nothing was added."""

    added: dict[str, int] = {}
    skipped: list[str] = []
    warnings: list[str] = []
    problems: list[Problem] = []


async def seed_catalog(database: AsyncEngine, files: ParsedFiles) -> SeedReport:
    """Add what the files have and the catalog has not."""
    if files.problems:
        return SeedReport(warnings=files.warnings, problems=files.problems)
    async with writing(database) as store:
        plan, problems = check_seed(files.entries, await store.existing())
        if problems:
            return SeedReport(warnings=files.warnings + plan.warnings, problems=problems)
        await _apply(store, plan)
    return SeedReport(added=plan.counts(), skipped=plan.skipped, warnings=files.warnings + plan.warnings)


def parse_files(paths: Iterable[Path]) -> ParsedFiles:
    """Read files, or all `.yml` and `.yaml` files of folders, and check each entry by itself."""
    result = ParsedFiles()
    by_kind: dict[SeedKind, list[Parsed]] = {kind: [] for kind in SeedKind}
    for path in _expanded(paths):
        file = read_seed_file(path)
        result.problems += file.problems
        if file.kind is None:
            if not file.problems:
                result.warnings.append(f"{path.name}: not used yet, left alone")
            continue
        for entry in file.entries:
            parsed = parse_entry(file.kind, entry)
            by_kind[file.kind].append(parsed)
            result.problems += parsed.problems
            if parsed.ignored:
                result.warnings.append(f"{parsed.where}: fields without meaning here: {', '.join(parsed.ignored)}")
    result.entries = [parsed for kind in SeedKind for parsed in by_kind[kind]]
    return result


def _expanded(paths: Iterable[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(file for file in path.iterdir() if file.suffix in {".yml", ".yaml"})
        else:
            files.append(path)
    return files


async def _apply(store: CatalogStore, plan: SeedPlan) -> None:
    for name in LISTS:
        await store.add(name, getattr(plan, name))
    for currency in plan.currencies:
        await store.owe(f"currency {currency.id}", encode_command(put_asset(currency)))
    for market in plan.markets:
        await store.owe(f"market {market.id}", encode_command(put_market(market)))
        if market.state is not MarketStatus.ENABLED:
            await store.owe(f"state of market {market.id}", encode_command(set_market_state(market)))
    if plan.trading_fees:
        await _owe_fees(store, await store.trading_fees())


async def _owe_fees(store: CatalogStore, fees: Sequence[TradingFee]) -> None:
    """The engine takes the fee table whole, so any new row sends all of them."""
    await store.owe("fee schedule", encode_command(put_fee_schedule(fees)))
