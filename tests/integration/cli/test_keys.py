"""`pyxiu keys`: list, rotate, reseal, drop, on a home with rows and files."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from pyxiu.adapters.objects.local import LocalObjects
from pyxiu.app.secrets import open_secret_box
from pyxiu.cli import keys
from pyxiu.cli.running import EXIT_FAILED, EXIT_OK
from pyxiu.identity.kyc.purposes import PROFILE, pii
from pyxiu.storage import migrate
from pyxiu.storage.embedded import EmbeddedPostgres
from pyxiu.storage.orm import open_database
from tests.support.postgres import execute, home_folder, named

KEY = "0123456789abcdef"


@pytest.fixture
def home(postgres_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with a profile and a file, on a database of its own."""
    dsn = named(postgres_server.dsn, "test_keys")
    asyncio.run(execute(postgres_server.dsn, "CREATE DATABASE test_keys"))
    asyncio.run(migrate.upgrade(dsn))
    with home_folder() as folder:
        monkeypatch.setenv("PYXIU_DATABASE_URL", dsn)
        asyncio.run(fill(folder, dsn))
        yield folder
    asyncio.run(execute(postgres_server.dsn, "DROP DATABASE test_keys WITH (FORCE)"))


async def fill(home: Path, dsn: str) -> None:
    ring = open_secret_box(home)
    await LocalObjects(home / "objects", ring).put(KEY, b"passport", "image/png")
    database = open_database(dsn, "pyxiu test")
    async with database.begin() as connection:
        await connection.execute(
            text("INSERT INTO users (id, uid, email, password_hash, role) VALUES (1, 'ID1', 'a@b.c', 'x', 'member')")
        )
        sealed = ring.seal(b'["Ada","Byron","1990-10-29","Here"]', pii(1, PROFILE))
        await connection.execute(
            text("INSERT INTO profiles (user_id, personal, state) VALUES (1, :sealed, 'drafted')"), {"sealed": sealed}
        )
    await database.dispose()


def listed(home: Path, capsys: pytest.CaptureFixture[str]) -> dict[int, dict[str, int]]:
    capsys.readouterr()
    assert keys.list_all(json=True, home=home) == EXIT_OK
    return {row["key"]: row["values"] for row in msgspec.json.decode(capsys.readouterr().out)}


def test_a_key_is_changed_for_another_and_dropped(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(home, capsys) == {1: {"profiles.personal": 1, "files": 1}}
    assert keys.rotate(home=home) == EXIT_OK
    assert "key 2 seals from now on" in capsys.readouterr().out
    assert keys.drop(1, home=home) == EXIT_FAILED, "values need it"
    assert "needed for 2 values" in capsys.readouterr().err

    assert keys.reseal(home=home) == EXIT_OK
    assert "sealed with key 2: 1 values and 1 files" in capsys.readouterr().out
    assert listed(home, capsys) == {2: {"profiles.personal": 1, "files": 1}, 1: {}}
    assert keys.reseal(home=home) == EXIT_OK
    assert "0 values and 0 files" in capsys.readouterr().out

    assert keys.drop(2, home=home) == EXIT_FAILED, "the newest stays"
    assert keys.drop(1, home=home) == EXIT_FAILED, "too early"
    assert "wait 24 hours" in capsys.readouterr().err
    assert keys.drop(1, now=True, home=home) == EXIT_OK
    assert not (home / "secret.key").exists()
    assert asyncio.run(LocalObjects(home / "objects", open_secret_box(home)).get(KEY)) == b"passport"
    assert keys.list_all(home=home) == EXIT_OK
    assert "key   2 (newest): 2 values" in capsys.readouterr().out


def test_a_key_may_go_a_day_after_its_successor_came(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys.rotate(home=home)
    keys.reseal(home=home)
    successor = home / "sealing-keys" / "0002.key"
    yesterday = successor.stat().st_mtime - keys.DROP_AFTER_S
    os.utime(successor, (yesterday, yesterday))
    assert keys.drop(1, home=home) == EXIT_OK


def test_a_missing_key_is_named_with_what_needs_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys.rotate(home=home)
    (home / "secret.key").rename(home / "elsewhere")
    assert keys.list_all(home=home) == EXIT_FAILED
    assert "key 1 is missing, and 2 values need it" in capsys.readouterr().err
    assert keys.reseal(home=home) == EXIT_FAILED
    errors = capsys.readouterr().err
    assert "does not open with any key: profiles.personal 1" in errors
    assert f"does not open with any key: {KEY}" in errors
    (home / "elsewhere").rename(home / "secret.key")
    assert keys.reseal(home=home) == EXIT_OK
