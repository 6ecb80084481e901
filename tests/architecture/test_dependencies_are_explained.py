"""Every dependency is a long relationship: docs/dependencies.md says why each is here and what would replace it."""

import json
import re
import tomllib

from tests.architecture.source import ROOT

PAGE = ROOT / "docs/dependencies.md"


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    requirements = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *(entry for group in project["dependency-groups"].values() for entry in group),
    ]
    return {normalize(re.split(r"[\[<>=!~; ]", entry)[0]) for entry in requirements} | declared_by_web()


def declared_by_web() -> set[str]:
    """What the front-end's packages name; each other they need no reason for."""
    packages = [
        ROOT / "web/package.json",
        *(ROOT / "web").glob("packages/*/package.json"),
        ROOT / "web/trade/package.json",
    ]
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in packages]
    named = {
        name for document in documents for key in ("dependencies", "devDependencies") for name in document.get(key, {})
    }
    return {normalize(name) for name in named if not name.startswith("@pyxiu/")}


def explained() -> set[str]:
    """The first cell of each table row that has something in the cells for why and for what instead."""
    rows = re.findall(r"^\| *`?([@\w./-]+)`?[^|]*\|([^|]+)\|([^|]+)\|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {normalize(name) for name, why, instead in rows if why.strip() and instead.strip()}


def normalize(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_dependency_is_explained() -> None:
    missing = declared() - explained()
    assert not missing, f"Add a row to docs/dependencies.md for: {', '.join(sorted(missing))}"


def test_nothing_is_explained_that_is_not_used() -> None:
    extra = explained() - declared() - {"dependency", "-"}
    assert not extra, f"Not in pyproject.toml any more, remove from docs/dependencies.md: {', '.join(sorted(extra))}"
