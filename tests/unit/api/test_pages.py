"""The page at /docs works with nothing but this server."""

import re
from importlib.resources import files

import pytest

from pyxiu.api.app import POLICY
from pyxiu.api.pages import STATIC

FOLDER = files("pyxiu.api").joinpath("static")
NAMES = [*STATIC, "docs.html"]


def text_of(name: str) -> str:
    return FOLDER.joinpath(name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_comes_from_elsewhere(name: str) -> None:
    urls = set(re.findall(r"(?:https?:)?//[\w.-]+", re.sub(r"^\s*//.*$", "", text_of(name), flags=re.MULTILINE)))
    assert urls <= {"http://www.w3.org"}, "an XML namespace is a name, everything else is a request"


def test_the_page_needs_no_inline_script_or_style() -> None:
    html = text_of("docs.html")
    assert "style=" not in html
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\bon\w+=", html)
    assert "innerHTML" not in text_of("docs.js")


def test_what_the_page_asks_for_is_served() -> None:
    asked = set(re.findall(r'(?:href|src)="(/docs/[\w.]+)"', text_of("docs.html")))
    assert asked == {f"/docs/{name}" for name in STATIC}


def test_the_page_has_a_dark_and_a_narrow_form() -> None:
    css = text_of("docs.css")
    assert "prefers-color-scheme: dark" in css
    assert "max-width" in css
    assert "prefers-reduced-motion" in css
    assert 'name="viewport"' in text_of("docs.html")


def test_the_policy_allows_this_server_only() -> None:
    policy = POLICY.decode()
    sources = {source for directive in policy.split("; ") for source in directive.split(" ")[1:]}
    assert sources == {"'none'", "'self'"}
