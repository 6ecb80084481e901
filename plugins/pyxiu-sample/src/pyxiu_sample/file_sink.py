"""Events as lines of JSON at the end of a file.

Invariant: what `publish` has returned for is on the disk. Limit: one process writes; nobody shortens the file.
"""

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path

from pyxiu.kit.errors import TransientError
from pyxiu.plugins.spec import MakeSink, Parts
from pyxiu.relay.model import RelayedEvent

NAME = "events.jsonl"


class FileSink:
    """Implements the port `Sink`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    async def publish(self, events: Sequence[RelayedEvent]) -> None:
        try:
            await asyncio.to_thread(self._append, events)
        except OSError as error:
            raise TransientError(f"{self._path} cannot be written: {error.strerror}") from error

    async def close(self) -> None:
        """Nothing stays open between two calls."""

    def _append(self, events: Sequence[RelayedEvent]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            for event in events:
                line = {"id": event.id, "name": event.name, "at": event.at_s, "record": event.payload}
                file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def make_file_sink(parts: Parts) -> MakeSink:
    folder = folder_of(parts)
    return lambda: FileSink(folder)


def folder_of(parts: Parts) -> Path:
    """The folder that is set, or the plugin's own."""
    return Path(parts.settings.get("FOLDER") or parts.folder)
