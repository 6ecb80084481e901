"""Query parameters: the declared types or the declared codes, whatever comes."""

from contextlib import suppress
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyxiu.api.errors import ApiError
from pyxiu.api.params import (
    PARAMETERS_MAX,
    Choice,
    Flag,
    Integer,
    IntegerChoice,
    Query,
    Search,
    Text,
    Words,
    parse_query,
    query_values,
)


class Everything(Query, frozen=True):
    name: Annotated[str, Text("x.invalid_name")]
    limit: Annotated[int, Integer(1, 1000, "x.non_integer_limit", "x.invalid_limit", empty="x.empty_limit")] = 100
    period: Annotated[int, IntegerChoice((1, 5, 15), "x.non_integer_period", "x.invalid_period")] = 1
    order: Annotated[str, Choice(("asc", "desc"), "x.invalid_order")] = "asc"
    state: Annotated[tuple[str, ...] | None, Words("x.invalid_state", values=("wait", "done"))] = None
    nonzero: Annotated[bool, Flag("x.invalid_nonzero")] = False
    search: Annotated[dict[str, str] | None, Search(("code", "name"), "x.invalid_search")] = None
    type_: Annotated[str | None, Choice(("buy", "sell"), "x.invalid_type")] = None


def parse(query: str) -> Everything:
    return parse_query(Everything, query_values(query.encode("utf-8", "surrogateescape")))


def codes_of(query: str) -> tuple[str, ...]:
    with pytest.raises(ApiError) as refused:
        parse(query)
    assert refused.value.status == 422
    return refused.value.codes


def test_defaults_count_where_nothing_is_given() -> None:
    assert parse("name=a") == Everything(name="a")


def test_everything_given() -> None:
    query = "name=a%20b&limit=7&period=15&order=DESC&state=wait&nonzero=true&search[code]=b&type=sell&unknown=1"
    assert parse(query) == Everything(
        name="a b",
        limit=7,
        period=15,
        order="desc",
        state=("wait",),
        nonzero=True,
        search={"code": "b"},
        type_="sell",
    )


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=x", "x.non_integer_limit"),
        ("limit=1.5", "x.non_integer_limit"),
        ("limit=1e2", "x.non_integer_limit"),
        ("limit=+1", "x.non_integer_limit"),
        ("limit=%201", "x.non_integer_limit"),
        ("limit=1_0", "x.non_integer_limit"),
        ("limit=%D9%A1", "x.non_integer_limit"),
        ("limit=%00", "x.non_integer_limit"),
        ("limit=", "x.empty_limit"),
        ("limit=0", "x.invalid_limit"),
        ("limit=1001", "x.invalid_limit"),
        ("limit=-1", "x.invalid_limit"),
        ("limit=9223372036854775808", "x.invalid_limit"),
        ("limit=" + "9" * 5000, "x.invalid_limit"),
        ("limit=-" + "9" * 5000, "x.invalid_limit"),
        ("period=2", "x.invalid_period"),
        ("period=", "x.non_integer_period"),
        ("period=" + "9" * 30, "x.invalid_period"),
        ("order=up", "x.invalid_order"),
        ("state=wait&state=other", "x.invalid_state"),
        ("state[]=%00", "x.invalid_state"),
        ("nonzero=maybe", "x.invalid_nonzero"),
        ("search=nonsense", "x.invalid_search"),
        ("search=[1]", "x.invalid_search"),
        ("search=" + "[" * 50_000, "x.invalid_search"),
        ('search={"code":1}', "x.invalid_search"),
        ('search={"code":"%5Cu0000"}', "x.invalid_search"),
        ("search[code]=%FF", "x.invalid_search"),
        ("name=%00", "x.invalid_name"),
        ("name=%FF%FE", "x.invalid_name"),
        ("name=" + "a" * 300, "x.invalid_name"),
        ("type=both", "x.invalid_type"),
    ],
)
def test_what_does_not_fit_has_its_code(query: str, code: str) -> None:
    rest = query if query.startswith("name") else f"name=a&{query}"
    assert codes_of(rest) == (code,)


def test_all_findings_are_told_in_order_of_declaration() -> None:
    assert codes_of("type=x&limit=0&order=up") == (
        "server.method.missing_name",
        "x.invalid_limit",
        "x.invalid_order",
        "x.invalid_type",
    )


def test_the_last_of_a_doubled_parameter_counts() -> None:
    assert parse("name=a&limit=x&limit=5").limit == 5


@pytest.mark.parametrize(
    "query", ["state[]=wait&state[]=done", "state=wait&state=done", "state%5B%5D=wait&state[]=DONE&state=done"]
)
def test_lists_come_in_every_spelling(query: str) -> None:
    assert parse(f"name=a&{query}").state == ("wait", "done")


@pytest.mark.parametrize("query", ['search={"code":"b","x":1}', "search[code]=b", "search%5Bcode%5D=b"])
def test_searches_come_as_json_and_in_brackets(query: str) -> None:
    assert parse(f"name=a&{query}").search == {"code": "b"}


def test_more_parameters_than_anyone_needs_are_a_bad_request() -> None:
    with pytest.raises(ApiError) as refused:
        parse("&".join(f"a{number}=1" for number in range(PARAMETERS_MAX + 1)))
    assert refused.value.status == 400


@given(st.binary(max_size=300))
def test_no_query_string_breaks_the_parser(query: bytes) -> None:
    with suppress(ApiError):
        assert 1 <= parse_query(Everything, query_values(query)).limit <= 1000


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["name", "limit", "period", "order", "state[]", "nonzero", "search", "search[code]", "type"]
            ),
            st.text(max_size=40),
        ),
        max_size=10,
    )
)
def test_no_values_break_the_parser(pairs: list[tuple[str, str]]) -> None:
    values: dict[str, list[str]] = {}
    for name, text in pairs:
        values.setdefault(name.removesuffix("[]"), []).append(text)
    with suppress(ApiError):
        assert 1 <= parse_query(Everything, values).limit <= 1000
