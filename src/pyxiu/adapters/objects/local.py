"""Files on a disk of ours: sealed, below one folder, under random names that say nothing.

Invariant: a file is whole or not there, durable when `put` returns, and readable only with the instance's keys; the
folder is no part of what is served, a link leads to an endpoint that checks its signature. Limit: all processes of the
exchange see the same folder; what is larger than memory does not fit.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import msgspec

from pyxiu.identity.kyc.file_links import FileLink, sign_link
from pyxiu.identity.ports import Sealer
from pyxiu.identity.sealing import KeyRing, SecretError, number_of
from pyxiu.kit.clock import Clock, SystemClock
from pyxiu.kit.private_files import write_private

LINK_PATH: Final = "/api/v2/barong/public/files/"
KEY: Final = re.compile(r"[0-9a-f]{16,64}")


class LocalObjects:
    """Implements the port `ObjectStore`. `folder` is made when it is needed."""

    def __init__(self, folder: Path, sealer: Sealer, clock: Clock | None = None) -> None:
        self.folder = folder
        self._sealer = sealer
        self._clock = clock or SystemClock()

    async def put(self, key: str, content: bytes, content_type: str) -> None:  # noqa: ARG002 - the row knows the type
        await asyncio.to_thread(self._write, key, content)

    async def get(self, key: str) -> bytes | None:
        return await asyncio.to_thread(self._read, key)

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    async def link(self, key: str, *, filename: str, content_type: str, lifetime_s: int) -> str:
        expires_at = self._clock.now_ns() // 10**9 + lifetime_s
        link = FileLink(key=key, filename=filename, content_type=content_type, expires_at=expires_at)
        parameters = {
            "filename": filename,
            "content_type": content_type,
            "expires_at": str(expires_at),
            "signature": sign_link(self._sealer, link),
        }
        return f"{LINK_PATH}{key}?{urlencode(parameters)}"

    def _write(self, key: str, content: bytes) -> None:
        write_private(self._path(key), self._sealer.seal(content, purpose_of(key)))

    def _read(self, key: str) -> bytes | None:
        try:
            sealed = self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        return self._sealer.open(sealed, purpose_of(key))

    def _path(self, key: str) -> Path:
        if KEY.fullmatch(key) is None:
            raise ValueError(f"expected a key of ours, found {key!r}")
        return self.folder / key[:2] / key


def purpose_of(key: str) -> str:
    """What a file is sealed for: nobody can put one in another's place."""
    return f"object:{key}"


class ResealedFiles(msgspec.Struct):
    """How many files changed, and the names of those that do not open."""

    done: int = 0
    broken: list[str] = []


def reseal_files(folder: Path, ring: KeyRing, advance: Callable[[int, int], None]) -> ResealedFiles:
    """Seal all files with the newest key. Safe to interrupt and to repeat."""
    paths = list(_files(folder))
    result = ResealedFiles()
    for number, path in enumerate(paths, start=1):
        try:
            result.done += _reseal_file(path, ring)
        except SecretError:
            result.broken.append(path.name)
        advance(number, len(paths))
    return result


def _reseal_file(path: Path, ring: KeyRing) -> bool:
    try:
        sealed = path.read_bytes()
    except FileNotFoundError:
        return False  # deleted meanwhile
    if number_of(sealed) == ring.current:
        return False
    write_private(path, ring.seal(ring.open(sealed, purpose_of(path.name)), purpose_of(path.name)))
    return True


def count_files(folder: Path) -> dict[int, int]:
    """How many files each key has."""
    counts: dict[int, int] = {}
    for path in _files(folder):
        with path.open("rb") as file:
            number = number_of(file.read(64))
        if number is not None:
            counts[number] = counts.get(number, 0) + 1
    return counts


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.glob("*/*")):
        if KEY.fullmatch(path.name) is not None:
            yield path
