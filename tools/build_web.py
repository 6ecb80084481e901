"""Build the trading terminal of web/ into the package, where the api process finds it (src/pyxiu/web_dist).

    python tools/build_web.py           build if a source has changed since the last time
    python tools/build_web.py --force   build in any case
    python tools/build_web.py --soft    where it cannot be built (no network), say so and let Pyxiu start without it

Node and npm are taken from the machine where they are new enough; otherwise uv installs the wheel that has them into
.venv, from uv.lock. Packages come with their hashes from web/package-lock.json, and none of their scripts runs.
Standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
BUILT = ROOT / "src/pyxiu/web_dist"
STAMP = BUILT / ".built-from"
LOCK = WEB / "package-lock.json"
INSTALLED = WEB / "node_modules/.installed-from"
VENV_BIN = ROOT / ".venv/bin"
NODE_MIN = (20, 19)
#: Folders of web/ that the page is not made of.
BESIDE = {"node_modules", "screenshots", "e2e", "bench", "test"}


class CannotBuildError(Exception):
    """Says what is missing."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the trading terminal.")
    parser.add_argument("--force", action="store_true", help="build even if nothing has changed")
    parser.add_argument("--soft", action="store_true", help="exit with 0 where it cannot be built")
    asked = parser.parse_args()
    wanted = digest_of_sources()
    if not asked.force and _text(STAMP) == wanted and (BUILT / "index.html").exists():
        return 0
    try:
        build(wanted)
    except CannotBuildError as problem:
        print(f"The trading terminal is not built: {problem}", file=sys.stderr)
        return 0 if asked.soft else 1
    return 0


def build(wanted: str) -> None:
    print("Building the trading terminal ...", flush=True)
    node, npm = find_node()
    install_packages(npm)
    _run([node, str(WEB / "node_modules/vite/bin/vite.js"), "build", "trade", "--logLevel", "error"], node)
    STAMP.write_text(wanted, encoding="utf-8")


def install_packages(npm: str) -> None:
    locked = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if _text(INSTALLED) == locked:
        return
    _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], npm)
    INSTALLED.write_text(locked, encoding="utf-8")


def find_node() -> tuple[str, str]:
    """Paths of node and npm."""
    for folder in (None, str(VENV_BIN)):
        node, npm = shutil.which("node", path=folder), shutil.which("npm", path=folder)
        if node and npm and _version(node) >= NODE_MIN:
            return node, npm
    uv = ROOT / ".tools/bin/uv"
    if not uv.exists():
        raise CannotBuildError(f"there is no Node {'.'.join(map(str, NODE_MIN))} or newer; run make setup first")
    print("There is no Node here that is new enough: installing it into .venv ...", flush=True)
    _run([str(uv), "sync", "--frozen", "--inexact", "--group", "web"], str(uv))
    return str(VENV_BIN / "node"), str(VENV_BIN / "npm")


def digest_of_sources() -> str:
    """Of names and contents, so that a checkout with other times builds nothing anew."""
    digest = hashlib.sha256()
    for path in sorted(_sources(WEB)):
        digest.update(f"{path.relative_to(WEB).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _sources(folder: Path) -> list[Path]:
    found: list[Path] = []
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name not in BESIDE:
            found += _sources(entry)
        elif entry.is_file():
            found.append(entry)
    return found


def _version(node: str) -> tuple[int, ...]:
    try:
        text = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return (0,)
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def _run(command: list[str], tool: str) -> None:
    """npm calls node by name, so the folder that it came from goes first."""
    path = os.pathsep.join([str(Path(tool).parent), os.environ.get("PATH", "")])
    folder = ROOT if Path(tool).name == "uv" else WEB
    try:
        subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, check=True)
    except (OSError, subprocess.CalledProcessError) as failure:
        raise CannotBuildError(f"{' '.join(command[:2])} failed ({failure})") from failure


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None


if __name__ == "__main__":
    sys.exit(main())
