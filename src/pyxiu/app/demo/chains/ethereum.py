"""The demo's Ethereum: an anvil that mines when told to, with a token for USDT and accounts full of ether.

Invariant: the token is the first contract of the first account, so its address is always the same. Limit: anvil signs
for its accounts for everybody who reaches its port, which is why it listens on loopback only.
"""

from importlib.resources import files
from typing import Any, Final

import msgspec

from pyxiu.adapters.chains.json_rpc import JsonRpc
from pyxiu.app.demo.chains.model import TOKEN
from pyxiu.app.demo.chains.node_process import NodeFailedError

_GAS: Final = 2_000_000
_TRANSFER: Final = "a9059cbb"
_BALANCE_OF: Final = "70a08231"


class EthereumNode:
    """Implements the port `DemoNode` over a node's URL."""

    def __init__(self, url: str) -> None:
        self._node = JsonRpc(url)

    async def begin(self) -> None:
        if await self._asked("eth_getCode", TOKEN, "latest") != "0x":
            return
        code = files(__package__).joinpath("token.hex").read_text(encoding="ascii").strip()
        await self._asked("eth_sendTransaction", {"from": await self._first(), "data": code, "gas": hex(_GAS)})
        await self.mine()
        if await self._asked("eth_getCode", TOKEN, "latest") == "0x":
            raise NodeFailedError(f"the demo's token is not at {TOKEN}: remove the chain's folder to begin anew")

    async def is_busy(self) -> bool:
        status = await self._asked("txpool_status")
        return int(status["pending"], 16) > 0

    async def mine(self) -> None:
        await self._asked("anvil_mine", hex(1))

    async def give(self, currency: str, address: str, chain_amount: int) -> str:
        transaction = {"from": await self._first(), "gas": hex(_GAS)}
        if currency == "eth":
            transaction |= {"to": address, "value": hex(chain_amount)}
        else:
            transaction |= {"to": TOKEN, "data": f"0x{_TRANSFER}{_word(address)}{chain_amount:064x}"}
        return str(await self._asked("eth_sendTransaction", transaction))

    async def held(self, currency: str, address: str) -> int:
        if currency == "eth":
            return int(await self._asked("eth_getBalance", address, "latest"), 16)
        call = {"to": TOKEN, "data": f"0x{_BALANCE_OF}{_word(address)}"}
        return int(await self._asked("eth_call", call, "latest"), 16)

    async def close(self) -> None:
        await self._node.close()

    async def _first(self) -> str:
        return str((await self._asked("eth_accounts"))[0])

    async def _asked(self, method: str, *params: Any) -> Any:
        return msgspec.json.decode(await self._node.call(method, *params))


def _word(address: str) -> str:
    """An address as an argument of a call."""
    return address.removeprefix("0x").lower().rjust(64, "0")
