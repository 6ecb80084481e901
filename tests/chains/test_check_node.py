"""`pyxiu chain check` against real nodes."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.anvil import AnvilNode, anvil_node
from tests.support.litecoind import LitecoinNode, litecoin_node

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def litecoin() -> Iterator[LitecoinNode]:
    with litecoin_node() as node:
        node.mine(3)
        yield node


@pytest.fixture(scope="module")
def evm() -> Iterator[AnvilNode]:
    with anvil_node() as node:
        node.mine(3)
        yield node


def check(network: str, url: str | None) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name != "PYXIU_NODE_URL"}
    return subprocess.run(
        [sys.executable, "-m", "pyxiu", "chain", "check", network],
        env=environment | ({"PYXIU_NODE_URL": url} if url else {}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_right_node_tells_its_tip(litecoin: LitecoinNode, evm: AnvilNode) -> None:
    for network, url in (("litecoin-regtest", litecoin.url), ("evm-local", evm.url), ("evm:31337", evm.url)):
        done = check(network, url)
        assert done.returncode == 0, done.stderr
        assert "tip       3" in done.stdout


def test_t36_a_wrong_node_is_named_without_its_password(litecoin: LitecoinNode, evm: AnvilNode) -> None:
    for network, url in (("litecoin", litecoin.url), ("ethereum", evm.url), ("ethereum", litecoin.url)):
        done = check(network, url)
        assert done.returncode == 1
        assert "error:" in done.stderr
        assert "password" not in done.stdout + done.stderr


def test_what_is_missing_is_said() -> None:
    assert "PYXIU_NODE_URL" in check("litecoin", None).stderr
    assert "there are bitcoin" in check("no-such", "http://127.0.0.1:1/").stderr
