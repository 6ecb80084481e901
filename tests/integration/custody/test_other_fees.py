"""Fees of transactions that no payout tells: found page by page, whatever stays on the list for ever."""

import pytest
from sqlalchemy import text

from pyxiu.custody.addresses.give_address import give_address
from pyxiu.custody.addresses.model import ShownAddress
from pyxiu.custody.chain import Spend
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.treasury import note_other_fees
from pyxiu.custody.wallets.model import WalletKind
from tests.integration.custody.test_sweeps import COIN, Quoted
from tests.support.custody import a_wallet, running_custody
from tests.support.deposits import catch_up
from tests.support.scripted_chain import ScriptedChain, pay

PAID = f"{1:064x}"
#: By its name the last of all.
MOVED = "f" * 64
FEE = 500


class Charging(Quoted):
    """A node that knows what every transaction has cost."""

    async def fee_paid(self, txid: str) -> int | None:  # noqa: ARG002 - the same for all
        return FEE


async def a_coin_that_others_moved(services: CustodyServices) -> None:
    services.engine.member("ID1")  # type: ignore[attr-defined] # a RecordingEngine
    shown = await give_address(services, "ID1", "ltc", "litecoin")
    assert isinstance(shown, ShownAddress)
    blocks = ScriptedChain()
    blocks.mine(pay(PAID, shown.row.destination, COIN))
    blocks.mine(spends=[Spend(MOVED, PAID, 0)])
    await catch_up(services, "litecoin", blocks, first=1)


async def adopted(services: CustodyServices, *facts: str) -> None:
    statement = text(
        "INSERT INTO adopted_facts (network, fact, actor, reason) VALUES ('litecoin', :fact, 'staff', '-')"
    )
    async with services.database.begin() as connection:
        await connection.execute(statement, [{"fact": fact} for fact in facts])


async def test_transactions_that_never_have_a_fee_keep_no_other_one_from_being_written_down(
    database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(note_other_fees, "PAGE", 2)
    async with running_custody(database_dsn) as services:
        await a_wallet(services, "litecoin", WalletKind.DEPOSIT)
        await a_coin_that_others_moved(services)
        await adopted(services, *(f"{number:064x}" for number in range(10, 15)), MOVED)
        chain = Charging()
        try:
            assert await note_other_fees.note_other_fees(services, {"litecoin": chain}) == 1
            assert await note_other_fees.note_other_fees(services, {"litecoin": chain}) == 0
        finally:
            await chain.close()
        async with services.database.connect() as connection:
            rows = await connection.execute(text("SELECT reference, chain_amount FROM treasury_entries"))
            assert [tuple(row) for row in rows] == [(MOVED, FEE)]
