"""Install the uv that uv.lock pins into .tools/, so that nothing but Python has to be there beforehand.

First way: a virtual environment in .tools/ and pip, which honours the mirrors and proxies pip is configured with.
Second way, where Python came without venv or pip (a plain Debian python3): download the wheel for this platform from
the address in uv.lock and take the binary out. Both ways accept only files whose SHA-256 is in uv.lock.

    python3 tools/bootstrap_uv.py               the first way, the second if it fails
    python3 tools/bootstrap_uv.py --from-lock   the second way only
    python3 tools/bootstrap_uv.py --force       even if the right version is there

Standard library only; runs before anything is installed.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the one file that an older Python may get to see
    sys.exit(
        "Pyxiu needs Python 3.11 or newer; this is %s (%s)." % (sys.version.split()[0], sys.executable)  # noqa: UP031 - same
    )

import argparse
import hashlib
import io
import platform
import shutil
import subprocess
import tempfile
import tomllib
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "uv.lock"
TOOLS = ROOT / ".tools"
UV = TOOLS / "bin" / "uv"
DOWNLOAD_TIMEOUT_S = 120
REASON_LENGTH = 300

Wheel = dict[str, Any]


def main() -> None:
    arguments = parse_arguments()
    package = pinned_uv()
    version = str(package["version"])
    if not arguments.force and installed_version() == version:
        return
    if arguments.from_lock or not install_with_pip(version, package["wheels"]):
        install_from_lock(package["wheels"])
    found = installed_version()
    if found != version:
        sys.exit(f"Expected uv {version} in {UV}, found {found or 'nothing that runs'}.")
    print(f"uv {version} is ready in {UV.relative_to(ROOT)}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Install the uv that uv.lock pins into .tools/.")
    parser.add_argument("--from-lock", action="store_true", help="do not try pip; take the wheel named in uv.lock")
    parser.add_argument("--force", action="store_true", help="install even if the right version is there")
    return parser.parse_args()


def pinned_uv() -> dict[str, Any]:
    packages: list[dict[str, Any]] = tomllib.loads(LOCK.read_text(encoding="utf-8"))["package"]
    return next(package for package in packages if package["name"] == "uv")


def installed_version() -> str | None:
    try:
        answer = subprocess.run([UV, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.split()[1]  # "uv 0.13.9 (x86_64-unknown-linux-gnu)"


def install_with_pip(version: str, wheels: list[Wheel]) -> bool:
    shutil.rmtree(TOOLS, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "requirements.txt"
        hashes = " ".join(f"--hash={wheel['hash']}" for wheel in wheels)
        requirements.write_text(f"uv=={version} {hashes}\n", encoding="utf-8")
        options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--require-hashes"]
        try:
            run(sys.executable, "-m", "venv", TOOLS)
            run(TOOLS / "bin" / "python", "-m", "pip", "install", *options, "-r", requirements)
        except (OSError, subprocess.CalledProcessError) as failure:
            print(f"No uv by venv and pip: {reason_of(failure)}\nTaking the wheel from uv.lock.", file=sys.stderr)
            return False
    return True


def run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


def reason_of(failure: OSError | subprocess.CalledProcessError) -> str:
    printed = ""
    if isinstance(failure, subprocess.CalledProcessError):
        printed = " ".join((failure.stderr or failure.stdout).split())
    return printed[:REASON_LENGTH] or str(failure)


def install_from_lock(wheels: list[Wheel]) -> None:
    wheel = choose_wheel(wheels)
    content = download(wheel["url"])
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if digest != wheel["hash"]:
        sys.exit(f"{wheel['url']}: expected {wheel['hash']}, found {digest}. Nothing was installed.")
    shutil.rmtree(TOOLS, ignore_errors=True)
    UV.parent.mkdir(parents=True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        member = next(name for name in archive.namelist() if name.endswith(".data/scripts/uv"))
        UV.write_bytes(archive.read(member))
    UV.chmod(0o755)


def choose_wheel(wheels: list[Wheel]) -> Wheel:
    """Match the platform tags at the end of a wheel's file name, best first."""
    tags = platform_tags()
    for tag in tags:
        for wheel in wheels:
            platforms = wheel["url"].rsplit("/", 1)[1].removesuffix(".whl").rsplit("-", 1)[1].split(".")
            if any(name.startswith(tag[0]) and name.endswith(tag[1]) for name in platforms):
                return wheel
    sys.exit(f"uv.lock has no uv for {platform.system()} on {platform.machine()}; install python3-venv and try again.")


def platform_tags() -> list[tuple[str, str]]:
    """Pairs of how a wheel's platform tag starts and ends. The binaries are static, so musl ones run everywhere."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    if platform.system() == "Darwin":
        return [("macosx_", "arm64" if machine == "aarch64" else machine)]
    if platform.libc_ver()[0] == "glibc":
        return [("manylinux", f"_{machine}"), ("musllinux", f"_{machine}")]
    return [("musllinux", f"_{machine}")]


def download(url: str) -> bytes:
    if not url.startswith("https://"):
        sys.exit(f"Expected an https address for uv in uv.lock, found {url}.")
    try:
        with urllib.request.urlopen(url, timeout=DOWNLOAD_TIMEOUT_S) as response:  # noqa: S310 - https, checked above
            content: bytes = response.read()
    except (OSError, urllib.error.URLError) as failure:
        sys.exit(f"Could not download {url}: {failure}. Check the network or proxy, or install python3-venv.")
    return content


if __name__ == "__main__":
    main()
