"""`pyxiu wallet`: the exchange's wallets and their keys.

Invariant: a private key is neither read from a command line nor printed; it is made in the key store of this home.
Limit: what wallets hold is told by the watcher's tables, not here.
"""

import asyncio
from decimal import Decimal, InvalidOperation
from typing import Annotated, Final

from cyclopts import Parameter
from msgspec.structs import replace

from pyxiu.app.custody_services import custody_services
from pyxiu.app.first_wallets import make_first_wallets
from pyxiu.app.plugging import address_book_of, key_store_of, load_plugins
from pyxiu.app.session import database_session
from pyxiu.app.settings import Settings
from pyxiu.app.settings_error import SettingsError
from pyxiu.cli.running import EXIT_FAILED, EXIT_OK, Home, run, settings_for, tell
from pyxiu.custody.addresses.model import AddressRefusal
from pyxiu.custody.addresses.rotate_address import rotate_address
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.wallets import store
from pyxiu.custody.wallets.add_wallet import add_wallet, carry_currencies
from pyxiu.custody.wallets.model import NewWallet, Wallet, WalletKind, WalletStatus
from pyxiu.custody.wallets.set_status import set_status

#: Who acts at the command line.
OPERATOR: Final = "operator"
Reason = Annotated[str, Parameter(help="Why; it is kept with what was done.")]
Currencies = Annotated[str, Parameter(help="Codes, separated by commas; without them all that move on the network.")]


def init(*networks: str, home: Home = None) -> int:
    """Make the wallets that a network needs to begin with, with keys in this home's key store.

    For each network: one that receives deposits, one that pays withdrawals, and on chains with gas one that pays for
    tokens' transactions. What exists already is left alone.

    Parameters
    ----------
    networks
        Keys of networks in the catalog; without any, all that are active and whose chain is known.
    """
    settings = settings_for(home)
    return run(lambda: _init(settings, networks))


def add(  # noqa: PLR0913 - flags
    name: str,
    /,
    *,
    network: str,
    kind: WalletKind,
    key_id: str | None = None,
    xpub: str | None = None,
    address: str | None = None,
    currencies: Currencies = "",
    max_balance: str | None = None,
    reason: Reason,
    home: Home = None,
) -> int:
    """Add a wallet: by a public key, by an address that others sign for, or with a new key of this home.

    Parameters
    ----------
    name
        Unique on this exchange.
    network
        The network's key in the catalog.
    key_id
        The name of the private key in the signer's key store, where `xpub` is its public half.
    xpub
        The account's extended public key.
    address
        An address without a key of ours: cold storage.
    max_balance
        In the platform currency: what is swept beyond it goes to the next safer wallet.
    """
    settings = settings_for(home)
    new = NewWallet(
        name=name,
        network=network,
        kind=kind,
        key_id=key_id,
        xpub=xpub,
        address=address,
        max_balance=_amount(max_balance),
        currencies=_codes(currencies),
    )
    return run(lambda: _add(settings, new, reason))


def key(key_id: str, /, *, chain: str, home: Home = None) -> int:
    """Make a key in this home's key store and print its public half, for a wallet that is added elsewhere.

    Parameters
    ----------
    key_id
        The new key's name.
    chain
        bitcoin, litecoin, ethereum, evm:CHAIN_ID, …, or a plugin's.
    """
    settings = settings_for(home)
    plugins = load_plugins(settings)
    address_book_of(plugins, chain)
    print(key_store_of(plugins, settings).create(key_id, chain))
    return EXIT_OK


def list_all(*, home: Home = None) -> int:
    """Show every wallet: network, kind, status, own address, key, currencies."""
    settings = settings_for(home)
    return run(lambda: _list(settings))


def address(name: str, /, *, home: Home = None) -> int:
    """Print the own address of a wallet, to send coins to it.

    Parameters
    ----------
    name
        The wallet.
    """
    settings = settings_for(home)
    return run(lambda: _address(settings, name))


def carry(name: str, currencies: str, /, *, reason: Reason, home: Home = None) -> int:
    """Let a wallet carry further currencies of its network.

    Parameters
    ----------
    name
        The wallet.
    currencies
        Codes, separated by commas.
    """
    settings = settings_for(home)
    return run(lambda: _carry(settings, name, _codes(currencies), reason))


def status(name: str, to: WalletStatus, /, *, reason: Reason, home: Home = None) -> int:
    """Take a wallet out of use, or back into it. Deposits to its addresses are seen all the same.

    Parameters
    ----------
    name
        The wallet.
    to
        active, disabled or retired.
    """
    settings = settings_for(home)
    return run(lambda: _status(settings, name, to, reason))


