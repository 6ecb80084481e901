"""A number in a file is not yet a server."""

import os
from pathlib import Path

import pytest

from pyxiu.storage import postmaster


def write_pid_file(data: Path, pid: int | str, status: str = "ready   ") -> None:
    lines = [str(pid), str(data), "1700000000", "5432", "/tmp", "", "1 2", status]
    (data / "postmaster.pid").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_no_pid_file_means_no_server(tmp_path: Path) -> None:
    assert postmaster.running_pid(tmp_path) is None
    assert not postmaster.is_ready(tmp_path, os.getpid())


@pytest.mark.parametrize("pid", [os.getpid(), 1, 2**30, "nonsense"], ids=["own", "first", "none", "nonsense"])
def test_a_process_that_is_not_this_server_is_left_alone_and_its_number_forgotten(tmp_path: Path, pid: int) -> None:
    write_pid_file(tmp_path, pid)
    assert postmaster.running_pid(tmp_path) is None
    postmaster.stop_orphan(tmp_path, timeout_s=1)
    assert not (tmp_path / "postmaster.pid").exists()


def test_a_server_is_ready_when_it_says_so_and_is_the_one_asked_about(tmp_path: Path) -> None:
    write_pid_file(tmp_path, 42, "starting")
    assert not postmaster.is_ready(tmp_path, 42)
    write_pid_file(tmp_path, 42)
    assert postmaster.is_ready(tmp_path, 42)
    assert not postmaster.is_ready(tmp_path, 43)
