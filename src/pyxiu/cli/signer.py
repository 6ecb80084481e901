"""`pyxiu signer`: what the signer allows, and what it has signed.

Invariant: the policy is changed here and nowhere else, each change with an entry in the signer's own log. Limit: these
commands act as the database's owner; keep them to the machine of whoever answers for the keys.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

from cyclopts import Parameter
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.app.custody_services import custody_services
from pyxiu.app.session import database_session
from pyxiu.app.settings import Settings
from pyxiu.cli.running import EXIT_FAILED, EXIT_OK, Home, Rows, run, settings_for, tell
from pyxiu.custody.model import NetworkInfo
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.signing import store
from pyxiu.custody.signing.model import Limit, LogEntry
from pyxiu.kit.clock import now_of
from pyxiu.kit.decimals import format_decimal, parse_decimal
from pyxiu.kit.errors import PermanentError

#: Entries of the log that are read at once.
CHUNK: Final = 1_000
Reason = Annotated[str, Parameter(help="Why; it is kept in the signer's log.")]


def policy(*, home: Home = None) -> int:
    """Show what the signer allows on each network."""
    settings = settings_for(home)
    return run(lambda: _show(settings))


def limit(
    network: str, currency: str, amount: str, /, *, period_s: int = 86_400, reason: Reason, home: Home = None
) -> int:
    """Let at most so much of a currency leave to others in a period. Without a limit a currency is not paid at all.

    Parameters
    ----------
    network
        The network's key.
    currency
        The code of a coin on it.
    amount
        In whole coins, as 12.5.
    period_s
        The length of the period; a currency may have limits for several.
    """
    settings = settings_for(home)
    return run(lambda: _limit(settings, network, currency.lower(), amount, period_s, reason))


def fee(network: str, most: int, /, *, reason: Reason, home: Home = None) -> int:
    """The most that one transaction may cost, in the chain's smallest unit. Without it nothing is signed there.

    Parameters
    ----------
    network
        The network's key.
    most
        As 1000000 (litoshi), 20000000000000000 (wei).
    """
    settings = settings_for(home)
    return run(lambda: _fee(settings, network, most, reason))


def allow(network: str, address: str, /, *, note: str, reason: Reason, home: Home = None) -> int:
    """Let sweeps and moves of the treasury go to an address that no key here owns, as a cold wallet's.

    Parameters
    ----------
    network
        The network's key.
    address
        The address.
    note
        What it is.
    """
    settings = settings_for(home)
    return run(lambda: _allow(settings, network, address, note, reason))


def log(*, verify: bool = False, last: Rows = 50, home: Home = None) -> int:
    """Show what the signer has signed and refused, or check that its log is whole.

    Parameters
    ----------
    verify
        Check the chain of hashes from its beginning.
    last
        So many entries.
    """
    settings = settings_for(home)
    return run(lambda: _verify(settings) if verify else _log(settings, last))


async def _show(settings: Settings) -> int:
    async with database_session(settings) as context:
        services = custody_services(context)
        async with services.database.connect() as connection:
            networks = await store.policy_networks(connection)
            for network in networks:
                policy = await store.policy_of(connection, network)
                fee_max = "nothing" if policy.fee_max is None else policy.fee_max
                print(f"{network}  a transaction costs at most {fee_max}")
                assets = {one.asset: one for one in await services.assets.assets(network)}
                for one in policy.limits:
                    decimals = assets[one.currency].chain_decimals if one.currency in assets else 0
                    print(f"    {one.currency}  {format_decimal(one.amount_max, decimals)} in {one.period_s} s")
                for destination in sorted(policy.allowed):
                    print(f"    moves may go to {destination}")
    if not networks:
        tell("no policy: nothing is signed. `pyxiu signer fee` and `pyxiu signer limit` make one")
    return EXIT_OK


async def _limit(settings: Settings, network: str, currency: str, amount: str, period_s: int, reason: str) -> int:
    async def change(connection: AsyncConnection, services: CustodyServices) -> dict[str, Any]:
        asset = next((one for one in await services.assets.assets(network) if one.asset == currency), None)
        if asset is None:
            raise PermanentError(f"{currency} does not move on {network}")
        units = parse_decimal(amount, asset.chain_decimals)
        if units is None or units < 0 or period_s <= 0:
            raise PermanentError(f"expected an amount of {currency} and a period of seconds, found {amount!r}")
        await store.put_limit(connection, Limit(network, currency, period_s, units))
        return {"currency": currency, "amount_max": str(units), "period_s": period_s}

    return await _changed(settings, network, "limit", reason, change)


async def _fee(settings: Settings, network: str, most: int, reason: str) -> int:
    async def change(connection: AsyncConnection, _services: CustodyServices) -> dict[str, Any]:
        if most < 0:
            raise PermanentError(f"expected an amount, found {most}")
        await store.put_fee_max(connection, network, most)
        return {"fee_max": str(most)}

    return await _changed(settings, network, "fee", reason, change)


async def _allow(settings: Settings, network: str, address: str, note: str, reason: str) -> int:
    async def change(connection: AsyncConnection, services: CustodyServices) -> dict[str, Any]:
        known = await _network(services, network)
        checked = services.address_book.check(known.chain, address)
        await store.put_allowed(connection, network, checked.destination, note)
        return {"address": checked.text, "note": note}

    return await _changed(settings, network, "allow", reason, change)


Change = Callable[[AsyncConnection, CustodyServices], Awaitable[dict[str, Any]]]


async def _changed(settings: Settings, network: str, kind: str, reason: str, change: Change) -> int:
    """A change of the policy and its entry in the log, together."""
    async with database_session(settings, migrate=True) as context:
        services = custody_services(context)
        await _network(services, network)
        async with services.database.begin() as connection:
            await store.lock_signer(connection)
            detail = await change(connection, services)
            at = now_of(services.clock)
            await store.append(connection, f"policy.{kind}", network, {**detail, "reason": reason}, at=at)
    return EXIT_OK


async def _network(services: CustodyServices, key: str) -> NetworkInfo:
    known = {one.key: one for one in await services.assets.networks()}
    if key not in known:
        raise PermanentError(f"no network {key!r}; there are {', '.join(sorted(known)) or 'none'}")
    return known[key]


async def _log(settings: Settings, last: int) -> int:
    async with database_session(settings) as context, context.custody.connect() as connection:
        end = await store.last_log_id(connection)
        for entry in await store.read_log(connection, after=max(0, end - last), limit=last):
            print(_line(entry))
    return EXIT_OK


async def _verify(settings: Settings) -> int:
    before: LogEntry | None = None
    count = 0
    async with database_session(settings) as context, context.custody.connect() as connection:
        while entries := await store.read_log(connection, after=before.id if before else 0, limit=CHUNK):
            broken = store.broken_at(entries, before)
            if broken is not None:
                tell(f"entry {broken} does not follow from the one before it", "bold red")
                return EXIT_FAILED
            before, count = entries[-1], count + len(entries)
    last = f"; the last hash is {before.hash.hex()}" if before else ""
    print(f"{count} entries, each follows from the one before it{last}")
    return EXIT_OK


def _line(entry: LogEntry) -> str:
    payout = "" if entry.payout_id is None else f"  payout {entry.payout_id}"
    told = entry.detail.get("reason") or entry.detail.get("txid") or ""
    return f"{entry.id}  {entry.at:%Y-%m-%d %H:%M:%S}  {entry.kind}  {entry.network}{payout}  {told}"
