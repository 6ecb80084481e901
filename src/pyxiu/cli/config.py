"""`pyxiu config`: which settings are set, where each comes from, and whether they can be used; secrets stay masked."""

import json
import os

from pyxiu.app.plugging import load_plugins
from pyxiu.app.setting_names import NAMES, URLS, is_known, is_secret
from pyxiu.app.settings import load_settings
from pyxiu.app.settings_file import add_settings_of_file
from pyxiu.cli.running import EXIT_OK
from pyxiu.storage.database import redacted
from pyxiu.stream.settings import load_stream_settings

MASK = "********"


def config(*, all_names: bool = False, json_output: bool = False) -> int:
    """Check all settings and print those that are set.

    Parameters
    ----------
    all_names
        Print every setting that there is, also those at their defaults.
    json_output
        One JSON object a line.
    """
    of_file = add_settings_of_file(os.environ)
    load_plugins(load_settings())  # says what is wrong with any of them
    load_stream_settings(os.environ)
    for name in sorted(NAMES if all_names else filter(is_known, os.environ)):
        value = os.environ.get(name)
        source = "default" if value is None else "file" if name in of_file else "environment"
        print_setting(name, None if value is None else masked(name, value), source, json_output=json_output)
    return EXIT_OK


def masked(name: str, value: str) -> str:
    """A value as it may be shown."""
    if is_secret(name):
        return MASK
    return redacted(value) if name in URLS else value


def print_setting(name: str, value: str | None, source: str, *, json_output: bool) -> None:
    if json_output:
        print(json.dumps({"name": name, "value": value, "source": source}))
    else:
        print(f"{name}={value}  ({source})" if value is not None else f"{name}  ({source})")
