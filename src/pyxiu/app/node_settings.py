"""Which nodes are asked about chains, and which take what is signed, from PYXIU_WATCHER_NODES and PYXIU_SIGNER_NODES.

Each is `network=url,network=url`, a network by its key in the catalog. Invariant: a URL never shows itself, since a
password may stand in it. Limit: one node a network and use; a comma inside a URL is written %2C.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec

from pyxiu.app.settings_error import SettingsError

WATCHER_NODES: Final = "PYXIU_WATCHER_NODES"
SIGNER_NODES: Final = "PYXIU_SIGNER_NODES"
#: Set by `pyxiu up --chains` for its own private chains.
FAUCET_NODES: Final = "PYXIU_FAUCET_NODES"
_KEY: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")


class NodeSettingsError(SettingsError):
    """A setting about nodes has a value that cannot be used."""


class NodeChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The URL of a node for each network's key: one set to read from, one to broadcast by."""

    watcher: dict[str, str] = {}
    signer: dict[str, str] = {}
    faucet: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"NodeChoice(watcher={sorted(self.watcher)}, signer={sorted(self.signer)})"


def read_nodes(given: Mapping[str, str]) -> NodeChoice:
    """Raises NodeSettingsError, which names the network and never the URL."""
    return NodeChoice(
        watcher=_parsed(WATCHER_NODES, given.get(WATCHER_NODES, "")),
        signer=_parsed(SIGNER_NODES, given.get(SIGNER_NODES, "")),
        faucet=_parsed(FAUCET_NODES, given.get(FAUCET_NODES, "")),
    )


def _parsed(name: str, text: str) -> dict[str, str]:
    nodes: dict[str, str] = {}
    for part in text.split(","):
        if not part.strip():
            continue
        key, sign, url = part.strip().partition("=")
        if not sign or not _KEY.fullmatch(key):
            raise NodeSettingsError(f"{name}: expected network=http://user:password@host:port/, separated by commas")
        if key in nodes:
            raise NodeSettingsError(f"{name}: two nodes of {key}")
        if not _is_usable(url):
            raise NodeSettingsError(f"{name}: {key}: expected http://user:password@host:port/ or https://…")
        nodes[key] = url
    return nodes


def _is_usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0
