"""The repository must make sense to whoever clones it: no paths of one machine, no hosts of one network.

Package hosts belong to the configuration of pip, uv and npm, so that mirrors work; lock files hold what those write.
"""

import re
from pathlib import Path

import pytest

from tests.architecture.source import relative, repository_files

LOCK_FILES = {"uv.lock", "package-lock.json", "pnpm-lock.yaml"}
# Assembled from halves, so that this file does not find itself.
PATHS = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/Us" + "ers/"]
HOSTS = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "debian" + ".org"]
AUTHORS = ["cla" + "ude", "anthro" + "pic", "chat" + "gpt", "co" + "pilot", "co-authored" + "-by"]


def _pattern(words: list[str]) -> re.Pattern[str]:
    """In any case, but for the capital of macOS's folder: our API has paths with that word in lower case."""
    escaped = (re.escape(word).replace("/U", "(?-i:/U)") for word in words)
    return re.compile("|".join(escaped), re.IGNORECASE)


FORBIDDEN_IN_LOCKS = _pattern(PATHS)
FORBIDDEN = _pattern([*PATHS, *HOSTS, *AUTHORS])


def test_no_file_names_a_machine_or_a_package_host() -> None:
    findings = [finding for path in repository_files() for finding in search(path)]
    assert not findings, "Say it without the name:\n  " + "\n  ".join(findings)


@pytest.mark.parametrize("word", [*PATHS, *HOSTS, *AUTHORS])
def test_a_forbidden_word_is_noticed(word: str) -> None:
    assert FORBIDDEN.search(f"see {word.upper()}x")


def search(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:  # a picture or another binary
        return []
    pattern = FORBIDDEN_IN_LOCKS if path.name in LOCK_FILES else FORBIDDEN
    if not pattern.search(text):
        return []
    return [
        f"{relative(path)}:{number}: {match.group()}"
        for number, line in enumerate(text.splitlines(), start=1)
        for match in pattern.finditer(line)
    ]
