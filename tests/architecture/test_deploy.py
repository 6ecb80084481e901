"""What is in deploy/ fits the program: services, settings, paths; and is as closed as its page says.

Where the compose plugin is installed, `make check` has it look at the file as well.
"""

import re
import shutil
import subprocess
from functools import cache
from typing import Any

import pytest
import yaml

from pyxiu.app.modules import SERVICES
from pyxiu.app.setting_names import is_known
from tests.architecture.source import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose/compose.yaml"
#: One-off containers and what they run.
COMMANDS = {"tables": ["migrate"]}
OTHERS = {"database", "broker", "proxy"}
#: What a service of the Compose specification may have here, so that a mistyped key is noticed without the plugin.
KEYS = {
    "image", "restart", "init", "read_only", "cap_drop", "security_opt", "tmpfs", "networks", "logging", "command",
    "environment", "depends_on", "healthcheck", "volumes", "ports", "profiles", "entrypoint", "stop_grace_period",
}  # fmt: skip
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}


@cache
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return document


def services() -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"]
    return found


def ours() -> dict[str, Any]:
    return {name: service for name, service in services().items() if name not in OTHERS}


def test_every_key_is_one_of_the_specifications() -> None:
    assert set(compose()) == {"name", "services", "networks", "volumes"} | {key for key in compose() if key[:2] == "x-"}
    for name, service in services().items():
        assert set(service) <= KEYS, name
        for need, how in service.get("depends_on", {}).items():
            assert need in services(), f"{name} depends on {need}"
            assert how["condition"] in CONDITIONS, name


def test_what_is_named_is_declared_and_what_is_declared_is_used() -> None:
    networks = {network for service in services().values() for network in service["networks"]}
    assert networks == set(compose()["networks"])
    mounted = {mount.partition(":")[0] for service in services().values() for mount in service.get("volumes", ())}
    assert {name for name in mounted if not name.startswith(".")} == set(compose()["volumes"])
    for path in (mount.partition(":")[0] for mount in mounted if mount.startswith(".")):
        assert (COMPOSE.parent / path).is_file(), path


def test_every_service_of_the_program_runs_except_the_one_for_staff() -> None:
    run = [service["command"] for service in ours().values() if service.get("command", [""])[0] == "run"]
    assert {name for _, *names in run for name in names} == set(SERVICES) - {"admin"}
    for name, command in COMMANDS.items():
        assert services()[name]["command"] == command


def test_our_containers_are_closed() -> None:
    for name, service in ours().items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert "ports" not in service, f"{name}: only the proxy has ports"
        assert "privileged" not in service
    assert compose()["networks"]["inside"] == {"internal": True}
    assert [name for name, service in services().items() if "ports" in service] == ["proxy"]
    for name in ("database", "broker", "engine-1", "engine-2", "projector", "tables"):
        assert services()[name]["networks"] == ["inside"], name


def test_keys_are_where_they_belong() -> None:
    def having(volume: str) -> set[str]:
        mounts = [(name, mount) for name, service in services().items() for mount in service.get("volumes", ())]
        return {name for name, mount in mounts if mount.startswith(f"{volume}:")}

    assert having("signer") == {"signer"}
    assert having("authority") == {"certificates"}
    assert having("home") == {"api-1", "api-2", "stream", "relay", "mailer", "projector", "scheduler"}


def test_settings_are_known_and_no_password_is_in_the_file() -> None:
    for name, service in ours().items():
        for variable, value in service.get("environment", {}).items():
            assert is_known(variable), f"{name}: {variable}"
            assert isinstance(value, str), f"{name}: {variable} is no text"
    text = COMPOSE.read_text(encoding="utf-8")
    passwords = re.findall(r"PASS(?:WORD)?: (.*)", text)
    assert passwords
    assert all(re.fullmatch(r"\$\{\w+:\?see \.env\.example\}", one) for one in passwords)
    example = (COMPOSE.parent / ".env.example").read_text(encoding="utf-8")
    for variable in re.findall(r"\$\{(\w+):\?", text):
        assert f"{variable}=" in example, variable


def test_the_image_takes_its_base_as_an_argument_and_runs_as_nobody() -> None:
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("FROM ")] == ["FROM ${BASE} AS build", "FROM ${BASE}"]
    assert next(line for line in lines if not line.startswith("#")).startswith("ARG BASE=")
    assert "USER 10001:10001" in lines
    assert any(line.startswith("HEALTHCHECK ") for line in lines)
    for source in re.findall(r"^COPY (?!--)(.*) \S+$", "\n".join(lines), re.MULTILINE):
        for path in source.split():
            assert (ROOT / path).exists(), path


def test_what_goes_into_the_image_is_let_through_and_nothing_else() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_through = {line[1:] for line in ignored if line.startswith("!")}
    assert "*" in ignored
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    for source in re.findall(r"^COPY (?!--)(.*) \S+$", text, re.MULTILINE):
        for path in source.split():
            assert any(path == one or path.startswith(f"{one}/") for one in let_through), path


@pytest.mark.parametrize("script", sorted(COMPOSE.parent.rglob("*.sh")), ids=lambda script: script.name)
def test_scripts_can_be_parsed(script: Any) -> None:
    shell = shutil.which("dash") or "sh"
    done = subprocess.run([shell, "-n", str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert script.stat().st_mode & 0o100, "it can be run"


def test_what_the_try_runs_inside_can_be_parsed() -> None:
    script = COMPOSE.parent / "try.sh"
    embedded = re.findall(r"<<'PYTHON'\n(.*?)^PYTHON$", script.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert len(embedded) == 2
    for code in embedded:
        compile(code, str(script), "exec")
