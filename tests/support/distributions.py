"""Distributions with a plugin, as an installer would leave them in a folder of `sys.path`.

    make_distribution(folder, "acme", "1.2", "PLUGIN = Plugin(name='acme', version='1.2', interface=(1, 0))")

The module is `pyxiu_<name>`, and `Plugin`, `Setting` and `Parts` are imported in it. `install_sample` builds and
installs the sample distribution as an operator does it, offline: its build backend is the one inside uv.
"""

import os
import subprocess
import sys
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / "plugins/pyxiu-sample"
WAIT_S = 60.0

_HEAD = "from pyxiu.plugins.spec import Parts, Plugin, Setting\n"


def make_distribution(folder: Path, name: str, version: str, code: str, *, point: str | None = None) -> Path:
    module = f"pyxiu_{name.replace('-', '_')}"
    (folder / f"{module}.py").write_text(_HEAD + code + "\n", encoding="utf-8")
    info = folder / f"{module}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: pyxiu-{name}\nVersion: {version}\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[pyxiu.plugins]\n{point or name} = {module}:PLUGIN\n", encoding="utf-8")
    return folder / f"{module}.py"


def install_sample(folder: Path) -> Path:
    """What to put on PYTHONPATH."""
    python_command("uv", "build", "--quiet", "--offline", "--wheel", "--out-dir", str(folder / "dist"), str(SAMPLE))
    [wheel] = (folder / "dist").glob("*.whl")
    target = folder / "site"
    options = ["--quiet", "--offline", "--no-index", "--no-deps", "--target", str(target)]
    python_command("uv", "pip", "install", *options, str(wheel))
    return target


def python_command(*arguments: str, **variables: str) -> str:
    """What `python -m …` has said; it must have worked."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
