"""Failpoints do nothing until they are armed, and then exactly what they are told."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pyxiu.kit import failpoints
from pyxiu.kit.failpoints import FAILPOINTS, FailpointError, armed, failpoint, is_armed

NAME = "engine_before_decide"
OTHER = "engine_after_decide"
SOURCE = Path(failpoints.__file__).parents[1]


def test_an_unarmed_failpoint_does_nothing() -> None:
    failpoint(NAME)


def test_raise_fails_on_the_named_hit_only() -> None:
    with armed(f"{NAME}=raise@3"):
        failpoint(NAME)
        failpoint(OTHER)
        failpoint(NAME)
        with pytest.raises(FailpointError, match=NAME):
            failpoint(NAME)
        failpoint(NAME)


def test_arming_ends_with_the_block() -> None:
    with armed(f"{NAME}=raise, {OTHER}=exit@2"):
        assert is_armed(NAME)
        assert is_armed(OTHER)
    assert not is_armed(NAME)
    failpoint(NAME)


@pytest.mark.parametrize("text", ["nonsense", f"{NAME}", f"{NAME}=explode", f"{NAME}=exit@0", "no_such_name=exit"])
def test_a_wrong_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="PYXIU_FAILPOINTS"):
        failpoints.arm(text)


def test_exit_ends_the_process_as_a_kill_does() -> None:
    program = (
        f"import atexit; from pyxiu.kit.failpoints import failpoint; atexit.register(print, 'no'); failpoint('{NAME}')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], env={"PYXIU_FAILPOINTS": f"{NAME}=exit"}, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (137, b"")


def test_every_failpoint_in_the_table_is_in_the_code_and_the_other_way_round() -> None:
    """T-17: the table is what a crash runner enumerates."""
    used = {
        name
        for path in SOURCE.rglob("*.py")
        if path.name != "failpoints.py"
        for name in re.findall(r"\bfailpoint\(\s*\"([a-z0-9_]+)\"", path.read_text(encoding="utf-8"))
    }
    assert used == set(FAILPOINTS)
