"""Who came through the door: the built-in adapters and the enabled plugins, found, checked, and made by name.

Invariant: whatever cannot work is said when the process starts, in words that name the setting, the plugin and what
was expected; a plugin that is not enabled is never imported. Limit: what is wrong inside a plugin is its author's.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Final, TypeVar

from pyxiu.kit.errors import PermanentError
from pyxiu.plugins.spec import GROUP, INTERFACE, KINDS, ROUTES, Kind, Parts, Plugin

T = TypeVar("T")

SETTING_PREFIX: Final = "PYXIU_PLUGIN_"
PLUGINS: Final = "PYXIU_PLUGINS"
#: Its offers come with Pyxiu.
BUILTIN: Final = "pyxiu"
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
_OFFER: Final = re.compile(r"[a-z][a-z0-9._-]{0,62}")


class PluginError(PermanentError):
    """A plugin cannot be used, or a setting names one that is not there."""


class Installed:
    """A plugin as the distributions on this machine declare it; looking at it imports nothing."""

    def __init__(self, point: EntryPoint) -> None:
        self._point = point
        self.name = point.name
        self.distribution = point.dist.name if point.dist else "?"
        self.version = point.dist.version if point.dist else "?"

    def load(self) -> Plugin:
        """Raises PluginError."""
        try:
            found = self._point.load()
        except Exception as error:  # whatever its author's code raises when it is imported
            raise PluginError(
                f"{PLUGINS}: {self.name!r} of {self.distribution} {self.version} cannot be loaded: {error!r}"
            ) from error
        if not isinstance(found, Plugin):
            raise PluginError(
                f"{PLUGINS}: {self.name!r}: expected {self._point.value} to be a pyxiu.plugins.spec.Plugin, "
                f"found {type(found).__name__}"
            )
        checked(found)
        if found.name != self.name:
            raise PluginError(f"{PLUGINS}: the entry point {self.name!r} leads to a plugin called {found.name!r}")
        return found


def installed() -> dict[str, Installed]:
    """All plugins on this machine by name. Raises PluginError if two have the same one."""
    found: dict[str, Installed] = {}
    for point in entry_points(group=GROUP):
        one = Installed(point)
        other = found.setdefault(one.name, one)
        if other.distribution != one.distribution:
            raise PluginError(f"two plugins are called {one.name!r}: of {other.distribution} and {one.distribution}")
    return found


def checked(plugin: Plugin) -> None:
    """Raises PluginError for one that this version cannot use."""
    if not _NAME.fullmatch(plugin.name):
        raise PluginError(f"a plugin's name: expected a-z, 0-9 and -, found {plugin.name!r}")
    (major, minor), (our_major, our_minor) = plugin.interface, INTERFACE
    if major != our_major or minor > our_minor:
        raise PluginError(
            f"plugin {plugin.name!r} {plugin.version} was written for interface {major}.{minor}; "
            f"this Pyxiu has {our_major}.{our_minor}"
        )
    for kind in KINDS:
        for name, make in getattr(plugin, kind.field).items():
            if not _OFFER.fullmatch(name):
                raise PluginError(f"plugin {plugin.name!r}: {kind.field}: no name for a {kind.noun}: {name!r}")
            if not callable(make):
                raise PluginError(f"plugin {plugin.name!r}: {kind.field}[{name!r}]: expected a maker, found {make!r}")


@dataclass(frozen=True, kw_only=True)
class Host:
    """What all plugins of a process are told, and the values of their settings."""

    home: Path = Path()
    exchange_name: str = "Pyxiu"
    public_url: str = ""
    version: str = ""
    #: PYXIU_PLUGIN_* as they are set.
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


class Registry:
    """The built-in plugin and the enabled ones. Raises PluginError where something cannot work."""

    def __init__(self, builtin: Plugin, enabled: Sequence[str], host: Host) -> None:
        there = installed() if enabled else {}
        self._host = host
        self._plugins = [builtin]
        for name in enabled:
            if name not in there:
                known = ", ".join(sorted(there)) or "none"
                raise PluginError(f"{PLUGINS}: no plugin {name!r} is installed; installed: {known}")
            self._plugins.append(there[name].load())
        for plugin in self._plugins:
            checked(plugin)
        self._refuse_doubles()
        self._refuse_unknown_settings()

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        return tuple(self._plugins)

    def names(self, kind: Kind[Any]) -> list[str]:
        """What can be chosen."""
        return sorted(name for plugin in self._plugins for name in getattr(plugin, kind.field))

    def check(self, kind: Kind[Any], name: str) -> None:
        """Raises PluginError if nobody offers it."""
        self._plugin_with(kind, name)

    def make(self, kind: Kind[T], name: str, *, inside: object = None) -> T:
        """What the plugin makes under this name. `inside` is for a built-in alone."""
        plugin = self._plugin_with(kind, name)
        parts = self._parts(plugin)
        if plugin.name == BUILTIN:
            parts = replace(parts, inside=inside)
        try:
            made: T = getattr(plugin, kind.field)[name](parts)
        except Exception as error:
            if plugin.name == BUILTIN:
                raise
            raise PluginError(f"plugin {plugin.name!r} cannot make its {kind.noun} {name!r}: {error!r}") from error
        missing = missing_members(made, kind)
        if missing:
            raise PluginError(
                f"plugin {plugin.name!r}: its {kind.noun} {name!r} is a {type(made).__name__} without {missing[0]}"
            )
        return made

    def all_routes(self) -> dict[str, Any]:
        """The applications of all plugins, by the name that they are mounted under."""
        return {name: self.make(ROUTES, name) for name in self.names(ROUTES)}

    def _plugin_with(self, kind: Kind[Any], name: str) -> Plugin:
        for plugin in self._plugins:
            if name in getattr(plugin, kind.field):
                return plugin
        raise PluginError(f"{kind.setting}: {self._why_not(kind, name)}")

    def _why_not(self, kind: Kind[Any], name: str) -> str:
        others = [
            f"{name!r} is a {other.noun} of plugin {plugin.name!r} and no {kind.noun}"
            for plugin in self._plugins
            for other in KINDS
            if other is not kind and name in getattr(plugin, other.field)
        ]
        known = ", ".join(self.names(kind)) or "none"
        return f"{others[0] if others else f'there is no {kind.noun} {name!r}'}; there are {known}"

    def _parts(self, plugin: Plugin) -> Parts:
        host = self._host
        prefix = prefix_of(plugin.name)
        given = {
            one.name: host.values[prefix + one.name] for one in plugin.settings if prefix + one.name in host.values
        }
        return Parts(
            settings=given,
            folder=host.home / "plugins" / plugin.name,
            exchange_name=host.exchange_name,
            public_url=host.public_url,
            version=host.version,
        )

    def _refuse_doubles(self) -> None:
        for kind in KINDS:
            seen: dict[str, str] = {}
            for plugin in self._plugins:
                for name in getattr(plugin, kind.field):
                    if name in seen:
                        raise PluginError(
                            f"plugins {seen[name]!r} and {plugin.name!r} both offer a {kind.noun} {name!r}"
                        )
                    seen[name] = plugin.name

    def _refuse_unknown_settings(self) -> None:
        declared = {prefix_of(plugin.name) + one.name: one for plugin in self._plugins for one in plugin.settings}
        unknown = sorted(set(self._host.values) - set(declared))
        if unknown:
            known = ", ".join(sorted(declared)) or "none"
            raise PluginError(f"{unknown[0]}: no enabled plugin reads it; they read {known}")
        for name, one in declared.items():
            if one.required and name not in self._host.values:
                raise PluginError(f"{name} is not set: {one.about}")


def prefix_of(plugin: str) -> str:
    """What the names of its settings begin with."""
    return f"{SETTING_PREFIX}{plugin.upper().replace('-', '_')}_"


def missing_members(made: object, kind: Kind[Any]) -> list[str]:
    """Names of the kind's port that what was made does not have."""
    if kind.port is None:
        return [] if callable(made) else ["a way to be called"]
    wanted: set[str] = set()
    for one in kind.port.__mro__:
        if one.__module__ not in ("typing", "builtins"):
            wanted |= {name for name in (*vars(one), *getattr(one, "__annotations__", {})) if not name.startswith("_")}
    return sorted(name for name in wanted if not hasattr(made, name))
