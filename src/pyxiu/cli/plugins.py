"""`pyxiu plugins`: what is installed, what is enabled and at which version, and what it offers."""

import json
from typing import Any

from pyxiu.app.plugging import load_plugins
from pyxiu.cli.running import EXIT_OK, Home, settings_for
from pyxiu.plugins.registry import BUILTIN, installed
from pyxiu.plugins.spec import KINDS, Plugin


def plugins(*, json_output: bool = False, home: Home = None) -> int:
    """List plugins. Those that are enabled (PYXIU_PLUGINS) are loaded and checked as a service would do it.

    Parameters
    ----------
    json_output
        One JSON object a line.
    """
    settings = settings_for(home)
    loaded = {plugin.name: plugin for plugin in load_plugins(settings).plugins}
    rows = [_row(loaded[BUILTIN], enabled=True, distribution=BUILTIN)]
    for name, one in sorted(installed().items()):
        plugin = loaded.get(name)
        if plugin is None:
            rows.append({"name": name, "version": one.version, "distribution": one.distribution, "enabled": False})
        else:
            rows.append(_row(plugin, enabled=True, distribution=one.distribution))
    for row in rows:
        print(json.dumps(row) if json_output else _line(row))
    return EXIT_OK


def _row(plugin: Plugin, *, enabled: bool, distribution: str) -> dict[str, Any]:
    offers = {kind.field: sorted(getattr(plugin, kind.field)) for kind in KINDS if getattr(plugin, kind.field)}
    return {
        "name": plugin.name,
        "version": plugin.version,
        "distribution": distribution,
        "enabled": enabled,
        "interface": "{}.{}".format(*plugin.interface),
        "offers": offers,
    }


def _line(row: dict[str, Any]) -> str:
    state = "enabled" if row["enabled"] else "installed, not enabled"
    offers = "  ".join(f"{kind}: {', '.join(names)}" for kind, names in row.get("offers", {}).items())
    return f"{row['name']:<16} {row['version']:<10} {state:<24}{offers}".rstrip()
