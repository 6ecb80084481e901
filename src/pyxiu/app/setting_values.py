"""How the values of variables are read: each reader takes the text and raises ValueError that says what it expected.

    _VARIABLES = {"PYXIU_SESSIONS_MAX": ("sessions_max", whole(1, 1000)), …}
    fields = read_variables(given, _VARIABLES, AccountSettingsError)

Invariant: an error names the variable. Limit: readers of one setting alone stand beside it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pyxiu.app.settings_error import SettingsError

#: By variable: the field that it is for, and how it is read.
Variables = Mapping[str, tuple[str, Callable[[str], Any]]]


def read_variables(given: Mapping[str, str], variables: Variables, error: type[SettingsError]) -> dict[str, Any]:
    """The fields that are given. Raises `error`."""
    return {
        field: read_value(name, read, given[name], error) for name, (field, read) in variables.items() if name in given
    }


def read_value(name: str, read: Callable[[str], Any], text: str, error: type[SettingsError]) -> Any:
    try:
        return read(text)
    except ValueError as wrong:
        raise error(f"{name}: {wrong}, found {text!r}") from None


def flag(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError("expected 0 or 1")
    return text == "1"


def flag_of(given: Mapping[str, str], name: str, error: type[SettingsError], *, default: bool = False) -> bool:
    """Raises `error` for anything but 0 and 1: a switch that was meant must not be off in silence."""
    return bool(read_value(name, flag, given[name], error)) if name in given else default


def whole(least: int, most: int, *, noun: str = "a number") -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
            raise ValueError(f"expected {noun} from {least} to {most}")
        return int(text)

    return read
