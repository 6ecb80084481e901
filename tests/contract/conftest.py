"""Every contract test runs against every implementation of the core."""

import pytest

from pyxiu.core.interface import Core
from tests.support.cores import CORES, CoreFactory, exchange


@pytest.fixture(params=list(CORES.values()), ids=list(CORES))
def factory(request: pytest.FixtureRequest) -> CoreFactory:
    found: CoreFactory = request.param
    return found


@pytest.fixture
def empty(factory: CoreFactory) -> Core:
    return factory()


@pytest.fixture
def core(factory: CoreFactory) -> Core:
    """Three funded members and two markets, see `exchange`."""
    return exchange(factory())
