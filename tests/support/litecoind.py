"""A private litecoind in regtest, or bitcoind, for tests that need a real node of the Bitcoin family.

    with litecoin_node() as node:
        node.mine(101)
        node.cli("sendtoaddress", address, 1)

Mining stops at block 432 unless coins are pegged into MWEB in that block; `past_mweb` does that. The program comes from
the system's package `litecoind`; where that is missing the tests are skipped and say so. With TEST_NODE=bitcoind
the same tests run on a bitcoind, but for those of MWEB, which it has not (`needs_mweb`).
"""

import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import free_port

PROGRAM = os.environ.get("TEST_NODE", "litecoind")
IS_LITECOIN = PROGRAM == "litecoind"
#: The adapter's name of the chain that the node makes.
CHAIN = "litecoin-regtest" if IS_LITECOIN else "bitcoin-regtest"
needs_mweb = pytest.mark.skipif(not IS_LITECOIN, reason="only Litecoin has MWEB")
#: What bitcoind has no option for: it replaces whatever offers more.
REPLACING = "-mempoolreplacement=1"
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 20.0
MWEB_HEIGHT = 432


def is_paid(output: dict[str, Any], address: str) -> bool:
    """Whether an output, as a node tells it, pays an address: younger nodes name one, older ones list them."""
    script = output["scriptPubKey"]
    return address in (script.get("address"), *script.get("addresses", []))


class NodeError(Exception):
    """The node said no."""


class LitecoinNode:
    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        self._options = options
        self.port = free_port()
        self.p2p_port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._wallet: str | None = None
        self._address: str | None = None

    @property
    def url(self) -> str:
        return f"http://user:password@127.0.0.1:{self.port}/"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                PROGRAM,
                "-regtest",
                f"-datadir={self._folder}",
                f"-rpcport={self.port}",
                f"-port={self.p2p_port}",
                "-bind=127.0.0.1",
                "-rpcuser=user",
                "-rpcpassword=password",
                "-fallbackfee=0.0001",
                "-txindex=1",
                "-server",
                *([] if any("-addresstype" in option for option in self._options) else ["-addresstype=bech32"]),
                *(option for option in self._options if IS_LITECOIN or option != REPLACING),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            with suppress(OSError, NodeError):
                self.cli("getblockchaininfo")
                break
            assert self._process.poll() is None, f"{PROGRAM} ended"
            assert time.monotonic() < deadline, f"{PROGRAM} does not answer"
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def cli(self, method: str, *params: Any, wallet: str | None = None) -> Any:
        """A call to the node; amounts may be given as text."""
        body = json.dumps({"id": 1, "method": method, "params": params}).encode()
        wallet = wallet or self._wallet
        path = f"wallet/{wallet}" if wallet and method not in ("createwallet", "getblockchaininfo") else ""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{path}", body)
        request.add_header("Authorization", "Basic " + b64encode(b"user:password").decode())
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)["result"]
        except urllib.error.HTTPError as error:
            raise NodeError(f"{method}: {json.load(error)['error']}") from None

    def mine(self, blocks: int = 1, address: str | None = None) -> list[str]:
        """So many blocks to the node's own wallet; their hashes."""
        if self._wallet is None:
            self.cli("createwallet", "tests")
            self._wallet = "tests"
            self._address = self.cli("getnewaddress")
        hashes: list[str] = self.cli("generatetoaddress", blocks, address or self._address)
        return hashes

    def height(self) -> int:
        return int(self.cli("getblockcount"))

    def past_mweb(self) -> None:
        """Mine to a height from which on mining goes on by itself, with coins to spend."""
        self.mine(MWEB_HEIGHT - 1)
        if not IS_LITECOIN:
            self.mine(1)
            return
        self.cli("sendtoaddress", self.cli("getnewaddress", "", "mweb"), 20)
        self.mine(1)

    def reorganise(self, depth: int) -> None:
        """Replace the last blocks by as many and one more; their transactions come again from the pool."""
        self.cli("invalidateblock", self.cli("getblockhash", self.cli("getblockcount") - depth + 1))
        # To a new address: the same one could give the very block that was invalidated.
        self.mine(depth + 1, self.cli("getnewaddress"))

    def peg_out(self, address: str, amount: int) -> None:
        """Pay a transparent address out of MWEB, by a wallet that has nothing else, and mine it."""
        if "inside" not in self.cli("listwallets"):
            self.cli("createwallet", "inside")
        self.cli("sendtoaddress", self.cli("getnewaddress", "", "mweb", wallet="inside"), amount + 1)
        self.mine(2)
        self.cli("sendtoaddress", address, amount, wallet="inside")
        self.mine()


@contextmanager
def litecoin_node(*options: str) -> Iterator[LitecoinNode]:
    """A started node for the length of the block."""
    if shutil.which(PROGRAM) is None:
        pytest.skip(f"NOT TESTED: {PROGRAM} is not installed on this machine")
    with tempfile.TemporaryDirectory(prefix="pyxiu-litecoin-") as folder:
        node = LitecoinNode(Path(folder), *options)
        try:
            node.start()
            yield node
        finally:
            node.stop()
