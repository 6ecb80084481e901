"""Codes for phones as files in a folder, as a provider's sandbox would keep them.

Invariant: the files are for their owner alone. Limit: whoever reads the folder can verify any phone.
"""

import asyncio
import itertools
import os
from pathlib import Path

from pyxiu.identity.ports import PhoneMessage, PhoneRefusal, PhoneRefusedError, PhoneSender
from pyxiu.kit.errors import TransientError
from pyxiu.plugins.spec import Parts
from pyxiu_sample.file_sink import folder_of

#: The number that refuses, to try what happens then.
REFUSED = "+15005550001"


class FolderPhones:
    """Implements the port `PhoneSender`."""

    kind = "sample"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    async def send(self, message: PhoneMessage) -> None:
        if message.number == REFUSED:
            raise PhoneRefusedError(PhoneRefusal.NUMBER_NOT_REACHABLE)
        try:
            await asyncio.to_thread(self._write, message)
        except OSError as error:
            raise TransientError(f"{self._folder} cannot be written: {error.strerror}") from error

    def _write(self, message: PhoneMessage) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{message.number}-{os.getpid()}-{next(self._numbers):06}"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(message.code)


def make_folder_phones(parts: Parts) -> PhoneSender:
    return FolderPhones(folder_of(parts) / "phones")
