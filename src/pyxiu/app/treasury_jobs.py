"""The scheduler's jobs for the treasury: sweep deposits, book fees, watch wallets, set the ledger against the chains.

Invariant: each is safe to run twice at once and to be cut off anywhere. Limit: networks without a node here are left
alone, except by alarms.
"""

from pyxiu.app.payout_desks import Desks
from pyxiu.custody.payouts.ports import PayoutChain
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.solvency.watch_solvency import watch_solvency
from pyxiu.custody.sweeps.advance_sweeps import advance_sweeps
from pyxiu.custody.sweeps.plan_sweeps import plan_sweeps
from pyxiu.custody.sweeps.watch_sweeps import watch_sweeps
from pyxiu.custody.treasury.book_entries import book_entries, note_fees
from pyxiu.custody.treasury.note_other_fees import note_other_fees
from pyxiu.custody.treasury.read_balances import read_balances


async def plan(services: CustodyServices, desks: Desks) -> None:
    """What is worth sweeping becomes a sweep."""
    await plan_sweeps(services, await chains_of(desks))


async def advance(services: CustodyServices, desks: Desks) -> None:
    """Sweeps under way, and what is wrong with some."""
    try:
        await advance_sweeps(services, await chains_of(desks))
    finally:
        await watch_sweeps(services)


async def book(services: CustodyServices, desks: Desks) -> None:
    """What chains have charged is entered into the ledger."""
    await note_fees(services)
    await note_other_fees(services, await chains_of(desks))
    await book_entries(services)


async def balances(services: CustodyServices, desks: Desks) -> None:
    """What the treasury's wallets hold."""
    await read_balances(services, await chains_of(desks))


async def solvency(services: CustodyServices, desks: Desks) -> None:
    """The ledger against the chains."""
    await watch_solvency(services, await chains_of(desks))


async def chains_of(desks: Desks) -> dict[str, PayoutChain]:
    """Networks that can be asked here."""
    return {desk.key: desk.chain for desk in await desks.all()}
