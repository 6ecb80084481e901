"""`pyxiu wallet balances | sweeps | move | …`: what the treasury holds, and what staff decides about it.

Invariant: nothing is signed here; a move is planned and the signer decides. Every change keeps who made it and why.
Limit: balances are as old as the scheduler's last look, which is told with them.
"""

from typing import Annotated, Any, Final

from cyclopts import Parameter

from pyxiu.app.custody_services import custody_services
from pyxiu.app.session import database_session
from pyxiu.app.settings import Settings
from pyxiu.cli.running import EXIT_OK, Home, Number, run, settings_for, tell
from pyxiu.custody.model import NetworkAsset
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.solvency import store as solvency_store
from pyxiu.custody.sweeps import store as sweep_store
from pyxiu.custody.sweeps.settle_sweep import drop_sweep, retry_sweep
from pyxiu.custody.treasury import entry_store, move_store, wallet_store
from pyxiu.custody.treasury.book_inflow import book_inflow
from pyxiu.custody.treasury.move_funds import move_funds, name_transaction
from pyxiu.kit.decimals import format_decimal

#: Who acts at the command line.
OPERATOR: Final = "operator"
#: Rows that a list shows.
ROWS_MAX: Final = 200
Reason = Annotated[str, Parameter(help="Why; it is kept with what was done.")]


def balances(*, home: Home = None) -> int:
    """Show what each wallet holds, its bound, and the block that it was read at."""
    settings = settings_for(home)
    return run(lambda: _balances(settings))


def sweeps(*, network: str | None = None, home: Home = None) -> int:
    """Show the newest sweeps, and what stays at deposit addresses because moving it is not worth it.

    Parameters
    ----------
    network
        Only of this network.
    """
    settings = settings_for(home)
    return run(lambda: _sweeps(settings, network))


def retry(sweep_id: Number, /, *, reason: Reason, home: Home = None) -> int:
    """Take up a sweep again that waits for a person.

    Parameters
    ----------
    sweep_id
        Its number in `pyxiu wallet sweeps`.
    """
    settings = settings_for(home)
    return run(lambda: _retry(settings, sweep_id, reason))


def drop(sweep_id: Number, /, *, reason: Reason, home: Home = None) -> int:
    """Give up a sweep of which nothing has left. Its coins are planned again later.

    Parameters
    ----------
    sweep_id
        Its number in `pyxiu wallet sweeps`.
    """
    settings = settings_for(home)
    return run(lambda: _drop(settings, sweep_id, reason))


def move(source: str, target: str, currency: str, amount: str, /, *, reason: Reason, home: Home = None) -> int:
    """Move coins between two wallets of a network. From a wallet without a key here it prints what others must sign.

    Parameters
    ----------
    source
        The wallet that pays.
    target
        The wallet that is paid.
    currency
        The code of a coin.
    amount
        In that coin, as 1.5.
    """
    settings = settings_for(home)
    return run(lambda: _move(settings, source, target, currency.lower(), amount, reason))


def moved(move_id: Number, txid: str, /, *, reason: Reason, home: Home = None) -> int:
    """Name the transaction by which others have carried out a move.

    Parameters
    ----------
    move_id
        The number that `pyxiu wallet move` has printed.
    txid
        The transaction's id.
    """
    settings = settings_for(home)
    return run(lambda: _moved(settings, move_id, txid, reason))


def inflows(*, home: Home = None) -> int:
    """Show payments into our own wallets that nobody has booked yet."""
    settings = settings_for(home)
    return run(lambda: _inflows(settings))


def book(network: str, payment_id: str, /, *, reason: Reason, home: Home = None) -> int:
    """Enter a payment into one of our wallets as the operator's own money.

    Parameters
    ----------
    network
        The network's key in the catalog.
    payment_id
        As `pyxiu wallet inflows` shows it.
    """
    settings = settings_for(home)
    return run(lambda: _book(settings, network, payment_id, reason))


def entries(*, owed: bool = False, home: Home = None) -> int:
    """Show network fees and inflows, and whether the ledger has them.

    Parameters
    ----------
    owed
        Only those that the ledger does not have.
    """
    settings = settings_for(home)
    return run(lambda: _entries(settings, owed=owed))


def solvency(*, home: Home = None) -> int:
    """Show the last comparison of the ledger with the chains, asset by asset."""
    settings = settings_for(home)
    return run(lambda: _solvency(settings))


async def _balances(settings: Settings) -> int:
    async with database_session(settings) as context:
        services = custody_services(context)
        async with context.custody.connect() as connection:
            rows = await wallet_store.stored_balances(connection)
        for row in rows:
            amount = await _amount(services, row.network, row.currency, int(row.chain_amount))
            bound = "no bound" if row.max_balance is None else f"bound {row.max_balance.normalize():f}"
            print(
                f"{row.name}  {row.network}  {row.kind}  {amount} {row.currency}  {bound}  "
                f"block {row.height}, {row.read_at:%Y-%m-%d %H:%M:%S}"
            )
    if not rows:
        tell("no balance was read yet: the scheduler reads them on networks with a node")
    return EXIT_OK


