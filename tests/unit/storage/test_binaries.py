"""PostgreSQL's programs are found wherever a wheel or the system put them, in the version that is needed."""

from pathlib import Path

import pytest

from pyxiu.kit.errors import PermanentError
from pyxiu.storage import binaries
from pyxiu.storage.binaries import find_binaries


def install(folder: Path, version: str) -> Path:
    """Programs that only know their version."""
    folder.mkdir(parents=True)
    for program in ("postgres", "initdb"):
        script = folder / program
        script.write_text(f"#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n", encoding="utf-8")
        script.chmod(0o755)
    return folder


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but what the test names."""
    monkeypatch.setattr(binaries, "_SYSTEM_FOLDERS", ())
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.delenv(binaries.ENVIRONMENT, raising=False)


def test_the_wheel_brings_a_recent_postgresql() -> None:
    found = find_binaries()
    assert found.major >= 15
    assert found.postgres.exists()
    assert found.initdb.exists()


def test_the_folder_named_by_the_operator_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(binaries.ENVIRONMENT, str(install(tmp_path / "bin", "16.4 (Debian 16.4-1)")))
    assert find_binaries() == binaries.Binaries(tmp_path / "bin", 16)


def test_of_several_the_newest_is_preferred(tmp_path: Path, only: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("9.6", "15.2", "17.1"):
        install(tmp_path / version.split(".", maxsplit=1)[0] / "bin", version)
    monkeypatch.setattr(binaries, "_SYSTEM_FOLDERS", (f"{tmp_path}/*/bin",))
    assert find_binaries().major == 17


def test_an_existing_data_directory_decides_the_version(
    tmp_path: Path, only: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("15.2", "17.1"):
        install(tmp_path / version.split(".", maxsplit=1)[0] / "bin", version)
    monkeypatch.setattr(binaries, "_SYSTEM_FOLDERS", (f"{tmp_path}/*/bin",))
    assert find_binaries(15).folder == tmp_path / "15/bin"
    with pytest.raises(PermanentError, match=r"no PostgreSQL of major version 16 found \(there is: 17 in"):
        find_binaries(16)


def test_one_that_is_too_old_is_not_used(tmp_path: Path, only: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(binaries.ENVIRONMENT, str(install(tmp_path / "bin", "14.9")))
    with pytest.raises(PermanentError, match="15 or later"):
        find_binaries()
