"""A private anvil, for tests that need a real EVM: mines when told to, reorganises, and runs contracts.

    with anvil_node() as node:
        token = node.deploy("token", 10**24, 18)
        node.transact(token, "transfer", alice, 5)
        node.mine()

The program comes from npm's `@foundry-rs/anvil-…` package for this machine; `tools/install_chains.sh` fetches it, and
where it is missing the tests are skipped and say so. Contracts are written in Vyper, in `tests/chains/contracts`.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import free_port

START_TIMEOUT_S = 30.0
CONTRACTS = Path(__file__).parents[1] / "chains/contracts"
TOOLS = Path(__file__).parents[2] / ".tools/chains"
CHAIN_ID = 31337
ETHER = 10**18
GAS = 3_000_000


class EvmError(Exception):
    """The node said no."""


def anvil_binary() -> str | None:
    """Named by PYXIU_ANVIL, or installed below `.tools`, or on the path."""
    named = os.environ.get("PYXIU_ANVIL")
    if named:
        return named
    found = sorted(TOOLS.glob("node_modules/@foundry-rs/anvil-*/bin/anvil"))
    return str(found[0]) if found else shutil.which("anvil")


@cache
def compiled(name: str) -> tuple[str, Any]:
    """Bytecode and ABI of a contract."""
    done = subprocess.run(
        [str(TOOLS / "vyper/bin/vyper"), "-f", "bytecode,abi", str(CONTRACTS / f"{name}.vy")],
        capture_output=True,
        text=True,
        check=True,
    )
    bytecode, abi = done.stdout.strip().splitlines()[-2:]
    return bytecode, json.loads(abi)


class AnvilNode:
    def __init__(self, *options: str) -> None:
        self._options = options
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._abis: dict[str, Any] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        binary = anvil_binary()
        assert binary is not None
        self._process = subprocess.Popen(
            [binary, "--host", "127.0.0.1", "--port", str(self.port), "--no-mining", "--silent", *self._options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            with suppress(OSError):
                self.rpc("eth_chainId")
                break
            assert self._process.poll() is None, "anvil ended"
            assert time.monotonic() < deadline, "anvil does not answer"
            time.sleep(0.02)
        self.accounts: list[str] = self.rpc("eth_accounts")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def rpc(self, method: str, *params: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
        if "error" in answer:
            raise EvmError(f"{method}: {answer['error']}")
        return answer["result"]

    def mine(self, blocks: int = 1) -> int:
        """So many blocks; the height after it."""
        self.rpc("anvil_mine", hex(blocks))
        return self.height()

    def height(self) -> int:
        return int(self.rpc("eth_blockNumber"), 16)

    def send(self, to: str, wei: int, *, data: str = "0x", sender: int = 0) -> str:
        """A plain transaction, not mined yet."""
        transaction = {"from": self.accounts[sender], "to": to, "value": hex(wei), "data": data, "gas": hex(GAS)}
        return str(self.rpc("eth_sendTransaction", transaction))

    def deploy(self, name: str, *arguments: Any) -> str:
        """A contract on the chain, mined; its address in lower case."""
        bytecode, abi = compiled(name)
        inputs: list[dict[str, str]] = next((item["inputs"] for item in abi if item["type"] == "constructor"), [])
        data = bytecode + _encoded(inputs, arguments).hex()
        sent = {"from": self.accounts[0], "data": data, "gas": hex(GAS * 2)}
        txid = self.rpc("eth_sendTransaction", sent)
        self.mine()
        receipt = self.rpc("eth_getTransactionReceipt", txid)
        assert receipt["status"] == "0x1", receipt
        address = str(receipt["contractAddress"]).lower()
        self._abis[address] = abi
        return address

    def transact(self, contract: str, function: str, *arguments: Any, wei: int = 0, sender: int = 0) -> str:
        """Call a function in a transaction, not mined yet."""
        return self.send(contract, wei, data=self.call_data(contract, function, *arguments), sender=sender)

    def call_data(self, contract: str, function: str, *arguments: Any) -> str:
        from eth_utils.abi import function_signature_to_4byte_selector

        item = next(item for item in self._abis[contract] if item.get("name") == function)
        types = ",".join(argument["type"] for argument in item["inputs"])
        selector = function_signature_to_4byte_selector(f"{function}({types})")
        return "0x" + (selector + _encoded(item["inputs"], arguments)).hex()

    def reorganise(self, depth: int) -> None:
        """Replace the last blocks by empty ones; what was in them is gone from the pool too."""
        self.rpc("anvil_reorg", depth, [])


def _encoded(inputs: list[dict[str, str]], arguments: tuple[Any, ...]) -> bytes:
    from eth_abi.abi import encode

    return bytes(encode([argument["type"] for argument in inputs], list(arguments)))


def new_account() -> Any:
    """An account with a key of its own, to sign with.

    A library behind this one raises the recursion limit of the whole process when it is imported; put back at once,
    because deep JSON would then overflow the stack instead of being refused.
    """
    limit = sys.getrecursionlimit()
    from eth_account import Account

    sys.setrecursionlimit(limit)
    return Account.create()


@contextmanager
def anvil_node(*options: str) -> Iterator[AnvilNode]:
    """A started node for the length of the block."""
    if anvil_binary() is None:
        pytest.skip("NOT TESTED: anvil is not installed; run tools/install_chains.sh")
    node = AnvilNode(*options)
    try:
        node.start()
        yield node
    finally:
        node.stop()