def rotate_address_of(uid: str, currency: str, network: str, /, *, reason: Reason, home: Home = None) -> int:
    """Give a member a new deposit address and print it; the old ones stay theirs.

    Parameters
    ----------
    uid
        The member.
    currency
        The code of a coin.
    network
        The network's key in the catalog.
    """
    settings = settings_for(home)
    return run(lambda: _rotate(settings, uid, currency.lower(), network, reason))


async def _init(settings: Settings, networks: tuple[str, ...]) -> int:
    keys = await asyncio.to_thread(key_store_of, load_plugins(settings), settings)
    async with database_session(settings, migrate=True) as context:
        made = await make_first_wallets(custody_services(context), keys, networks, actor=OPERATOR)
    for wallet in made:
        print(_line(wallet))
    if not made:
        tell("nothing to make: every network of the catalog has its wallets, or there is none")
    return EXIT_OK


async def _add(settings: Settings, new: NewWallet, reason: str) -> int:
    async with database_session(settings, migrate=True) as context:
        services = custody_services(context)
        wallet = await add_wallet(services, await _with_key(settings, services, new), actor=OPERATOR, reason=reason)
    print(_line(wallet))
    return EXIT_OK


async def _with_key(settings: Settings, services: CustodyServices, new: NewWallet) -> NewWallet:
    """With a new key of this home, where neither a public key nor an address is given."""
    if new.xpub is not None or new.address is not None:
        return new
    if new.key_id is not None:
        raise SettingsError("--key-id: expected --xpub too, the public half of that key")

    chain = next((row.chain for row in await services.assets.networks() if row.key == new.network), None)
    if chain is None:
        raise SettingsError(f"--network: no network {new.network!r} in the catalog")
    keys = await asyncio.to_thread(key_store_of, load_plugins(settings), settings)
    return replace(new, key_id=new.name, xpub=keys.create(new.name, chain))


async def _list(settings: Settings) -> int:
    async with database_session(settings, migrate=True) as context, context.custody.connect() as connection:
        for wallet in await store.all_wallets(connection):
            print(_line(wallet))
    return EXIT_OK


async def _address(settings: Settings, name: str) -> int:
    async with database_session(settings, migrate=True) as context:
        wallet = await _known(custody_services(context), name)
    if wallet is None:
        return EXIT_FAILED
    if wallet.address is None:
        tell(f"{name} receives deposits on an address for each member; it has none of its own")
        return EXIT_FAILED
    print(wallet.address)
    return EXIT_OK


async def _carry(settings: Settings, name: str, currencies: tuple[str, ...], reason: str) -> int:
    async with database_session(settings, migrate=True) as context:
        services = custody_services(context)
        wallet = await _known(services, name)
        if wallet is None:
            return EXIT_FAILED
        await carry_currencies(services, wallet, currencies, actor=OPERATOR, reason=reason)
    return EXIT_OK


async def _status(settings: Settings, name: str, to: WalletStatus, reason: str) -> int:
    async with database_session(settings, migrate=True) as context:
        services = custody_services(context)
        wallet = await _known(services, name)
        if wallet is None:
            return EXIT_FAILED
        await set_status(services, wallet, to, actor=OPERATOR, reason=reason)
    return EXIT_OK


async def _rotate(settings: Settings, uid: str, currency: str, network: str, reason: str) -> int:
    async with database_session(settings, migrate=True) as context:
        services = custody_services(context)
        given = await rotate_address(services, uid, currency, network, actor=OPERATOR, reason=reason)
    if isinstance(given, AddressRefusal):
        tell(f"refused: {given.value}")
        return EXIT_FAILED
    print(given.row.address)
    return EXIT_OK


async def _known(services: CustodyServices, name: str) -> Wallet | None:
    async with services.database.connect() as connection:
        wallet = await store.wallet_by_name(connection, name)
    if wallet is None:
        tell(f"no wallet {name!r}; `pyxiu wallet list` shows them")
    return wallet


def _line(wallet: Wallet) -> str:
    own = wallet.address or "an address for each member"
    signer = f"key {wallet.key_id}" if wallet.key_id else "no key"
    carried = ",".join(wallet.currencies) or "nothing"
    return f"{wallet.name}  {wallet.network}  {wallet.kind}  {wallet.status}  {own}  {signer}  {carried}"


def _codes(text: str) -> tuple[str, ...]:
    return tuple(code.strip().lower() for code in text.split(",") if code.strip())


def _amount(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("nan")
    if not amount.is_finite() or amount < 0:
        raise SettingsError(f"--max-balance: expected a number, 0 or more, found {text!r}")
    return amount
