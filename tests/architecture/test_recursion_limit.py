"""Hostile JSON is refused because nesting meets the recursion limit: nothing that we import may raise it."""

import subprocess
import sys

PROGRAM = """
import pkgutil, importlib, sys, pyxiu
limit = sys.getrecursionlimit()
for module in pkgutil.walk_packages(pyxiu.__path__, "pyxiu."):
    if ".migrations" in module.name or module.name.endswith("__main__"):
        continue
    importlib.import_module(module.name)
    if sys.getrecursionlimit() > limit:
        sys.exit(f"{module.name} raises the recursion limit to {sys.getrecursionlimit()}")
"""


def test_no_module_of_ours_raises_the_recursion_limit() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
