"""Query and path parameters: declared once as a struct, parsed into it, and shown from it in the OpenAPI document.

    class TradesQuery(Query, frozen=True):
        limit: Annotated[int, Integer(1, 1000, malformed="public.trade.non_integer_limit", ...)] = 100

Invariant: whatever bytes come, parsing either gives the declared types or the declared codes (all of them, in order of
declaration); a value that arrives twice counts once, the last one, unless the parameter is a list. Limit: at most
PARAMETERS_MAX parameters, because a query string is attacker's input.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar, get_type_hints
from urllib.parse import parse_qsl

import msgspec

from pyxiu.api.errors import INVALID_QUERY, ApiError, refuse

PARAMETERS_MAX: Final = 100
TEXT_LENGTH_MAX: Final = 255
LIST_LENGTH_MAX: Final = 100
_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")
_TRUE: Final = frozenset({"true", "t", "1", "yes", "on"})
_FALSE: Final = frozenset({"false", "f", "0", "no", "off"})

Values = dict[str, list[str]]


class InvalidParameterError(Exception):
    """Carries the wire code of a parameter that does not fit its declaration."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Parameter(Protocol):
    """What a declaration can do: parse the given texts, and describe itself as JSON schema."""

    description: str

    def parse(self, values: Sequence[str]) -> Any: ...

    def schema(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Integer:
    minimum: int
    maximum: int
    malformed: str
    outside: str
    description: str = ""
    empty: str | None = None

    def parse(self, values: Sequence[str]) -> int:
        text = values[-1]
        if not text and self.empty is not None:
            raise InvalidParameterError(self.empty)
        if _INTEGER.fullmatch(text) is None:
            # A number that is only too long is an integer all the same: it is outside, not malformed.
            digits = text.removeprefix("-")
            raise InvalidParameterError(self.outside if digits.isascii() and digits.isdigit() else self.malformed)
        number = int(text)
        if not self.minimum <= number <= self.maximum:
            raise InvalidParameterError(self.outside)
        return number

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True)
class IntegerChoice:
    """One of a few numbers, such as the periods of candles."""

    values: tuple[int, ...]
    malformed: str
    outside: str
    description: str = ""

    def parse(self, values: Sequence[str]) -> int:
        bounds = Integer(min(self.values), max(self.values), self.malformed, self.outside)
        number = bounds.parse(values)
        if number not in self.values:
            raise InvalidParameterError(self.outside)
        return number

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "enum": list(self.values)}


@dataclass(frozen=True)
class Choice:
    """One of a few words, in upper or lower case."""

    values: tuple[str, ...]
    invalid: str
    description: str = ""

    def parse(self, values: Sequence[str]) -> str:
        word = values[-1].lower()
        if word not in self.values:
            raise InvalidParameterError(self.invalid)
        return word

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.values)}


@dataclass(frozen=True)
class Words:
    """A list, sent as `name[]=a&name[]=b`, `name=a&name=b` or `name=a`; without `values` the handler knows which."""

    invalid: str
    description: str = ""
    values: tuple[str, ...] | None = None

    def parse(self, values: Sequence[str]) -> tuple[str, ...]:
        words = tuple(dict.fromkeys(value.lower() for value in values))
        if len(words) > LIST_LENGTH_MAX or not all(_is_printable(word) for word in words):
            raise InvalidParameterError(self.invalid)
        if self.values is not None and not set(words) <= set(self.values):
            raise InvalidParameterError(self.invalid)
        return words

    def schema(self) -> dict[str, Any]:
        item: dict[str, Any] = {"type": "string"}
        if self.values is not None:
            item["enum"] = list(self.values)
        return {"type": "array", "items": item, "maxItems": LIST_LENGTH_MAX}


@dataclass(frozen=True)
class Text:
    invalid: str
    description: str = ""

    def parse(self, values: Sequence[str]) -> str:
        if not _is_printable(values[-1]):
            raise InvalidParameterError(self.invalid)
        return values[-1]

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": TEXT_LENGTH_MAX}


@dataclass(frozen=True)
class Flag:
    invalid: str
    description: str = ""

    def parse(self, values: Sequence[str]) -> bool:
        word = values[-1].lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise InvalidParameterError(self.invalid)

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Search:
    """Texts to look for, sent as `search[code]=b` or as JSON, `search={"code":"b"}`; other fields are ignored."""

    fields: tuple[str, ...]
    invalid: str
    description: str = ""
    name: str = field(default="search")

    def parse(self, values: Sequence[str]) -> dict[str, str]:
        try:
            given = msgspec.json.decode(values[-1], type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            raise InvalidParameterError(self.invalid) from None
        wanted = {name: given[name] for name in self.fields if given.get(name) is not None}
        if not all(isinstance(text, str) and _is_printable(text) for text in wanted.values()):
            raise InvalidParameterError(self.invalid)
        return wanted

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "contentMediaType": "application/json", "maxLength": TEXT_LENGTH_MAX}


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all parameter structs; a field without default is a required parameter."""


Q = TypeVar("Q", bound=Query)


@dataclass(frozen=True)
class Declared:
    """One field of a Query struct with its declaration."""

    name: str
    attribute: str
    parameter: Parameter
    required: bool
    default: Any


def declared(query: type[Query]) -> Iterator[Declared]:
    """The parameters of a Query struct, in order of declaration. A trailing `_` is not part of the wire name."""
    hints = get_type_hints(query, include_extras=True)
    for info in msgspec.structs.fields(query):
        parameter = hints[info.name].__metadata__[0]
        required = info.default is msgspec.NODEFAULT and info.default_factory is msgspec.NODEFAULT
        default = None if required else info.default
        yield Declared(info.name.removesuffix("_"), info.name, parameter, required, default)


_declarations: dict[type[Query], tuple[Declared, ...]] = {}


def parse_query(query: type[Q], values: Values, *, missing: str = "server.method.missing_{name}") -> Q:
    """The struct, or ApiError 422 with the code of every parameter that does not fit."""
    if query not in _declarations:
        _declarations[query] = tuple(declared(query))
    found: dict[str, Any] = {}
    codes: list[str] = []
    for item in _declarations[query]:
        given = values.get(item.name)
        if isinstance(item.parameter, Search):
            given = _search_values(item.parameter, values)
        if given is None:
            if item.required:
                codes.append(missing.format(name=item.name))
            continue
        try:
            found[item.attribute] = item.parameter.parse(given)
        except InvalidParameterError as invalid:
            codes.append(invalid.code)
    if codes:
        raise ApiError(422, tuple(dict.fromkeys(codes)))
    return query(**found)


def query_values(query_string: bytes) -> Values:
    """Names and their texts; `name[]` counts as `name`. Raises ApiError 400 on more parameters than anyone needs."""
    if not query_string:
        return {}
    try:
        pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=PARAMETERS_MAX)
    except ValueError:
        raise refuse(INVALID_QUERY) from None
    values: Values = {}
    for name, text in pairs:
        values.setdefault(name.removesuffix("[]"), []).append(text)
    return values


def _search_values(parameter: Search, values: Values) -> list[str] | None:
    bracketed = {
        name: values[f"{parameter.name}[{name}]"][-1]
        for name in parameter.fields
        if f"{parameter.name}[{name}]" in values
    }
    if not bracketed:
        return values.get(parameter.name)
    return [msgspec.json.encode(bracketed).decode()]


def _is_printable(text: str) -> bool:
    """Fit for comparing, storing and showing: not too long, no control characters, nothing that was broken UTF-8."""
    return len(text) <= TEXT_LENGTH_MAX and text.isprintable() and "\ufffd" not in text
