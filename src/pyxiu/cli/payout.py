"""`pyxiu payout`: what leaves the wallets, and what staff does when it cannot go on by itself.

Invariant: nothing here signs; what is done is kept with its reason. Limit: commands that must ask the chain need the
network's node in PYXIU_WATCHER_NODES.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Final

from cyclopts import Parameter

from pyxiu.app.approver import approver_key
from pyxiu.app.custody_services import custody_services
from pyxiu.app.payout_desks import Desks
from pyxiu.app.plugging import payout_chain_of
from pyxiu.app.session import database_session
from pyxiu.app.settings import Settings
from pyxiu.app.settings_error import SettingsError
from pyxiu.cli.running import EXIT_FAILED, EXIT_OK, Home, Number, run, settings_for, tell
from pyxiu.custody.payouts import act_on_payout, store
from pyxiu.custody.payouts.bump_payout import bump_payout, cancel_payout
from pyxiu.custody.payouts.desk import Desk
from pyxiu.custody.payouts.explain_payout import explain_payout
from pyxiu.custody.payouts.model import Payout
from pyxiu.custody.payouts.reconcile import adopt, explain_unexplained
from pyxiu.custody.payouts.states import FINAL, PayoutState
from pyxiu.custody.services import CustodyServices
from pyxiu.kit.errors import PermanentError

OPERATOR: Final = "operator"
LIST_MAX: Final = 200
Reason = Annotated[str, Parameter(help="Why; it is kept with what was done.")]


def list_payouts(
    *, state: PayoutState | None = None, network: str | None = None, every: bool = False, home: Home = None
) -> int:
    """Show payouts, the newest first: those that are under way, or all of them.

    Parameters
    ----------
    state
        Only those in this state.
    network
        Only those on this network.
    every
        Those that have ended too.
    """
    settings = settings_for(home)
    states = [state] if state else [] if every else [one for one in PayoutState if one not in FINAL]
    return run(lambda: _list(settings, states, network))


def explain(payout: str, /, *, home: Home = None) -> int:
    """Tell all about a payout: whom it pays, each attempt, what it waits for and what can be done.

    Parameters
    ----------
    payout
        Its number, or the tid of a withdrawal.
    """
    settings = settings_for(home)
    return run(lambda: _explain(settings, payout))


def bump(payout: Number, /, *, home: Home = None) -> int:
    """Offer more for a payout that no block takes, within the bounds of the settings."""
    settings = settings_for(home)
    return run(lambda: _bump(settings, payout, cancel=False))


def cancel(payout: Number, /, *, home: Home = None) -> int:
    """Take the nonce of a payout with a payment to nobody; the funds go back when that is mined.

    Whichever of the two is mined first counts. Only on chains with nonces.
    """
    settings = settings_for(home)
    return run(lambda: _bump(settings, payout, cancel=True))


def park(payout: Number, /, *, reason: Reason, home: Home = None) -> int:
    """Set a payout aside. What was signed may still be mined, and counts then."""
    settings = settings_for(home)
    return run(lambda: _act(settings, payout, "park", reason))


def resume(payout: Number, /, *, reason: Reason, home: Home = None) -> int:
    """Let a parked payout go on from where it can."""
    settings = settings_for(home)
    return run(lambda: _act(settings, payout, "resume", reason))


def split(payout: Number, /, *, reason: Reason, home: Home = None) -> int:
    """Make a payout of each withdrawal of a batch that was not signed yet."""
    settings = settings_for(home)
    return run(lambda: _act(settings, payout, "split", reason))


def settle(payout: Number, /, *, reason: Reason, home: Home = None) -> int:
    """Say that a parked payout was paid by the transaction that is in its place on the chain."""
    settings = settings_for(home)
    return run(lambda: _end(settings, payout, reason, paid=True))


def fail(payout: Number, /, *, reason: Reason, home: Home = None) -> int:
    """Say that a parked payout is not and will never be paid; the funds go back to its members.

    Refused while it may still be mined: only what was never signed, or whose coins or nonce another transaction has
    used, deep enough, can fail.
    """
    settings = settings_for(home)
    return run(lambda: _end(settings, payout, reason, paid=False))


def reconcile(
    network: str,
    /,
    *,
    adopt_fact: Annotated[str | None, Parameter(name="--adopt")] = None,
    withdrawal: Annotated[tuple[str, ...], Parameter(name="--withdrawal", negative=())] = (),
    reason: Reason = "",
    home: Home = None,
) -> int:
    """Show what our keys have done on the chain and the database does not know, as after a restored backup.

    Nothing is paid on the network while there is any. With --adopt one of them is taken for ours.

    Parameters
    ----------
    network
        The network's key.
    adopt_fact
        A transaction's id or `address:nonce`, as it is shown.
    withdrawal
        The tid of a withdrawal that it has paid; may be given several times.
    """
    settings = settings_for(home)
    if adopt_fact is not None and not reason:
        raise SettingsError("--reason: say why it is taken for ours")
    return run(lambda: _reconcile(settings, network, adopt_fact, withdrawal, reason))


def approver(*, home: Home = None) -> int:
    """Print the public key that payouts are approved with, for PYXIU_SIGNER_APPROVER of a signer elsewhere."""
    settings = settings_for(home)
    settings.home.mkdir(parents=True, exist_ok=True)
    print(approver_key(settings.home).public_key().public_bytes_raw().hex())
    return EXIT_OK


@asynccontextmanager
async def _desks(settings: Settings) -> AsyncIterator[tuple[CustodyServices, Desks]]:
    async with database_session(settings) as context:
        services = custody_services(context)
        make_chain = partial(payout_chain_of, context.plugins)
        desks = Desks(services, settings.nodes.watcher, approver_key(settings.home), settings.payouts, make_chain)
        try:
            yield services, desks
        finally:
            await desks.close()


async def _desk_of(services: CustodyServices, desks: Desks, payout_id: int) -> Desk:
    async with services.database.connect() as connection:
        payout = await store.find_payout(connection, payout_id)
    if payout is None:
        raise PermanentError(f"no payout {payout_id}")
    return await _desk(desks, payout.network)


async def _desk(desks: Desks, network: str) -> Desk:
    desk = await desks.of(network)
    if desk is None:
        raise PermanentError(f"no node for {network}: name one in PYXIU_WATCHER_NODES")
    return desk


async def _list(settings: Settings, states: list[PayoutState], network: str | None) -> int:
    async with database_session(settings) as context, context.custody.connect() as connection:
        found = await store.list_payouts(connection, states=states, network=network, limit=LIST_MAX)
    for payout in found:
        print(_line(payout))
    return EXIT_OK


async def _explain(settings: Settings, named: str) -> int:
    async with database_session(settings) as context:
        lines = await explain_payout(custody_services(context), named)
    if lines is None:
        tell(f"no payout {named}: neither its number nor a withdrawal's tid that is being paid")
        return EXIT_FAILED
    print("\n".join(lines))
    return EXIT_OK


async def _bump(settings: Settings, payout_id: int, *, cancel: bool) -> int:
    async with _desks(settings) as (services, desks):
        desk = await _desk_of(services, desks, payout_id)
        made = await (cancel_payout if cancel else bump_payout)(desk, payout_id)
    print(f"attempt {made.attempt} of payout {made.payout_id} waits for the signer; it costs {made.chain_fee} at most")
    return EXIT_OK


async def _act(settings: Settings, payout_id: int, act: str, reason: str) -> int:
    async with database_session(settings) as context:
        services = custody_services(context)
        if act == "split":
            made = await act_on_payout.split_payout(services, payout_id, actor=OPERATOR, reason=reason)
            print(f"payouts {', '.join(map(str, made))}")
            return EXIT_OK
        does = act_on_payout.park_payout if act == "park" else act_on_payout.resume_payout
        print(_line(await does(services, payout_id, actor=OPERATOR, reason=reason)))
    return EXIT_OK


async def _end(settings: Settings, payout_id: int, reason: str, *, paid: bool) -> int:
    async with _desks(settings) as (services, desks):
        desk = await _desk_of(services, desks, payout_id)
        ended = await act_on_payout.end_payout(desk, payout_id, paid=paid, actor=OPERATOR, reason=reason)
    print(_line(ended))
    return EXIT_OK


async def _reconcile(settings: Settings, network: str, fact: str | None, tids: tuple[str, ...], reason: str) -> int:
    async with _desks(settings) as (_, desks):
        desk = await _desk(desks, network)
        if fact is not None:
            made = await adopt(desk, fact, actor=OPERATOR, reason=reason, tids=tids)
            print(f"adopted{'' if made is None else f', as payout {made}'}")
        findings = await explain_unexplained(desk)
    for finding in findings:
        print(f"{finding.fact.fact}  {finding.fact.told}")
        for destination, contract, amount in finding.spend.pays if finding.spend else ():
            print(f"    pays {amount} {contract or 'of the coin'} to {destination}")
        if finding.untold is not None:
            print(f"    not known what it pays: {finding.untold}")
        if finding.candidates:
            print(f"    may have paid {', '.join(finding.candidates)}")
    if not findings:
        tell(f"everything that our keys have done on {network} is explained")
        return EXIT_OK
    return EXIT_FAILED


def _line(payout: Payout) -> str:
    told = f"{payout.id}  {payout.network}  {payout.purpose}  {payout.currency}  {payout.state}"
    return "  ".join([told, *filter(None, (payout.txid, payout.reason))])
