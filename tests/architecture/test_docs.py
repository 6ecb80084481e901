"""Documentation that cannot rot: links resolve, named make targets and pyxiu commands exist."""

import io
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from pyxiu.cli.main import app
from tests.architecture.markdown import Page, slugify
from tests.architecture.source import ROOT, relative

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

MAKE = re.compile(r"(?:^|[\s(&;|`])make((?: +(?:-\S+|\w+=(?:\"[^\"]*\"|\S+)|[a-z][a-z-]*))*)")
PYXIU = re.compile(r"(?:^|[\s(&;|`/]|python -m )pyxiu(?=$|[\s|&;()`<>])((?: +(?!\d*[<>])[^\s|&;()`#\\]+)*)")
SUBCOMMAND = re.compile(r"[a-z][a-z0-9-]*")


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_links_resolve(path: Path) -> None:
    broken = [f"{relative(path)}:{line}: {target}" for line, target in Page(path).links() if not resolves(path, target)]
    assert not broken, "These links lead nowhere:\n  " + "\n  ".join(broken)


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_make_targets_exist(path: Path) -> None:
    page = Page(path)
    unknown = [
        f"{relative(path)}:{line}: make {target}"
        for line, code in [*page.shell, *page.code_spans()]
        for target in make_targets_in(code)
        if target not in make_targets()
    ]
    assert not unknown, "The Makefile has no such target:\n  " + "\n  ".join(unknown)


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_pyxiu_commands_and_their_flags_exist(path: Path) -> None:
    findings = []
    for line, code in logical_lines(Page(path)):
        for words, flags in pyxiu_commands_in(code):
            status, text = help_of(words)
            where = f"{relative(path)}:{line}: pyxiu {' '.join(words)}"
            if status != 0:
                findings.append(f"{where}: --help exits with {status}: {text.strip()[-300:]}")
            findings += [f"{where} {flag}: its --help does not name {flag}" for flag in flags if flag not in text]
    assert not findings, "\n  ".join(["The command line and the page disagree:", *findings])


def resolves(page: Path, target: str) -> bool:
    if re.match(r"[a-z][a-z0-9+.-]*:", target):  # http:, https:, mailto: are for others to keep
        return True
    name, _, anchor = unquote(target).partition("#")
    file = (page.parent / name).resolve() if name else page
    if not file.is_relative_to(ROOT) or not file.exists():
        return False
    return not anchor or (file.suffix == ".md" and anchor in Page(file).anchors())


def make_targets_in(code: str) -> Iterator[str]:
    for words in MAKE.findall(code):
        yield from (word for word in shlex.split(words) if not word.startswith("-") and "=" not in word)


@cache
def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def logical_lines(page: Page) -> Iterator[tuple[int, str]]:
    """Shell lines without comments, continued lines joined."""
    pending, start = "", 0
    for line, raw in page.shell:
        start = start if pending else line
        pending += re.sub(r"(^|\s)#.*", "", raw)
        if pending.endswith("\\"):
            pending = pending[:-1] + " "
            continue
        yield start, pending
        pending = ""


def pyxiu_commands_in(code: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """The leading plain words of each call are taken as subcommands (and first arguments), `--x` as its flags."""
    for arguments in PYXIU.findall(code):
        tokens = arguments.split()
        words: list[str] = []
        for token in tokens:
            if not SUBCOMMAND.fullmatch(token):
                break
            words.append(token)
        flags = [token.partition("=")[0] for token in tokens if re.match(r"--[a-z]", token) and token != "--help"]
        yield tuple(words), flags


@cache
def help_of(words: tuple[str, ...]) -> tuple[int, str]:
    """Status and text of `pyxiu … --help`, in this process: one of its own would import everything for each command."""
    told, status = io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(told), redirect_stderr(told):
        patch.setenv("COLUMNS", "200")
        patch.setenv("NO_COLOR", "1")
        try:
            app([*words, "--help"])
        except SystemExit as ended:
            status = int(ended.code or 0)
    return status, told.getvalue()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("pyxiu up --demo", [(("up",), ["--demo"])]),
        ('eval "$(pyxiu demo credentials --json | jq -r .x)"', [(("demo", "credentials"), ["--json"])]),
        (".venv/bin/pyxiu run engine > log.txt", [(("run", "engine"), [])]),
        (
            "python -m pyxiu journal verify --from=3 && pyxiu doctor",
            [(("journal", "verify"), ["--from"]), (("doctor",), [])],
        ),
        ("cd pyxiu-main; git clone x/pyxiu.git", []),
    ],
)
def test_commands_are_found_in_shell_lines(code: str, expected: list[tuple[tuple[str, ...], list[str]]]) -> None:
    assert list(pyxiu_commands_in(code)) == expected


def test_targets_are_found_in_code() -> None:
    assert list(make_targets_in('make -s up ARGS="--split two" && make test')) == ["up", "test"]


def test_anchors_are_spelled_as_github_does() -> None:
    assert slugify("Follow one order: `PlaceOrder`, step 1") == "follow-one-order-placeorder-step-1"
