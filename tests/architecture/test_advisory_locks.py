"""Advisory locks are numbers that all code shares: one number with two meanings makes two parts wait for ever."""

import re
from collections import defaultdict

from tests.architecture.source import ROOT

#: Ours begin with the letters "py".
LOCK = re.compile(r"^(_?[A-Z_]*LOCK[A-Z_]*)(?::[^=]+)? = (0x7079[0-9A-Fa-f_]+)", re.MULTILINE)


def test_no_two_locks_have_one_number() -> None:
    uses: dict[int, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "src").rglob("*.py")):
        for name, number in LOCK.findall(path.read_text(encoding="utf-8")):
            uses[int(number, 16)].append(f"{path.relative_to(ROOT)}: {name}")
    assert len(uses) > 5, "the pattern finds the locks"
    shared = {hex(number): names for number, names in uses.items() if len(names) > 1}
    assert not shared, f"one number, several meanings: {shared}"
