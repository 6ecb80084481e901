"""`pyxiu keys …`: the keys that secrets and personal data are sealed with, and changing them."""

import time
from collections import Counter
from pathlib import Path
from typing import Final

import msgspec

from pyxiu.adapters.objects.local import ResealedFiles, count_files, reseal_files
from pyxiu.app.sealed_columns import ALL_SEALED_COLUMNS
from pyxiu.app.secrets import add_key, key_paths, open_secret_box
from pyxiu.app.session import database_session
from pyxiu.app.settings import Settings
from pyxiu.cli.progress import progress_bar
from pyxiu.cli.running import EXIT_FAILED, EXIT_OK, Home, Number, run, settings_for, tell
from pyxiu.identity import reseal as resealing

#: Mailed tokens, links and codes that an older key has sealed or signed are of no use any more after this time.
DROP_AFTER_S: Final = 24 * 3600


def list_all(*, json: bool = False, home: Home = None) -> int:
    """Show each key and how many values it has sealed.

    Parameters
    ----------
    json
        As JSON, for programs.
    """
    settings = settings_for(home)
    return run(lambda: _list_all(settings, json=json))


def rotate(*, home: Home = None) -> int:
    """Make a new key. From then on everything new is sealed with it; what older keys have sealed still opens.

    A running exchange notices within a second. `pyxiu keys reseal` then changes what there is.
    """
    settings = settings_for(home)
    number = add_key(settings.home)
    print(f"key {number} seals from now on; back up {key_paths(settings.home)[number]}")
    return EXIT_OK


def reseal(*, home: Home = None) -> int:
    """Seal everything with the newest key, rows and files. It can be interrupted and repeated; the exchange may run."""
    settings = settings_for(home)
    return run(lambda: _reseal(settings))


def drop(number: Number, /, *, now: bool = False, home: Home = None) -> int:
    """Remove a key that nothing is sealed with any more.

    Parameters
    ----------
    number
        One of those that `pyxiu keys list` shows, not the newest.
    now
        Do not wait for a day after the rotation: what was mailed before will not work any more.
    """
    settings = settings_for(home)
    return run(lambda: _drop(settings, number, at_once=now))


async def _counts(settings: Settings) -> dict[str, dict[int, int]]:
    async with database_session(settings) as context:
        counts = await resealing.count_keys(context.identity, ALL_SEALED_COLUMNS)
    folder = _files(settings)
    return counts if folder is None else {**counts, "files": count_files(folder)}


async def _list_all(settings: Settings, *, json: bool) -> int:
    counts = await _counts(settings)
    numbers = open_secret_box(settings.home).numbers
    sums: Counter[int] = Counter()
    for column in counts.values():
        sums.update(column)
    if json:
        shown = [
            {"key": number, "values": {name: column[number] for name, column in counts.items() if number in column}}
            for number in numbers
        ]
        print(msgspec.json.encode(shown).decode())
        return EXIT_OK
    for number in numbers:
        where = ", ".join(f"{name} {column[number]}" for name, column in counts.items() if number in column)
        print(f"key {number:>3}{' (newest)' if number == numbers[0] else ''}: {sums[number]} values  {where}".rstrip())
    for number in sorted(set(sums) - set(numbers)):
        tell(f"key {number} is missing, and {sums[number]} values need it: restore it from a backup", style="red")
    return EXIT_OK if set(sums) <= set(numbers) else EXIT_FAILED


async def _reseal(settings: Settings) -> int:
    ring = open_secret_box(settings.home)
    async with database_session(settings) as context:
        with progress_bar(f"sealing rows with key {ring.current}") as advance:
            result = await resealing.reseal(context.identity, ring, advance, ALL_SEALED_COLUMNS)
    folder = _files(settings)
    files = ResealedFiles()
    if folder is not None:
        with progress_bar(f"sealing files with key {ring.current}") as advance:
            files = reseal_files(folder, ring, advance)
    for name in (*result.broken, *files.broken):
        tell(f"does not open with any key: {name}", style="red")
    print(f"sealed with key {ring.current}: {result.done} values and {files.done} files")
    return EXIT_FAILED if result.broken or files.broken else EXIT_OK


async def _drop(settings: Settings, number: int, *, at_once: bool) -> int:
    paths = key_paths(settings.home)
    if number not in paths or number == max(paths):
        tell(f"no key {number} to drop; there are {', '.join(map(str, sorted(paths)))}, of which the last is needed")
        return EXIT_FAILED
    used = sum(column.get(number, 0) for column in (await _counts(settings)).values())
    if used:
        tell(f"key {number} is needed for {used} values: run `pyxiu keys reseal` first")
        return EXIT_FAILED
    successor = paths[min(one for one in paths if one > number)]
    age_s = time.time() - successor.stat().st_mtime
    if age_s < DROP_AFTER_S and not at_once:
        hours = (DROP_AFTER_S - age_s) / 3600
        tell(f"what was mailed before the rotation may need key {number}: wait {hours:.0f} hours, or say --now")
        return EXIT_FAILED
    paths[number].unlink()
    print(f"key {number} is gone from this home; backups made before still need it")
    return EXIT_OK


def _files(settings: Settings) -> Path | None:
    """Where uploaded files are on this machine; what is in a bucket the bucket encrypts."""
    return settings.kyc.files_folder(settings.home)
