"""Payouts on a private EVM chain: a funded hot wallet, what an address has, mining until one is settled."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec.structs import replace

from pyxiu.custody.model import NetworkInfo
from pyxiu.custody.payouts.settings import PayoutSettings
from pyxiu.custody.wallets.model import Wallet
from pyxiu.custody.wallets.store import wallet_by_name
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.states import WithdrawalState
from tests.support.anvil import ETHER, AnvilNode, new_account
from tests.support.custody import ETHEREUM, FixedAssets
from tests.support.payouts import Paying, paying

DEPTH = 2
NETWORK: NetworkInfo = replace(ETHEREUM, min_confirmations=DEPTH)
SUPPLY = 10**15
USDT = 10**6
#: The engine keeps usdt with 18 decimals, the token has 6.
UNIT = 10**12


@asynccontextmanager
async def funded(
    dsn: str, folder: Path, node: AnvilNode, token: str, *, tokens: int, settings: PayoutSettings | None = None
) -> AsyncIterator[Paying]:
    """A hot wallet with 10 ETH and so many USDT, and a signer that allows everything."""
    node.transact(token, "set_mode", 0)
    assets = FixedAssets()
    assets.change("usdt", "ethereum", contract=token)
    async with paying(
        dsn, folder, NETWORK, node.url, first=node.height() + 1, assets=assets, settings=settings
    ) as made:
        hot = await made.wallet()
        for currency in ("eth", "usdt"):
            await made.allow(currency)
        assert hot.address is not None
        node.send(hot.address, 10 * ETHER)
        if tokens:
            node.transact(token, "transfer", hot.address, tokens * USDT)
        node.mine(2)
        await made.scan()
        yield made


def stranger() -> str:
    """An address that nobody has paid yet."""
    return str(new_account().address)


def eth_of(node: AnvilNode, address: str) -> int:
    return int(node.rpc("eth_getBalance", address, "latest"), 16)


def usdt_of(node: AnvilNode, token: str, address: str) -> int:
    call = {"to": token, "data": node.call_data(token, "balanceOf", address)}
    return int(node.rpc("eth_call", call, "latest"), 16)


async def settled(paid: Paying, node: AnvilNode, withdrawal: Withdrawal, state: WithdrawalState) -> Withdrawal:
    node.mine(DEPTH)
    await paid.run()
    if (await paid.look(withdrawal)).state is not state:
        # What was cut short is taken up where it was.
        await paid.later(61)
        node.mine(DEPTH)
        await paid.run()
    done = await paid.look(withdrawal)
    assert done.state is state, done
    return done


async def hot_of(paid: Paying) -> Wallet:
    async with paid.services.database.connect() as connection:
        hot = await wallet_by_name(connection, "ethereum-hot")
    assert hot is not None
    return hot
