"""`pyxiu deposit`: what was paid in, what is listed as an exception, a bank's money, and who may not withdraw.

Invariant: whatever changes something says who did it and why. Limit: amounts are typed in whole currency, as 12.50.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final

from cyclopts import Parameter

from pyxiu.app.context import Context
from pyxiu.app.custody_services import custody_services
from pyxiu.app.session import database_session, engine_session
from pyxiu.app.settings import Settings
from pyxiu.catalog.model import Currency, CurrencyType
from pyxiu.catalog.reads import CatalogReader
from pyxiu.cli.running import EXIT_FAILED, EXIT_OK, Home, Number, Rows, run, settings_for, tell
from pyxiu.custody import freezes as freeze_store
from pyxiu.custody.deposits.accept_fiat_deposit import accept_fiat_deposit
from pyxiu.custody.deposits.cancel_fiat_deposit import Ending, cancel_fiat_deposit
from pyxiu.custody.deposits.model import Deposit, DepositState
from pyxiu.custody.deposits.reads import DepositFilter, find_deposits, find_exceptions
from pyxiu.custody.deposits.record_fiat_deposit import FiatDeposit, record_fiat_deposit
from pyxiu.custody.deposits.resolve_exception import credit_exception, dismiss_exception
from pyxiu.custody.deposits.wire import time_text
from pyxiu.custody.freeze_member import freeze_member, lift_freeze
from pyxiu.custody.services import CustodyServices
from pyxiu.identity.access.credential_store import find_user
from pyxiu.kit.decimals import format_decimal, parse_decimal, rescale

LIST_MAX: Final = 1_000
Actor = Annotated[str, Parameter(help="Who does this; it is kept.")]
Reason = Annotated[str, Parameter(help="Why; it is kept.")]


def list_all(
    *,
    uid: str | None = None,
    currency: str | None = None,
    txid: str | None = None,
    limit: Rows = 50,
    home: Home = None,
) -> int:
    """Show the newest deposits.

    Parameters
    ----------
    uid
        Only those of a member.
    currency
        Only those of a currency.
    txid
        Only those of a transaction.
    limit
        How many at most.
    """
    settings = settings_for(home)
    return run(lambda: _list(settings, DepositFilter(uid=uid, currency=currency, txid=txid), limit))


def exceptions(
    *, network: str | None = None, all_of_them: Annotated[bool, Parameter(name="--all")] = False, home: Home = None
) -> int:
    """Show payments to us that are no deposits, and why.

    Parameters
    ----------
    network
        Only those on a network.
    all_of_them
        Resolved ones too, such as our own transactions.
    """
    settings = settings_for(home)
    return run(lambda: _exceptions(settings, network, all_of_them=all_of_them))


def credit(exception: Number, /, *, actor: Actor, reason: Reason, home: Home = None) -> int:
    """Make a deposit of a listed payment; it is credited at its depth like any other.

    Parameters
    ----------
    exception
        Its number in `pyxiu deposit exceptions`.
    """
    settings = settings_for(home)

    async def work() -> int:
        async with _services(settings) as services:
            return _told(await credit_exception(services, exception, actor=actor, reason=reason))

    return run(work)


def dismiss(exception: Number, /, *, actor: Actor, reason: Reason, home: Home = None) -> int:
    """Take a listed payment off the list without crediting it.

    Parameters
    ----------
    exception
        Its number in `pyxiu deposit exceptions`.
    """
    settings = settings_for(home)

    async def work() -> int:
        async with _services(settings) as services:
            refusal = await dismiss_exception(services, exception, actor=actor, reason=reason)
        if refusal is not None:
            tell(refusal)
            return EXIT_FAILED
        return EXIT_OK

    return run(work)


def record(  # noqa: PLR0913 - flags
    uid: str,
    currency: str,
    amount: str,
    /,
    *,
    fee: str = "0",
    transfer_type: str = "fiat",
    txid: str | None = None,
    tid: str | None = None,
    actor: Actor,
    reason: Reason,
    home: Home = None,
) -> int:
    """Record money that a bank says has come; `pyxiu deposit accept` credits it.

    Parameters
    ----------
    uid
        The member.
    currency
        A fiat currency.
    amount
        What has come, the fee included.
    fee
        What of it is kept.
    transfer_type
        fiat, card, wire, swift or sepa.
    txid
        The bank's reference.
    tid
        A name of your own for it, so that recording it again changes nothing.
    """
    settings = settings_for(home)

    async def work() -> int:
        async with database_session(settings) as context:
            fiat = await _fiat(context, currency.lower(), uid)
            if isinstance(fiat, str):
                return _told(fiat)
            paid, kept = (parse_decimal(given, fiat.precision) for given in (amount, fee))
            if paid is None or kept is None:
                return _told(f"expected amounts with at most {fiat.precision} decimals, found {amount!r} and {fee!r}")
            deposit = FiatDeposit(
                uid=uid,
                currency=currency.lower(),
                decimals=fiat.decimals,
                amount=rescale(paid, fiat.precision, fiat.decimals) or 0,
                fee=rescale(kept, fiat.precision, fiat.decimals) or 0,
                transfer_type=transfer_type,
                txid=txid,
                tid=tid,
            )
            return _told(await record_fiat_deposit(custody_services(context), deposit, actor=actor, reason=reason))

    return run(work)


def accept(tid: str, /, *, actor: Actor, reason: Reason, home: Home = None) -> int:
    """Credit a bank's deposit that was recorded. Accepting it again changes nothing.

    Parameters
    ----------
    tid
        The deposit's name.
    """
    settings = settings_for(home)

    async def work() -> int:
        async with engine_session(settings) as context:
            made = await accept_fiat_deposit(custody_services(context), tid, actor=actor, reason=reason)
        code = _told(made)
        return code if isinstance(made, Deposit) and made.state is DepositState.CREDITED else EXIT_FAILED

    return run(work)


def cancel(tid: str, /, *, reject: bool = False, actor: Actor, reason: Reason, home: Home = None) -> int:
    """End a bank's deposit that was not accepted.

    Parameters
    ----------
    tid
        The deposit's name.
    reject
        Rejected by us, not canceled by its sender.
    """
    settings = settings_for(home)
    ending: Ending = "reject" if reject else "cancel"

    async def work() -> int:
        async with _services(settings) as services:
            return _told(await cancel_fiat_deposit(services, tid, ending=ending, actor=actor, reason=reason))

    return run(work)


def freezes(*, uid: str | None = None, home: Home = None) -> int:
    """Show which members may not withdraw, and why.

    Parameters
    ----------
    uid
        Only those of a member, lifted ones too.
    """
    settings = settings_for(home)
    return run(lambda: _freezes(settings, uid))


def lift(freeze: Number, /, *, actor: Actor, reason: Reason, home: Home = None) -> int:
    """End a freeze, so that the member may withdraw again, if no other one is open.

    Parameters
    ----------
    freeze
        Its number in `pyxiu deposit freezes`.
    """
    settings = settings_for(home)
    return run(lambda: _lift(settings, freeze, actor, reason))


def freeze(uid: str, /, *, actor: Actor, reason: Reason, home: Home = None) -> int:
    """Stop a member's withdrawals until the freeze is lifted.

    Parameters
    ----------
    uid
        The member.
    """
    settings = settings_for(home)
    return run(lambda: _freeze(settings, uid, actor, reason))


async def _list(settings: Settings, wanted: DepositFilter, limit: int) -> int:
    async with _services(settings) as services, services.database.connect() as connection:
        rows, total = await find_deposits(connection, wanted, limit=min(limit, LIST_MAX))
    for row in rows:
        print(_line(row))
    if total > len(rows):
        tell(f"{total - len(rows)} more")
    return EXIT_OK


async def _exceptions(settings: Settings, network: str | None, *, all_of_them: bool) -> int:
    async with _services(settings) as services, services.database.connect() as connection:
        rows = await find_exceptions(connection, network=network, all_of_them=all_of_them, limit=LIST_MAX)
    for row in rows:
        listed = row.listed
        end = f"  {listed.resolution} by {listed.resolved_by}" if listed.resolution else ""
        print(
            f"{listed.id:>6}  {time_text(listed.created_at)}  {listed.network}  {listed.reason}  {listed.owner}  "
            f"{row.chain_amount} of {listed.currency or row.contract or 'its coin'}  {listed.payment_id}  "
            f"{listed.text}{end}"
        )
    return EXIT_OK


async def _freezes(settings: Settings, uid: str | None) -> int:
    async with _services(settings) as services, services.database.connect() as connection:
        rows = await freeze_store.freezes(connection, uid=uid, all_of_them=uid is not None)
    for row in rows:
        end = f"  lifted {time_text(row.lifted_at)} by {row.lifted_by}: {row.lift_reason}" if row.lifted_at else ""
        print(f"{row.id:>6}  {time_text(row.raised_at)}  {row.uid}  by {row.raised_by}: {row.reason}{end}")
    return EXIT_OK


async def _lift(settings: Settings, number: int, actor: str, reason: str) -> int:
    async with _services(settings) as services:
        lifted = await lift_freeze(services, number, actor=actor, reason=reason)
    return EXIT_OK if lifted else _told(f"no open freeze {number}")


async def _freeze(settings: Settings, uid: str, actor: str, reason: str) -> int:
    async with _services(settings) as services:
        await freeze_member(services, uid, actor=actor, reason=reason)
    return EXIT_OK


async def _fiat(context: Context, code: str, uid: str) -> Currency | str:
    """A fiat currency; or what is wrong with it or with the member."""
    currency = (await CatalogReader(context.catalog).currencies()).get(code)
    if currency is None or currency.type is not CurrencyType.FIAT:
        return f"no fiat currency {code!r}"
    async with context.identity.connect() as connection:
        known = await find_user(connection, uid)
    return f"no member {uid!r}" if known is None else currency


@asynccontextmanager
async def _services(settings: Settings) -> AsyncIterator[CustodyServices]:
    async with database_session(settings) as context:
        yield custody_services(context)


def _told(made: Deposit | str) -> int:
    if isinstance(made, str):
        tell(made)
        return EXIT_FAILED
    print(_line(made))
    return EXIT_OK


def _line(row: Deposit) -> str:
    amount = f"{format_decimal(row.amount, row.decimals)} {row.currency}"
    where = f"{row.network} {row.txid}" if row.network else f"{row.transfer_type} {row.txid or ''}"
    refused = f"  refused: {row.refusal}" if row.refusal else ""
    return f"{row.tid}  {time_text(row.created_at)}  {row.uid}  {amount}  {row.state}  {where.rstrip()}{refused}"
