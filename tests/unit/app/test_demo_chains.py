"""The demo's chains before they run: what is named to other processes, and what is said where a node is missing."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pyxiu.app.demo.chains import node_process, nodes, programs
from pyxiu.app.demo.chains.model import ETHEREUM, FUNDS, GIFTS, LITECOIN, TOKEN
from pyxiu.app.demo.chains.node_process import NodeFailedError, NodeProcess
from pyxiu.app.demo.chains.prepare import SEED_FOLDER
from pyxiu.app.demo.prepare import SEED_FOLDER as DEMO_FOLDER
from pyxiu.app.node_settings import read_nodes
from pyxiu.catalog.check_seed import Existing, check_seed
from pyxiu.catalog.seed_catalog import parse_files

WAIT_S = 30.0


def test_nodes_are_named_to_every_process_and_what_is_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "litecoind", lambda: "litecoind")
    monkeypatch.setattr(programs, "anvil", lambda: "anvil")
    environment = {"PYXIU_WATCHER_NODES": "bitcoin=http://127.0.0.1:1/", "PYXIU_LEVEL_TRADING": "2"}
    nodes.choose_nodes(environment)
    chosen = read_nodes(environment)
    assert set(chosen.watcher) == {"bitcoin", LITECOIN, ETHEREUM}
    assert chosen.signer == chosen.faucet == {key: chosen.watcher[key] for key in (LITECOIN, ETHEREUM)}
    assert all("@127.0.0.1:" in url or url.startswith("http://127.0.0.1:") for url in chosen.faucet.values())
    assert (environment["PYXIU_LEVEL_TRADING"], environment["PYXIU_LEVEL_DEPOSIT"]) == ("2", "1")


def test_a_missing_node_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYXIU_ANVIL", str(tmp_path / "anvil"))
    for find in (programs.litecoind, programs.anvil):
        with pytest.raises(programs.MissingProgramError, match=r"tools/install_chains\.sh installs it"):
            find()


def test_the_seed_fits_the_demos_and_the_figures_fit_the_seed() -> None:
    parsed = parse_files([DEMO_FOLDER, SEED_FOLDER])
    assert not parsed.problems
    plan, problems = check_seed(parsed.entries, Existing())
    assert not problems
    rows = {(row.blockchain_key, row.currency_id): row for row in plan.asset_networks}
    assert rows[ETHEREUM, "usdt"].options == {"erc20_contract_address": TOKEN}
    for gift in GIFTS:
        row = rows[gift.network, gift.currency]
        assert gift.chain_amount == int(gift.amount) * row.base_factor
        assert int(gift.amount) >= row.min_deposit_amount
    filled = {(network, currency) for (network, _), funds in FUNDS.items() for currency in funds}
    assert filled == {(gift.network, gift.currency) for gift in GIFTS}


NODE = """
import os, signal, sys, time, pathlib
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
pathlib.Path(sys.argv[1], "alive").write_text(str(os.getpid()))
time.sleep(600)
"""
KEEPER = """
import asyncio, pathlib, sys
from pyxiu.app.demo.chains.node_process import NodeProcess
async def main():
    folder = pathlib.Path(sys.argv[1])
    await NodeProcess("node", folder, [sys.executable, "-c", sys.argv[2], str(folder)]).start()
    await asyncio.sleep(600)
asyncio.run(main())
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110 - a process sets no event
            await asyncio.sleep(0.02)


def node_pid(folder: Path) -> int:
    return int((folder / "alive").read_text())


async def test_a_node_ends_with_whoever_started_it_also_by_a_kill(tmp_path: Path) -> None:
    keeper = await asyncio.create_subprocess_exec(sys.executable, "-c", KEEPER, str(tmp_path), NODE)
    await until(lambda: (tmp_path / "alive").exists() and (tmp_path / "alive").read_text() != "")
    first = node_pid(tmp_path)
    keeper.kill()
    await keeper.wait()
    # The next one waits until the folder is its own.
    (tmp_path / "alive").unlink()
    node = NodeProcess("node", tmp_path, [sys.executable, "-c", NODE, str(tmp_path)])
    await node.start()
    assert not is_alive(first)
    await until(lambda: (tmp_path / "alive").exists() and (tmp_path / "alive").read_text() != "")
    node.check_running()
    second = node_pid(tmp_path)
    await node.stop()
    await until(lambda: not is_alive(second))
    assert not (tmp_path / "node.pid").exists()


async def test_a_folder_that_another_process_works_on_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_process, "STOP_S", 0.2)
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(600)", str(tmp_path))
    (tmp_path / "node.pid").write_text(str(other.pid))
    try:
        with pytest.raises(NodeFailedError, match=f"process {other.pid} works on"):
            await NodeProcess("node", tmp_path, ["true", str(tmp_path)]).start()
        assert other.returncode is None
    finally:
        other.kill()
        await other.wait()


async def test_a_node_that_ends_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    node = NodeProcess("node", tmp_path, [sys.executable, "-c", "print('no disk'); raise SystemExit(3)", str(tmp_path)])
    await node.start()
    with pytest.raises(NodeFailedError, match="node has ended with 3: no disk"):
        await node.until_ended()
    with pytest.raises(NodeFailedError, match="does not run"):
        node.check_running()
