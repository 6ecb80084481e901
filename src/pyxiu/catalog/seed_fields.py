"""Typed access to the fields of one seed entry. Each misfit becomes a `Problem` with field, expectation and finding.

Invariant: after a misfit the reader goes on with the default, so that one run reports all problems of all entries; the
caller uses no value of an entry that has problems.
"""

from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

from pyxiu.catalog.model import ZERO
from pyxiu.catalog.seed_file import Entry, Problem
from pyxiu.core.types import is_id

TEXT_LENGTH_MAX = 1000
DIGITS_BEFORE_POINT_MAX = 20
DIGITS_AFTER_POINT_MAX = 18
_MISSING = object()
Choice = TypeVar("Choice", bound=StrEnum)


class Fields:
    """Reads fields by name, remembers which were asked for and what was wrong."""

    def __init__(self, entry: Entry, key: str) -> None:
        """`key` names the field that tells this entry from others, for messages."""
        self._entry = entry
        self._known: set[str] = set()
        label = entry.values.get(key)
        self.where = f"{entry.where} ({label})" if isinstance(label, str | int) else entry.where
        self.problems: list[Problem] = []

    def wrong(self, name: str, expected: str, found: object = _MISSING) -> None:
        ending = "" if found is _MISSING else f", found {_shown(found)}"
        self.problems.append(Problem(self.where, f"{name}: expected {expected}{ending}"))

    def has(self, name: str) -> bool:
        return self._entry.values.get(name) is not None

    def raw(self, name: str) -> Any:
        self._known.add(name)
        return self._entry.values.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        """Text that must be there, unless there is a default."""
        value = self.raw(name)
        if value is None or value == "":
            if default is None:
                self.wrong(name, "text", value)
            return default or ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            self.wrong(name, "text (put it in quotes)", value)
            return default or ""
        text = str(value).strip()
        if len(text) > TEXT_LENGTH_MAX:
            self.wrong(name, f"at most {TEXT_LENGTH_MAX} characters", f"{len(text)} characters")
        return text

    def optional_text(self, name: str) -> str | None:
        return self.text(name, default="") or None

    def identifier(self, name: str, default: str | None = None, longest: int = 64) -> str:
        """A lower-case id that the engine can use as a name."""
        text = self.text(name, default).lower()
        if text and (not is_id(text) or len(text) > longest):
            self.wrong(name, f"1 to {longest} of letters, digits and ._:-", text)
        return text

    def choice(self, name: str, choices: type[Choice], default: Choice) -> Choice:
        """One of an enumeration's words."""
        value = self.text(name, default.value).lower()
        try:
            return choices(value)
        except ValueError:
            self.wrong(name, " or ".join(str(choice.value) for choice in choices), value)
            return default

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.raw(name)
        if value is None:
            return default
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        if not isinstance(value, bool):
            self.wrong(name, "true or false", value)
            return default
        return value

    def integer(self, name: str, lowest: int, highest: int, default: int | None = None) -> int:
        value = self.raw(name)
        if value is None and default is not None:
            return default
        number = _integer(value)
        if number is None or not lowest <= number <= highest:
            self.wrong(name, f"an integer from {lowest} to {highest}", value)
            return default if default is not None else lowest
        return number

    def amount(self, name: str, default: Decimal | None = ZERO) -> Decimal:
        """A decimal, zero or more, exactly as written."""
        value = self.raw(name)
        if value is None and default is not None:
            return default
        number = _decimal(value)
        if number is None or number < 0:
            self.wrong(name, "a number, 0 or more", value)
            return ZERO
        whole = len(str(int(number)))
        if whole > DIGITS_BEFORE_POINT_MAX or digits_after_point(number) > DIGITS_AFTER_POINT_MAX:
            limits = f"{DIGITS_BEFORE_POINT_MAX} digits before and {DIGITS_AFTER_POINT_MAX} after the point"
            self.wrong(name, f"at most {limits}", value)
            return ZERO
        return number

    def mapping(self, name: str) -> dict[str, Any]:
        value = self.raw(name)
        if value is None or value == "":
            return {}
        if not isinstance(value, dict):
            self.wrong(name, "a mapping", value)
            return {}
        return {str(key): _plain(item) for key, item in value.items()}

    def entries(self, name: str) -> "list[Fields]":
        """The mappings of a list; their problems are this entry's."""
        value = self.raw(name)
        if value is None or value == "":
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.wrong(name, "a list of mappings", value)
            return []
        parts = [
            Fields(self._entry._replace(values={str(key): one for key, one in item.items()}), "") for item in value
        ]
        for part in parts:
            part.where, part.problems = f"{self.where} {name}", self.problems
        return parts

    def not_asked_for(self) -> list[str]:
        """Fields of the entry that nothing has read."""
        return sorted(set(self._entry.values) - self._known)


def digits_after_point(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _integer(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value)
    text = value.replace("_", "") if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdecimal() else None


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, str) and value.isascii():
        try:
            value = Decimal(value.strip().replace("_", ""))
        except InvalidOperation:
            return None
    return value if isinstance(value, Decimal) and value.is_finite() else None


def _plain(value: object) -> Any:
    """What JSON can hold: decimals become text, so that no digit is lost."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() else str(value)
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
