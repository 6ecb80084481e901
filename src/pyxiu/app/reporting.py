"""Plugins checked before anything starts, and faults reported while it runs, unless the process is an engine's alone.

Invariant: an engine that runs alone imports neither a plugin nor the library of an error reporter. Limit: what such an
engine logs is found in its log.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pyxiu.app.context import Context


@asynccontextmanager
async def reporting(context: Context) -> AsyncIterator[None]:
    """Raises PluginError or SettingsError at once for what could not work later."""
    if context.engine_alone:
        yield
        return
    from pyxiu.app.error_reports import error_reports

    async with error_reports(context.plugins, context.settings):
        yield
