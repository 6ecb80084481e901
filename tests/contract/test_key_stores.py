"""What a key store does: the encrypted files of this machine."""

from pathlib import Path

import pytest

from pyxiu.adapters.keys.local_file import open_local_keys
from pyxiu.custody.ports import KeyStore
from pyxiu.plugins.testing import KeyStoresContract


class TestLocalKeys(KeyStoresContract):
    @pytest.fixture
    def keys(self, tmp_path: Path) -> KeyStore:
        return open_local_keys(tmp_path / "keys", "a passphrase of the suite's")

    @pytest.fixture(params=["litecoin-regtest", "evm:31337"])
    def chain(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)
