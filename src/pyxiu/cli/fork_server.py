"""`python -m pyxiu.cli.fork_server FD`: what `pyxiu up --split` forks its services from (`app/split/forked.py`).

Invariant: it imports what services are made of before it takes the first order, and nothing of it starts a thread.
Limit: nobody types this; the signer is no fork, since it imports nothing that it does not need.
"""

import gc
import importlib
import socket
import sys
from typing import Final

from setproctitle import setproctitle

from pyxiu.app.split.forked import ForkServer
from pyxiu.cli.main import main as pyxiu

#: What services import when they start.
PRELOADED: Final = (
    "pyxiu.cli.run",
    "pyxiu.app.run_api",
    "pyxiu.app.run_identity",
    "pyxiu.app.run_stream",
    "pyxiu.app.run_relay",
    "pyxiu.app.run_scheduler",
    "pyxiu.app.run_watcher",
    "pyxiu.app.run_mailer",
    "pyxiu.transport.engine_cluster",
)


def main() -> None:
    link = socket.socket(fileno=int(sys.argv[1]))
    setproctitle("pyxiu fork server")
    for module in PRELOADED:
        importlib.import_module(module)
    # What is here stays: no collection of a fork touches it, so its pages remain shared.
    gc.collect()
    gc.freeze()
    becoming = ForkServer(link).run()
    if becoming is not None:
        becoming.enter()
        pyxiu()


if __name__ == "__main__":
    main()