async def _sweeps(settings: Settings, network: str | None) -> int:
    async with database_session(settings) as context:
        services = custody_services(context)
        async with context.custody.connect() as connection:
            found = await sweep_store.list_sweeps(connection, network=network, limit=ROWS_MAX)
            dust = await sweep_store.dust_of(connection, network, limit=ROWS_MAX)
        for sweep in found:
            amount = await _amount(services, sweep.network, sweep.currency, sweep.chain_amount)
            why = f"  {sweep.reason}" if sweep.reason else ""
            print(f"{sweep.id}  {sweep.network}  {amount} {sweep.currency}  {sweep.state}{why}")
        for one in dust:
            amount = await _amount(services, one.network, one.currency, one.chain_amount)
            print(f"stays  {one.network}  {amount} {one.currency}  {one.coins} coins  {one.reason}")
    return EXIT_OK


async def _retry(settings: Settings, sweep_id: int, reason: str) -> int:
    async with database_session(settings) as context:
        sweep = await retry_sweep(custody_services(context), sweep_id, actor=OPERATOR, reason=reason)
    print(f"{sweep.id}  {sweep.state}")
    return EXIT_OK


async def _drop(settings: Settings, sweep_id: int, reason: str) -> int:
    async with database_session(settings) as context:
        sweep = await drop_sweep(custody_services(context), sweep_id, actor=OPERATOR, reason=reason)
    print(f"{sweep.id}  {sweep.state}")
    return EXIT_OK


async def _move(settings: Settings, source: str, target: str, currency: str, amount: str, reason: str) -> int:
    async with database_session(settings) as context:
        done = await move_funds(
            custody_services(context), source, target, currency, amount, actor=OPERATOR, reason=reason
        )
    if done.payout_id is not None:
        print(f"move {done.id}: payout {done.payout_id}")
        return EXIT_OK
    print(f"move {done.id}: sign elsewhere: {amount} {currency} from {done.source} to {done.target}")
    tell(f"then name its transaction: pyxiu wallet moved {done.id} TXID")
    return EXIT_OK


async def _moved(settings: Settings, move_id: int, txid: str, reason: str) -> int:
    async with database_session(settings) as context:
        await name_transaction(custody_services(context), move_id, txid, actor=OPERATOR, reason=reason)
    return EXIT_OK


async def _inflows(settings: Settings) -> int:
    async with database_session(settings) as context:
        services = custody_services(context)
        async with context.custody.connect() as connection:
            rows = await move_store.open_inflows(connection)
        for row in rows:
            amount = await _amount(services, row.network, row.currency, int(row.amount))
            height = "in no block" if row.block_height is None else f"block {row.block_height}"
            print(f"{row.network}  {row.payment_id}  {amount} {row.currency or row.contract}  {row.wallet}  {height}")
    return EXIT_OK


async def _book(settings: Settings, network: str, payment_id: str, reason: str) -> int:
    async with database_session(settings) as context:
        amount = await book_inflow(custody_services(context), network, payment_id, actor=OPERATOR, reason=reason)
    print(f"{amount} units are entered by the scheduler")
    return EXIT_OK


async def _entries(settings: Settings, *, owed: bool) -> int:
    async with database_session(settings) as context:
        services = custody_services(context)
        async with context.custody.connect() as connection:
            rows = await entry_store.list_entries(connection, owed_only=owed, limit=ROWS_MAX)
        for row in rows:
            amount = await _amount(services, row.network, row.currency, row.chain_amount)
            state = row.state if row.held_up is None else f"{row.state}: {row.held_up}"
            print(f"{row.kind}  {row.network}  {amount} {row.currency}  {row.reference}  {state}  {row.reason}")
    return EXIT_OK


async def _solvency(settings: Settings) -> int:
    async with database_session(settings) as context, context.custody.connect() as connection:
        rows = await solvency_store.last_checks(connection)
    for row in rows:
        items = "".join(f"\n    {_item(item, row.decimals)}" for item in row.items)
        numbers = {name: _text(getattr(row, name), row.decimals) for name in ("holdings", "ledger", "members")}
        print(
            f"{row.asset}  chains {numbers['holdings']}  ledger {numbers['ledger']}  members {numbers['members']}  "
            f"unexplained {_text(row.unexplained, row.decimals)}  {row.at:%Y-%m-%d %H:%M:%S}{items}"
        )
    if not rows:
        tell("nothing was compared yet: the scheduler does it on networks with a node")
    return EXIT_OK


def _item(item: dict[str, Any], decimals: int) -> str:
    detail = ", ".join(f"{name} {_text(amount, decimals)}" for name, amount in item.get("detail", {}).items())
    return f"{item['kind']} {_text(item['amount'], decimals)}" + (f" ({detail})" if detail else "")


def _text(amount: Any, decimals: int) -> str:
    return format_decimal(int(amount), decimals)


async def _amount(services: CustodyServices, network: str, currency: str | None, units: int) -> str:
    """As people write it; in units where the asset is not listed any more."""
    assets: list[NetworkAsset] = list(await services.assets.assets(network))
    decimals = next((one.chain_decimals for one in assets if one.asset == currency), None)
    return f"{units} units of" if decimals is None else format_decimal(units, decimals)
