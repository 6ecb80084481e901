"""The demo's two nodes as processes: where they listen, how they are started.

Invariant: loopback only; the password of this run stands in a file for its owner and in this process's environment, on
no command line. Limit: ports are free when they are looked for, and could be taken before the nodes have them.
"""

import secrets
import socket
from collections.abc import MutableMapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pyxiu.app.demo.chains import programs
from pyxiu.app.demo.chains.model import ETHEREUM, LITECOIN
from pyxiu.app.demo.chains.node_process import NodeProcess
from pyxiu.app.node_settings import FAUCET_NODES, SIGNER_NODES, WATCHER_NODES
from pyxiu.kit.private_files import write_private

FOLDER: Final = "chains"
HOST: Final = "127.0.0.1"
USER: Final = "pyxiu"
#: Below the range from which the kernel hands out ports of outgoing connections.
PORTS: Final = range(20_000, 32_000)
#: Anvil writes its chain down every so many seconds, so a killed one loses no more.
STATE_INTERVAL_S: Final = 2
#: What a newcomer need not wait for on chains whose coins are worth nothing.
EASIER: Final = {
    "PYXIU_LEVEL_DEPOSIT": "1",
    "PYXIU_LEVEL_TRADING": "1",
    "PYXIU_LEVEL_WITHDRAW": "1",
    "PYXIU_WITHDRAW_NEW_ADDRESS_WAIT_S": "0",
    "PYXIU_WITHDRAW_COOL_OFF_S": "0",
}


def choose_nodes(environment: MutableMapping[str, str]) -> None:
    """Name the nodes of this run for this process and its children. Raises MissingProgramError."""
    programs.litecoind()
    programs.anvil()
    password = secrets.token_urlsafe(16)
    urls = {
        LITECOIN: f"http://{USER}:{password}@{HOST}:{_free_port()}/",
        ETHEREUM: f"http://{HOST}:{_free_port()}/",
    }
    nodes = ",".join(f"{network}={url}" for network, url in urls.items())
    for name in (WATCHER_NODES, SIGNER_NODES):
        given = environment.get(name)
        environment[name] = f"{given},{nodes}" if given else nodes
    environment[FAUCET_NODES] = nodes
    for name, value in EASIER.items():
        environment.setdefault(name, value)


def litecoin_process(home: Path, url: str) -> NodeProcess:
    parts = urlsplit(url)
    folder = home / FOLDER / "litecoin"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = (
        "regtest=1", "server=1", "listen=0", "dnsseed=0", "txindex=1", "dbcache=16", "maxtipage=1000000000",
        "fallbackfee=0.0001", f"rpcuser={parts.username}", f"rpcpassword={parts.password}",
        "[regtest]", f"rpcport={parts.port}", f"rpcbind={HOST}", f"rpcallowip={HOST}",
    )  # fmt: skip
    write_private(folder / "litecoin.conf", "\n".join([*lines, ""]).encode())
    return NodeProcess("litecoind", folder, [programs.litecoind(), f"-datadir={folder}", "-printtoconsole=0"])


def ethereum_process(home: Path, url: str) -> NodeProcess:
    folder = home / FOLDER / "ethereum"
    return NodeProcess(
        "anvil",
        folder,
        [
            programs.anvil(), "--host", HOST, "--port", str(urlsplit(url).port), "--no-mining", "--silent",
            "--balance", "1000000", "--state", str(folder / "state.json"), "--state-interval", str(STATE_INTERVAL_S),
            "--cache-path", str(folder / "cache"),
        ],
    )  # fmt: skip


def _free_port() -> int:
    start = secrets.randbelow(len(PORTS))
    for offset in range(len(PORTS)):
        port = PORTS[(start + offset) % len(PORTS)]
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port from {PORTS[0]} to {PORTS[-1]}")
