"""The demo's Litecoin: a litecoind in regtest that mines for its own wallet and gives from it.

Invariant: a chain that was begun goes on; it is never begun twice. Limit: at height 432 regtest's miner stops unless
coins are pegged into MWEB in that block, so a fresh chain is brought past it first.
"""

from typing import Any, Final

import msgspec

from pyxiu.adapters.chains.json_rpc import JsonRpc, RpcError

WALLET: Final = "faucet"
MWEB_HEIGHT: Final = 432
#: Blocks of one call, so that none takes longer than a call may.
_MINE_MAX: Final = 100
_DIGITS: Final = 8


class LitecoinNode:
    """Implements the port `DemoNode` over a node's URL."""

    def __init__(self, url: str) -> None:
        self._node = JsonRpc(url)
        self._wallet = JsonRpc(f"{url.rstrip('/')}/wallet/{WALLET}")

    async def begin(self) -> None:
        await self._open_wallet()
        height = int(await self._asked(self._node, "getblockcount"))
        while height < MWEB_HEIGHT - 1:
            blocks = min(_MINE_MAX, MWEB_HEIGHT - 1 - height)
            await self._asked(self._wallet, "generatetoaddress", blocks, await self._address())
            height += blocks
        if height == MWEB_HEIGHT - 1:
            await self._asked(self._wallet, "sendtoaddress", await self._address("mweb"), 20)
            await self.mine()

    async def is_busy(self) -> bool:
        return bool(await self._asked(self._node, "getrawmempool"))

    async def mine(self) -> None:
        await self._asked(self._wallet, "generatetoaddress", 1, await self._address())

    async def give(self, currency: str, address: str, chain_amount: int) -> str:
        assert currency == "ltc", currency
        whole, rest = divmod(chain_amount, 10**_DIGITS)
        return str(await self._asked(self._wallet, "sendtoaddress", address, f"{whole}.{rest:0{_DIGITS}}"))

    async def held(self, currency: str, address: str) -> int:
        assert currency == "ltc", currency
        found = await self._asked(self._node, "scantxoutset", "start", [f"addr({address})"])
        return round(float(found["total_amount"]) * 10**_DIGITS)

    async def close(self) -> None:
        await self._node.close()
        await self._wallet.close()

    async def _open_wallet(self) -> None:
        if WALLET in await self._asked(self._node, "listwallets"):
            return
        try:
            await self._asked(self._node, "loadwallet", WALLET)
        except RpcError:
            await self._asked(self._node, "createwallet", WALLET)

    async def _address(self, kind: str = "bech32") -> str:
        return str(await self._asked(self._wallet, "getnewaddress", "", kind))

    @staticmethod
    async def _asked(rpc: JsonRpc, method: str, *params: Any) -> Any:
        return msgspec.json.decode(await rpc.call(method, *params))
