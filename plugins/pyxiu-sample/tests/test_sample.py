"""The sample passes the contract suites of what it offers; this is how an author's own tests look."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pyxiu_sample import PLUGIN
from pyxiu_sample.folder_phones import REFUSED

from pyxiu.identity.ports import PhoneSender
from pyxiu.plugins.spec import MakeSink, Parts, Routes
from pyxiu.plugins.testing import PhonesContract, RoutesContract, SinksContract


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return Parts(settings={"FOLDER": str(tmp_path)}, exchange_name="Contract")


class TestFileSink(SinksContract):
    @pytest.fixture
    def make_sink(self, parts: Parts) -> MakeSink:
        return PLUGIN.sinks["sample-file"](parts)

    @pytest.fixture
    def arrived(self, tmp_path: Path) -> Callable[[], list[str]]:
        path = tmp_path / "events.jsonl"
        return lambda: [json.loads(line)["id"] for line in path.read_text().splitlines()] if path.exists() else []


class TestFolderPhones(PhonesContract):
    @pytest.fixture
    def phones(self, parts: Parts) -> PhoneSender:
        return PLUGIN.phones["sample-folder"](parts)

    @pytest.fixture
    def arrived(self, tmp_path: Path) -> Callable[[], list[str]]:
        return lambda: [path.read_text() for path in sorted((tmp_path / "phones").glob("*"))]

    @pytest.fixture
    def refused(self) -> str:
        return REFUSED


class TestGreeting(RoutesContract):
    @pytest.fixture
    def routes(self, parts: Parts) -> Routes:
        return PLUGIN.routes["sample"](parts)

    @pytest.fixture
    def path(self) -> str:
        return "/hello"
