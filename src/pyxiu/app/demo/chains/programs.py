"""Where the nodes of the demo's chains are on this machine.

Invariant: a missing program is named together with the command that installs it. Limit: litecoind as Debian packages
it, anvil as `tools/install_chains.sh` fetches it below the checkout.
"""

import os
import shutil
from pathlib import Path
from typing import Final

from pyxiu.kit.errors import PermanentError

ANVIL: Final = "PYXIU_ANVIL"
#: The root of a checkout; elsewhere there is no such folder and nothing is found in it.
_CHECKOUT: Final = Path(__file__).parents[5]


class MissingProgramError(PermanentError):
    """A node is not installed."""


def litecoind() -> str:
    return _found("litecoind", shutil.which("litecoind"))


def anvil() -> str:
    """Named by PYXIU_ANVIL, or installed below the checkout, or on the path."""
    installed = sorted(_CHECKOUT.glob(".tools/chains/node_modules/@foundry-rs/anvil-*/bin/anvil"))
    named = os.environ.get(ANVIL)
    return _found("anvil", named or (str(installed[0]) if installed else shutil.which("anvil")))


def _found(name: str, path: str | None) -> str:
    if path is None or not os.access(path, os.X_OK):
        raise MissingProgramError(
            f"{name} is not on this machine; tools/install_chains.sh installs it, and `pyxiu up --demo` runs without"
        )
    return path
