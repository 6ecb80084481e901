"""What the doctor says where something is not as it should be."""

import resource
import shutil
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from pyxiu.app import doctor
from pyxiu.app.doctor import Health
from pyxiu.app.settings import Settings


def test_a_taken_port_is_bad_unless_it_is_ours(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = Settings(home=tmp_path, port=taken.getsockname()[1])
        found = doctor.port(settings, live=False)
        assert found.health is Health.BAD
        assert "--port" in found.advice
        assert doctor.port(settings, live=True).health is Health.GOOD


@pytest.mark.parametrize(("taken_ms", "health"), [(0.2, "good"), (12.0, "warning"), (80.0, "bad")])
def test_a_slow_disk_is_named(taken_ms: float, health: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_flushes", lambda _folder: [taken_ms] * 100)
    assert doctor.disk_speed(tmp_path).health == health


def test_the_disk_is_measured_without_leaving_anything(tmp_path: Path) -> None:
    assert "fdatasync takes" in doctor.disk_speed(tmp_path / "not" / "there" / "yet").found
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage: Any = type("Usage", (), {"free": 10**6})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert doctor.disk_space(tmp_path, 0).health is Health.WARNING
    assert doctor.disk_space(tmp_path, 1 << 62).health is Health.BAD


@pytest.mark.parametrize(("available", "health"), [(10**8, "bad"), (4 * 10**9, "good"), (None, "good")])
def test_little_memory_is_named(available: int | None, health: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_memory_available", lambda: available)
    assert doctor.memory().health == health


def test_few_open_files_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4096))
    found = doctor.open_files()
    assert found.health is Health.WARNING
    assert "ulimit -n 4096" in found.advice


def test_a_wrong_clock_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = time.time()
    assert doctor.clock(now_s).health is Health.GOOD
    assert doctor.clock(None).health is Health.GOOD
    assert doctor.clock(now_s - 90).health is Health.WARNING
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert doctor.clock(None).health is Health.BAD
