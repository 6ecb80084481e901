"""Bring a demo into being: the catalog from `seed/`, the members as users with API keys, their funds.

Invariant: can run at every start; deposits carry fixed keys, so the engine answers the second one with the first
outcome and nothing is funded twice. Limit: what the members trade away is not topped up.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.app.demo.members import DemoCredentials, DemoMember, make_credentials
from pyxiu.app.demo.users import put_demo_user
from pyxiu.catalog.seed_catalog import SeedReport, parse_files, seed_catalog
from pyxiu.catalog.store import reading
from pyxiu.catalog.tell_engine import Delivery, tell_engine
from pyxiu.core.codec import encode_command
from pyxiu.core.commands import CreditDeposit, PutMember
from pyxiu.core.money import pack
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import AssetId, MemberId
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.tell_engine import tell_engine as tell_members
from pyxiu.kit.decimals import parse_decimal
from pyxiu.kit.errors import PermanentError

SEED_FOLDER: Final = Path(__file__).parent / "seed"


class DemoError(PermanentError):
    """The demo cannot be made on this exchange."""


class CommandSender(Protocol):
    """The part of the engine's client that is needed here."""

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]: ...


class DemoReport(msgspec.Struct):
    seed: SeedReport
    delivery: Delivery
    deposits: int
    credentials: DemoCredentials


async def prepare_demo(
    home: Path, catalog: AsyncEngine, engine: CommandSender, identity: IdentityServices
) -> DemoReport:
    """Make what is missing of the demo."""
    seed = await seed_catalog(catalog, parse_files([SEED_FOLDER]))
    if seed.problems:
        raise DemoError(f"the demo does not fit this exchange's catalog: {'; '.join(map(str, seed.problems))}")
    delivery = await tell_engine(catalog, engine)
    if delivery.rejected:
        raise DemoError(f"the engine refuses the demo's catalog: {'; '.join(delivery.rejected)}")
    credentials = make_credentials(home)
    await asyncio.gather(*(put_demo_user(identity, member) for member in credentials.members))
    await tell_members(identity.database, engine)
    async with reading(catalog) as store:
        decimals = {currency.id: currency.decimals for currency in await store.currencies()}
    deposits = 0
    for member in credentials.members:
        deposits += await _fund(engine, member, decimals)
    return DemoReport(seed=seed, delivery=delivery, deposits=deposits, credentials=credentials)


async def _fund(engine: CommandSender, member: DemoMember, decimals: dict[str, int]) -> int:
    """Credit a member's funds; how many deposits were new."""
    deposits = [_deposit(member, asset, amount, decimals[asset]) for asset, amount in member.funds.items()]
    outcomes = await engine.submit_many(deposits)
    if any(outcome.rejection is Rejection.MEMBER_UNKNOWN for outcome in outcomes):
        await engine.submit_many([encode_command(PutMember(member=MemberId(member.uid)))])
        outcomes = await engine.submit_many(deposits)
    refused = [outcome.rejection.name for outcome in outcomes if outcome.rejection is not Rejection.NONE]
    if refused:
        raise DemoError(f"the engine refuses to fund {member.name}: {', '.join(refused)}")
    return sum(not outcome.replayed for outcome in outcomes)


def _deposit(member: DemoMember, asset: str, amount: str, decimals: int) -> bytes:
    units = parse_decimal(amount, decimals)
    assert units, (asset, amount, decimals)
    return encode_command(
        CreditDeposit(
            key=f"demo:{member.uid}:{asset}", member=MemberId(member.uid), asset=AssetId(asset), amount=pack(units)
        )
    )
