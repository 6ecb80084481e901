"""Distributions with a plugin, as an installer would leave them in a folder of `sys.path`.

    make_distribution(folder, "acme", "1.2", "PLUGIN = Plugin(name='acme', version='1.2', interface=(1, 0))")

The module is `pyxiu_<name>`, and `Plugin`, `Setting` and `Parts` are imported in it.
"""

from pathlib import Path

_HEAD = "from pyxiu.plugins.spec import Parts, Plugin, Setting\n"


def make_distribution(folder: Path, name: str, version: str, code: str, *, point: str | None = None) -> Path:
    module = f"pyxiu_{name.replace('-', '_')}"
    (folder / f"{module}.py").write_text(_HEAD + code + "\n", encoding="utf-8")
    info = folder / f"{module}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: pyxiu-{name}\nVersion: {version}\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[pyxiu.plugins]\n{point or name} = {module}:PLUGIN\n", encoding="utf-8")
    return folder / f"{module}.py"
