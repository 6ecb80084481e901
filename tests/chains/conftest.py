"""An EVM node that a module's tests share, and a token on it; who needs a node of another kind has its own `node`."""

from collections.abc import Iterator

import pytest

from tests.support.anvil import AnvilNode, anvil_node
from tests.support.evm_payouts import SUPPLY


@pytest.fixture(scope="module")
def node() -> Iterator[AnvilNode]:
    with anvil_node() as started:
        yield started


@pytest.fixture(scope="module")
def token(node: AnvilNode) -> str:
    return node.deploy("token", SUPPLY, 6)
