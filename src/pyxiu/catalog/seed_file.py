"""A Peatio seed file as entries with line numbers: YAML, a list of mappings, the kind told by the file's name.

Invariant: numbers keep every digit that was written (YAML floats become exact decimals), and whatever is wrong is a
`Problem` that says where, never an exception from inside the YAML library. Limit: what fields mean is `seed_entries`.
"""

from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import yaml

SIZE_MAX = 4 * 1024 * 1024


class SeedKind(StrEnum):
    """What a file may hold, in the order in which it is applied."""

    BLOCKCHAINS = "blockchains"
    CURRENCIES = "currencies"
    ASSET_NETWORKS = "blockchain_currencies"
    ENGINES = "engines"
    MARKETS = "markets"
    TRADING_FEES = "trading_fees"
    WITHDRAW_LIMITS = "withdraw_limits"


#: Files of a Peatio seed folder that Pyxiu has no use for yet. They are named and left alone.
NOT_USED_YET = ("accounts", "wallets", "whitelisted_smart_contracts")


class Problem(NamedTuple):
    """One thing wrong in one place: where, what was expected, what was found."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


class Entry(NamedTuple):
    """One mapping of a file's list."""

    file: str
    line: int
    number: int
    values: dict[str, Any]

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}: entry {self.number}"


class SeedFile(NamedTuple):
    kind: SeedKind | None
    entries: list[Entry]
    problems: list[Problem]


class _Loader(yaml.SafeLoader):
    """Safe YAML whose floats are decimals, because 0.1 must stay 0.1."""


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal | str:
    text = str(loader.construct_scalar(node))
    try:
        return Decimal(text.replace("_", ""))
    except InvalidOperation:
        return text


_Loader.add_constructor("tag:yaml.org,2002:float", _decimal)


def kind_of(path: Path) -> SeedKind | None:
    """The kind that a file's name stands for; None for files that are not used yet. ValueError for other names."""
    stem = path.name.split(".")[0].lower()
    if stem in NOT_USED_YET:
        return None
    if stem not in tuple(SeedKind):
        names = ", ".join(f"{kind}.yml" for kind in SeedKind)
        raise ValueError(f"expected a file named {names}, found {path.name}")
    return SeedKind(stem)


def read_seed_file(path: Path) -> SeedFile:
    """Read one file. Problems are collected, so that one run can show those of all files."""
    try:
        kind = kind_of(path)
        if path.stat().st_size > SIZE_MAX:
            raise ValueError(f"expected at most {SIZE_MAX} bytes, found {path.stat().st_size}")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        return SeedFile(None, [], [Problem(str(path), str(error))])
    if kind is None:
        return SeedFile(None, [], [])
    entries, problems = parse_entries(path.name, text)
    return SeedFile(kind, entries, problems)


def parse_entries(file: str, text: str) -> tuple[list[Entry], list[Problem]]:
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is None or root.tag.endswith(":null"):
            return [], []
        if not isinstance(root, yaml.SequenceNode):
            return [], [Problem(f"{file}:{root.start_mark.line + 1}", "expected a list of entries (lines with `- `)")]
        return _entries_of(loader, file, root)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return [], [_unreadable(file, error)]
    finally:
        loader.dispose()


def _entries_of(loader: yaml.SafeLoader, file: str, root: yaml.SequenceNode) -> tuple[list[Entry], list[Problem]]:
    entries: list[Entry] = []
    problems: list[Problem] = []
    for number, node in enumerate(root.value, start=1):
        line = node.start_mark.line + 1
        where = f"{file}:{line}: entry {number}"
        if not isinstance(node, yaml.MappingNode):
            problems.append(Problem(where, "expected a mapping (`field: value` lines)"))
            continue
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        twice = sorted({name for name in names if names.count(name) > 1})
        problems += [Problem(where, f"field {name} is given twice") for name in twice]
        values = loader.construct_mapping(node, deep=True)
        entries.append(Entry(file, line, number, {str(name): value for name, value in values.items()}))
    return entries, problems


def _unreadable(file: str, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    where = f"{file}:{mark.line + 1}" if mark else file
    return Problem(where, f"not readable as YAML: {getattr(error, 'problem', None) or error}")
