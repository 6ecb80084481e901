"""The sample distribution, built and installed as an operator does it, and exercised by the whole program."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.server import Server
from tests.e2e.traders import Traders, make_demo
from tests.support.distributions import SAMPLE, WAIT_S, install_sample, python_command
from tests.support.postgres import home_folder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

HELLO = "/api/v2/ext/sample/hello"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample installed in it, as in an environment of its own."""
    return install_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture
async def server(site: Path, database_dsn: str) -> AsyncIterator[Server]:
    with home_folder() as home:
        server = Server(home, "run", "engine", "projector", "api", "relay", database_url=database_dsn)
        server.variables = {
            "PYTHONPATH": str(site),
            "PYXIU_PLUGINS": "sample",
            "PYXIU_SINKS": "sample-file",
            "PYXIU_PHONES": "sample-folder",
            "PYXIU_PLUGIN_SAMPLE_FOLDER": str(home / "sample"),
        }
        yield server
        server.kill()


def test_the_sample_passes_the_contract_suites_as_its_author_runs_them(site: Path) -> None:
    """With nothing of this repository's tests in reach."""
    options = ["-q", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto", "--import-mode=importlib", "-c", os.devnull]
    told = python_command("pytest", *options, f"--rootdir={SAMPLE}", str(SAMPLE / "tests"), PYTHONPATH=str(site))
    assert " passed" in told
    assert "failed" not in told


async def test_plugins_says_what_is_installed_and_enabled(server: Server) -> None:
    listed = await server.run("plugins", "--json-output")
    assert listed.returncode == 0, listed.stderr
    [sample] = [row for row in map(json.loads, listed.stdout.splitlines()) if row["name"] == "sample"]
    assert sample == {
        "name": "sample",
        "version": "1.0.0",
        "distribution": "pyxiu-sample",
        "enabled": True,
        "interface": "1.1",
        "offers": {
            **{kind: ["sample-litecoin"] for kind in ("addresses", "chains", "payouts", "signing")},
            "phones": ["sample-folder"],
            "routes": ["sample"],
            "sinks": ["sample-file"],
        },
    }


async def test_events_reach_its_file_and_its_route_greets_who_is_known(server: Server, database_dsn: str) -> None:
    credentials = await make_demo(server.settings)
    traders = Traders(server, credentials, seed=5)
    await server.start()
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        assert (await client.get(HELLO)).json() == {"hello": "stranger", "exchange": "Pyxiu"}
        assert (await client.get("/api/v2/ext/sample/none")).json() == {"errors": ["sample.not_found"]}
        assert (await client.get("/api/v2/ext/none/hello")).status_code == 404
        forged = {"X-Auth-Apikey": "k", "X-Auth-Nonce": "1", "X-Auth-Signature": "0" * 64}
        assert (await client.get(HELLO, headers=forged)).status_code == 401
        assert (await client.post(HELLO, headers={"Origin": "https://evil.test"}, json={})).status_code == 403
        assert (await client.post(HELLO, content=b"x" * 100_000)).status_code == 413
    path = server.settings.home / "sample/events.jsonl"
    await until_named(traders, path, "market.btcusdt.order_created")
    metrics = await text_of(server, "/metrics")
    assert '/api/v2/ext/sample/{path}"' in metrics


async def test_an_engine_alone_loads_no_plugin_and_says_nothing_about_their_settings(
    site: Path, database_dsn: str, tmp_path: Path
) -> None:
    """A plugin that ends whatever process imports it: the engine's does not."""
    evil = tmp_path / "evil"
    evil.mkdir()
    (evil / "pyxiu_evil.py").write_text("import os\nos._exit(7)\n")
    info = evil / "pyxiu_evil-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pyxiu-evil\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[pyxiu.plugins]\nevil = pyxiu_evil:PLUGIN\n")
    with home_folder() as home:
        engine = Server(home, "run", "engine", database_url=database_dsn)
        engine.variables = {"PYTHONPATH": str(evil), "PYXIU_PLUGINS": "evil", "PYXIU_PLUGIN_EVIL_X": "1"}
        relay = Server(home, "run", "relay", database_url=database_dsn)
        relay.variables = engine.variables
        try:
            engine.spawn()
            async with asyncio.timeout(WAIT_S):
                while "module=engine" not in engine.log_tail() and '"module": "engine"' not in engine.log_tail():
                    assert engine.is_running(), engine.log_tail()
                    await asyncio.sleep(0.05)
            relay.spawn()
            assert await relay.until_ended() == 7
            assert engine.is_running()
        finally:
            engine.kill()
            relay.kill()


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


async def text_of(server: Server, path: str) -> str:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        return (await client.get(path)).text


async def until_named(traders: Traders, path: Path, name: str) -> None:
    """Trade until an event of this name is in the file: a new destination begins at the end."""
    async with asyncio.timeout(WAIT_S):
        while True:
            await traders.trade(3)
            lines = await asyncio.to_thread(lines_of, path)
            if any(json.loads(line)["name"] == name for line in lines):
                return
