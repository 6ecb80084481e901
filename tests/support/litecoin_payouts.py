"""Payouts on a private Litecoin: a funded hot wallet, what an address has received, mining until one is settled."""

from dataclasses import replace as replace_in
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from pyxiu.custody.payouts.desk import Desk
from pyxiu.custody.payouts.ports import FeeQuote
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.states import WithdrawalState
from tests.support.custody import LITECOIN
from tests.support.litecoind import LitecoinNode, is_paid
from tests.support.payouts import Paying, paying

LTC = 10**8
DEPTH = 2
#: With few confirmations, so that tests mine little.
NETWORK = replace(LITECOIN, min_confirmations=DEPTH)


def funded(dsn: str, folder: Path, node: LitecoinNode, coins: int = 3) -> Any:
    return _Funded(dsn, folder, node, coins)


class _Funded:
    def __init__(self, dsn: str, folder: Path, node: LitecoinNode, coins: int) -> None:
        self._made = paying(dsn, folder, NETWORK, node.url, first=node.cli("getblockcount") + 1)
        self._node, self._coins = node, coins

    async def __aenter__(self) -> Paying:
        made = await self._made.__aenter__()
        hot = await made.wallet()
        await made.allow("ltc")
        for _ in range(self._coins):
            self._node.cli("sendtoaddress", hot.address, 5)
        self._node.mine(2)
        await made.scan()
        return made

    async def __aexit__(self, *error: Any) -> None:
        await self._made.__aexit__(*error)


def received(node: LitecoinNode, address: str) -> list[int]:
    """Every output to an address of the node's wallet that is in a block, in litoshi."""
    outputs = node.cli("listreceivedbyaddress", 1, True, True, address)
    txids = set(outputs[0]["txids"]) if outputs else set()
    return sorted(
        round(output["value"] * LTC)
        for txid in txids
        for output in node.cli("getrawtransaction", txid, True)["vout"]
        if is_paid(output, address)
    )


async def paid_once(paid: Paying, node: LitecoinNode, withdrawal: Withdrawal) -> None:
    """Mine until it is settled; the chain has one payment for it, and its hold is gone."""
    node.mine(DEPTH)
    await paid.run()
    if (await paid.look(withdrawal)).state is not WithdrawalState.CONFIRMED:
        # What was cut short is taken up where it was.
        await paid.later(61)
        node.mine(DEPTH)
        await paid.run()
    done = await paid.look(withdrawal)
    assert done.state is WithdrawalState.CONFIRMED, done
    assert received(node, withdrawal.rid) == [withdrawal.amount]
    assert paid.engine.balance(withdrawal.uid, "ltc") == (0, 0)


class Dear:
    """A chain on which a place in a block costs more."""

    def __init__(self, chain: Any, rate: int) -> None:
        self._chain, self._rate = chain, rate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    async def fees(self) -> FeeQuote:
        return FeeQuote(self._rate, 1_000)


def with_chain(paid: Paying, chain: Any) -> Desk:
    """The desk, with another look at the chain."""
    return replace_in(paid.desk, chain=chain)
