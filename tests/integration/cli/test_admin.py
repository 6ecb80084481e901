"""`pyxiu admin`: staff is made from the command line, and a password is never an argument."""

import io
from collections.abc import Callable

import pytest

Cli = Callable[..., tuple[int, str, str]]
PASSWORD = "Kq7-vulture-Marsh"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """What comes by standard input."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYXIU_ARGON2_TIME_COST", "1")
    monkeypatch.setenv("PYXIU_ARGON2_MEMORY_KIB", "8")


def test_the_operator_makes_superadmins_and_other_staff(cli: Cli, typed: Callable[[str], None]) -> None:
    typed(PASSWORD + "\n")
    code, out, err = cli("admin", "create", "root@example.com")
    assert code == 0, err
    assert out.startswith("root@example.com is superadmin (ID")
    assert PASSWORD not in out + err
    typed("")
    code, out, _ = cli("admin", "create", "Root@Example.com", "--role", "support")
    assert (code, "was superadmin and is support" in out) == (0, True)


def test_what_will_not_do_is_said_and_nothing_is_made(cli: Cli, typed: Callable[[str], None]) -> None:
    typed("password\n")
    code, _, err = cli("admin", "create", "root@example.com")
    assert code == 1
    assert "password.weak" in err
    assert "at least 8 characters and 26 bits" in err
    typed(PASSWORD)
    assert "email.invalid" in cli("admin", "create", "no address")[2]
    code, _, err = cli("admin", "create", "root@example.com", "--role", "emperor")
    assert code == 1
    assert "no role 'emperor'; there are accountant, admin" in err


def test_a_token_is_printed_as_long_as_there_is_no_superadmin(cli: Cli, typed: Callable[[str], None]) -> None:
    code, first, _ = cli("admin", "token")
    assert code == 0
    assert first != cli("admin", "token")[1]
    typed(PASSWORD)
    assert cli("admin", "create", "root@example.com")[0] == 0
    code, out, err = cli("admin", "token")
    assert (code, out) == (1, "")
    assert "there is a superadmin already" in err
