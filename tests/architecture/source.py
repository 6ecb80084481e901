"""The repository as the architecture tests see it: its files, and nothing that was installed or built."""

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IGNORED_FOLDERS = {
    ".hypothesis",
    ".git",
    ".venv",
    ".tools",
    "__pycache__",
    "node_modules",
    "dist",
    "build",
    "var",
    ".pyxiu",
}


def repository_files() -> list[Path]:
    """Every file that belongs to the repository. Hidden caches (`.mypy_cache`, …) do not."""
    return sorted(walk(ROOT))


def walk(folder: Path) -> Iterator[Path]:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in IGNORED_FOLDERS and not entry.name.endswith(("_cache", ".egg-info")):
                yield from walk(Path(entry.path))
        elif entry.is_file():
            yield Path(entry.path)


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
