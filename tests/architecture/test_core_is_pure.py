"""The core must give the same bytes for the same commands on every machine, in every year.

So it imports only what is listed here and uses no float, no clock, no file, and no order that depends on hashing. Each
finding names file and line. A rule that makes the core worse is changed here, in the open, not escaped in the source.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, python_files, relative

ALLOWED_IMPORTS = {
    "__future__", "bisect", "collections", "collections.abc", "dataclasses", "enum", "functools", "hashlib", "heapq",
    "itertools", "msgspec", "operator", "pyxiu.core", "re", "sortedcontainers", "struct", "types", "typing",
}  # fmt: skip

FORBIDDEN_NAMES = {
    "complex": "money, prices and quantities are integers",
    "float": "money, prices and quantities are integers",
    "open": "the core does no I/O",
    "print": "the core does no I/O",
    "input": "the core does no I/O",
    "eval": "code comes from files",
    "exec": "code comes from files",
    "__import__": "imports stand at the top",
    "hash": "str and bytes hash differently in each process; use hashlib",
    "id": "addresses differ in each process",
}

ORDER_KEEPING_CALLS = {"list", "tuple", "iter", "enumerate", "map", "filter", "zip", "next"}

Finding = tuple[int, str]


@pytest.mark.parametrize("path", python_files("src/pyxiu/core"), ids=relative)
def test_core_is_pure(path: Path) -> None:
    findings = [f"{relative(path)}:{line}: {text}" for line, text in impurities(path.read_text(encoding="utf-8"))]
    assert not findings, "The core must stay pure:\n  " + "\n  ".join(findings)


def test_there_is_a_core() -> None:
    assert (ROOT / "src/pyxiu/core/__init__.py").exists()


@pytest.mark.parametrize(
    "source",
    [
        "import time",
        "import os.path",
        "from datetime import datetime",
        "from pyxiu.kit import clock",
        "from . import book",
        "rate = 0.5",
        "half = price / 2",
        "price /= 2",
        "x = float('1')",
        "def f(x: float) -> None: ...",
        "open('x')",
        "key = hash(order)",
        "async def submit(): ...",
        "for x in {1, 2}: pass",
        "for x in set(orders): pass",
        "xs = [x for x in frozenset(orders)]",
        "xs = list({x for x in orders})",
        "xs = [*set(orders)]",
        "for x in set(a) | set(b): pass",
        "ids: set[int] = g()\nfor x in ids: pass",
        "self.ids = set()\nfor x in self.ids: pass",
        "first = self.ids.pop()\nself.ids = set()",
    ],
)
def test_an_impurity_is_noticed(source: str) -> None:
    assert list(impurities(source))


@pytest.mark.parametrize(
    "source",
    [
        "import collections.abc",
        "from pyxiu.core.book import Book",
        "half = price // 2",
        "for x in sorted({1, 2}): pass",
        "found = x in {1, 2}",
        "ids: set[int] = set()\nids.add(1)\nfor x in sorted(ids): pass",
        "for x in {1: 2}: pass",
        "total = sum(x for x in [1, 2])",
    ],
)
def test_pure_code_is_left_alone(source: str) -> None:
    assert not list(impurities(source))


def impurities(source: str) -> Iterator[Finding]:
    tree = ast.parse(source)
    sets = names_of_sets(tree)
    for node in ast.walk(tree):
        yield from imports_outside_the_list(node)
        yield from inexact_numbers(node)
        yield from forbidden_names(node)
        yield from set_order(node, sets)
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield node.lineno, "async code: the core is called, it never waits"


def imports_outside_the_list(node: ast.AST) -> Iterator[Finding]:
    match node:
        case ast.Import(names=aliases):
            modules = [alias.name for alias in aliases]
        case ast.ImportFrom(module=module, level=level):
            modules = ["." * level + (module or "")]
        case _:
            return
    for module in modules:
        if module not in ALLOWED_IMPORTS and not module.startswith("pyxiu.core."):
            yield node.lineno, f"import of {module}: not among {', '.join(sorted(ALLOWED_IMPORTS))}"


def inexact_numbers(node: ast.AST) -> Iterator[Finding]:
    match node:
        case ast.Constant(value=float() | complex()):
            yield node.lineno, f"number {node.value!r}: money, prices and quantities are integers"
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            yield node.lineno, "true division: use // and say how it rounds"


def forbidden_names(node: ast.AST) -> Iterator[Finding]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in FORBIDDEN_NAMES:
        yield node.lineno, f"{node.id}: {FORBIDDEN_NAMES[node.id]}"


def set_order(node: ast.AST, sets: set[str]) -> Iterator[Finding]:
    """Find places where the order of a set becomes visible, as far as one file and simple names can tell."""
    for iterable in iterated(node):
        if is_set(iterable, sets):
            yield iterable.lineno, f"order of the set `{ast.unparse(iterable)}` is arbitrary: sort it, or keep a dict"
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr="pop"), args=[]) if is_set(owner, sets):
            yield node.lineno, f"`{ast.unparse(owner)}.pop()` takes an arbitrary item: sort, or keep a dict"


def iterated(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.For(iter=iterable) | ast.comprehension(iter=iterable) | ast.Starred(value=iterable):
            return [iterable]
        case ast.YieldFrom(value=iterable):
            return [iterable]
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in ORDER_KEEPING_CALLS:
            return list(arguments)
        case ast.Call(func=ast.Attribute(attr="join" | "fromkeys" | "extend"), args=arguments):
            return list(arguments)
    return []


def is_set(node: ast.expr, sets: set[str]) -> bool:
    match node:
        case ast.Set() | ast.SetComp() | ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.BinOp(left=left, op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor(), right=right):
            return is_set(left, sets) or is_set(right, sets)
        case ast.Name() | ast.Attribute():
            return ast.unparse(node) in sets
    return False


def names_of_sets(tree: ast.AST) -> set[str]:
    """Names and attributes that this file declares or assigns as sets."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign(target=target, annotation=ast.Subscript(value=ast.Name(id="set" | "frozenset"))):
                found.add(ast.unparse(target))
            case ast.arg(arg=name, annotation=ast.Subscript(value=ast.Name(id="set" | "frozenset"))):
                found.add(name)
            case ast.Assign(targets=[target], value=value) if is_set(value, set()):
                found.add(ast.unparse(target))
    return found
