"""The command line says what it can do, quickly and for every command, and fails in one line."""

import subprocess
import sys
from pathlib import Path

import pytest

from pyxiu.cli.explain import explain
from pyxiu.cli.main import app
from pyxiu.core.rejections import DESCRIPTIONS

COMMANDS = (
    "audit",
    "bench all",
    "bench core",
    "bench e2e",
    "bench recovery",
    "demo bots",
    "demo credentials",
    "demo seed",
    "doctor",
    "explain",
    "journal inspect",
    "journal snapshot",
    "journal verify",
    "migrate",
    "projections list",
    "projections rebuild",
    "run",
    "seed",
    "up",
    "version",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    app([*command.split(), "--help"], result_action="return_value")
    shown = capsys.readouterr().out
    assert shown.startswith(f"Usage: pyxiu {command}")
    assert len(shown.splitlines()) > 3


def test_help_imports_no_command() -> None:
    """So that it answers at once."""
    script = "import sys; from pyxiu.cli.main import app; app(['--help'], result_action='return_value'); "
    script += "print([name for name in ('litestar', 'sqlalchemy', 'alembic', 'pyxiu.cli.up') if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == "[]"


def test_every_rejection_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain() == 0
    everything = capsys.readouterr().out
    assert all(rejection.name in everything for rejection in DESCRIPTIONS)


@pytest.mark.parametrize("code", ["43", "insufficient_balance", "market.account.insufficient_balance"])
def test_a_rejection_is_found_by_number_name_and_wire_code(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(code) == 0
    assert "INSUFFICIENT_BALANCE (43): The available balance is too small." in capsys.readouterr().out


def test_an_unknown_rejection_is_a_usage_error() -> None:
    assert explain("no.such.code") == 2


@pytest.mark.parametrize(
    "command",
    [
        "mail list --limit -1",
        "deposit list --limit 0",
        "withdrawal list --limit -1",
        "journal inspect --limit -1",
        "journal inspect --first 99999999999999999999",
        "payout bump 99999999999999999999",
        "signer log --last -1",
    ],
)
def test_a_number_that_can_be_none_is_a_usage_error(command: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "pyxiu", *command.split()], capture_output=True, text=True, check=False
    )
    assert ended.returncode in (1, 2)
    assert "Invalid value" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


def test_certificates_that_cannot_be_made_are_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "ca.key").write_text("no key")
    for folder, says in (("file/x", "Not a directory"), ("damaged", "is damaged")):
        command = [sys.executable, "-m", "pyxiu", "certs", str(tmp_path / folder)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ended.returncode == 1
        assert ended.stderr.startswith("error: ")
        assert says in ended.stderr
