"""The operations page explains messages in the words that they have."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/operations/storage.md").read_text(encoding="utf-8")
SOURCE = "\n".join(
    path.read_text(encoding="utf-8")
    for package in ("engine", "storage")
    for path in (ROOT / "src/pyxiu" / package).glob("*.py")
)
ROWS = re.findall(r"^\| `([^`]+)`", PAGE.split("## When the process stops")[1], re.MULTILINE)
#: Said by the operating system, and with a number in place of a name.
ELSEWHERE = {"No space left on device", "took longer than 30"}


@pytest.mark.parametrize("message", ROWS)
def test_an_explained_message_exists(message: str) -> None:
    parts = [part.strip() for part in message.split("…")]
    assert message in ELSEWHERE or all(part in SOURCE for part in parts), message
