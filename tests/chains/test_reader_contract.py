"""What a chain's reader and its payout side do, whatever the chain: the Bitcoin family's and EVM's on real nodes."""

from collections.abc import AsyncIterator, Iterator

import pytest

from pyxiu.app.plugging import load_plugins, payout_chain_of, reader_of
from pyxiu.app.settings import load_settings
from pyxiu.custody.payouts.ports import PayoutChain
from pyxiu.custody.ports import ChainReader
from pyxiu.plugins.registry import Registry
from pyxiu.plugins.testing import ChainsContract, PayoutsContract
from tests.support.anvil import AnvilNode, anvil_node, new_account
from tests.support.litecoind import CHAIN, LitecoinNode, litecoin_node

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("reader contract")]


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return load_plugins(load_settings(environment={"PYXIU_HOME": str(tmp_path_factory.mktemp("home"))}))


@pytest.fixture(scope="module")
def litecoin() -> Iterator[LitecoinNode]:
    with litecoin_node() as started:
        started.mine(10)
        yield started


@pytest.fixture(scope="module")
def anvil() -> Iterator[AnvilNode]:
    with anvil_node() as started:
        for _ in range(5):
            started.mine()
        yield started


class TestLitecoin(ChainsContract):
    @pytest.fixture
    async def reader(self, litecoin: LitecoinNode, plugins: Registry) -> AsyncIterator[ChainReader]:
        reader = reader_of(plugins, CHAIN, litecoin.url)
        yield reader
        await reader.close()


class TestEvm(ChainsContract):
    @pytest.fixture
    async def reader(self, anvil: AnvilNode, plugins: Registry) -> AsyncIterator[ChainReader]:
        reader = reader_of(plugins, "evm:31337", anvil.url)
        yield reader
        await reader.close()


class TestLitecoinPayouts(PayoutsContract):
    @pytest.fixture
    async def payouts(self, litecoin: LitecoinNode, plugins: Registry) -> AsyncIterator[PayoutChain]:
        chain = payout_chain_of(plugins, CHAIN, litecoin.url)
        yield chain
        await chain.close()

    @pytest.fixture
    def address(self, litecoin: LitecoinNode) -> str:
        return str(litecoin.cli("getnewaddress"))


class TestEvmPayouts(PayoutsContract):
    @pytest.fixture
    async def payouts(self, anvil: AnvilNode, plugins: Registry) -> AsyncIterator[PayoutChain]:
        chain = payout_chain_of(plugins, "evm:31337", anvil.url)
        yield chain
        await chain.close()

    @pytest.fixture
    def address(self) -> str:
        return str(new_account().address)
