"""The OpenAPI document: it is one, it knows the dialect, and it says of every endpoint what may come back."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pyxiu.api.endpoint import PREFIX
from pyxiu.api.errors import REJECTIONS
from pyxiu.api.examples import EXAMPLES
from pyxiu.api.openapi import build_document, operation_id
from pyxiu.api.routes import ENDPOINTS, allowed_methods

DIALECT: dict[str, dict[str, Any]] = msgspec.json.decode((Path(__file__).parents[2] / "data/dialect.json").read_bytes())
ROUTES = [name for name in DIALECT if " " in name]
DOCUMENT = msgspec.json.decode(msgspec.json.encode(build_document(ENDPOINTS, "1.2.3")))


def operation_of(name: str) -> dict[str, Any]:
    method, _, path = name.partition(" ")
    found: dict[str, Any] = DOCUMENT["paths"][PREFIX + path][method.lower()]
    return found


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def fields_of(schema: dict[str, Any]) -> set[str]:
    """The fields of what is answered, also inside lists and maps."""
    found = resolved(schema)
    for inner in ("items", "additionalProperties"):
        if isinstance(found.get(inner), dict):
            return fields_of(found[inner])
    return set(found.get("properties", ()))


@pytest.mark.parametrize("name", ROUTES)
def test_every_route_of_the_dialect_is_there_with_its_parameters(name: str) -> None:
    operation, facts = operation_of(name), DIALECT[name]
    parameters = {(parameter["in"], parameter["name"]) for parameter in operation["parameters"]}
    for place in ("query", "path"):
        assert {(place, parameter) for parameter in facts.get(place, ())} <= parameters
    if "body" in facts:
        for media in operation["requestBody"]["content"].values():
            assert set(facts["body"]) <= set(media["schema"]["properties"])


@pytest.mark.parametrize("name", [name for name in ROUTES if "fields" in DIALECT[name]])
def test_every_field_of_the_dialect_is_in_the_answer(name: str) -> None:
    facts = DIALECT[name]
    schema = operation_of(name)["responses"][str(facts["status"])]["content"]["application/json"]["schema"]
    assert set(facts["fields"]) <= fields_of(schema)


def test_the_ticker_has_all_its_fields() -> None:
    assert fields_of({"$ref": "#/components/schemas/TickerEntry"}) == set(DIALECT["ticker"]["fields"])


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=operation_id)
def test_every_endpoint_says_who_may_and_what_can_go_wrong(endpoint: Any) -> None:
    operation = DOCUMENT["paths"][endpoint.full_path][endpoint.method.lower()]
    assert operation["summary"].endswith(".")
    assert ("security" in operation) == endpoint.private
    assert "401" in operation["responses"] or not endpoint.private
    open_paths = ("/public/", "/coin", "/identity/", "/.well-known/", "/dev/")
    assert endpoint.private or endpoint.path.startswith(open_paths)
    for status, response in operation["responses"].items():
        assert status.startswith(("2", "4", "5"))
        assert response["description"]
        if not (endpoint.silent or status == "204"):
            assert response["content"]["application/json"]["schema"]
    assert {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"} == set(
        endpoint.path_parameters
    )


def test_operation_ids_are_unique() -> None:
    ids = [operation_id(endpoint) for endpoint in ENDPOINTS]
    assert len(set(ids)) == len(ids)


def test_every_code_an_order_can_be_refused_with_is_documented() -> None:
    place = operation_of("POST /market/orders")["responses"]
    told = " ".join(response["description"] for response in place.values())
    of_orders = {error.code for error in REJECTIONS.values() if error.code.startswith("market.")}
    assert {code for code in of_orders if code not in told} == set()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_has_the_fields_of_its_entity(name: str) -> None:
    schema, example = DOCUMENT["components"]["schemas"][name], EXAMPLES[name]
    assert set(schema.get("required", ())) <= set(example) <= set(schema["properties"])
    assert schema["examples"] == [example]


def test_references_lead_somewhere() -> None:
    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if "$ref" in node else set()
            return own.union(*(references(value) for value in node.values()))
        if isinstance(node, list):
            return set().union(*(references(value) for value in node))
        return set()

    for reference in references(DOCUMENT):
        assert reference.rpartition("/")[2] in DOCUMENT["components"]["schemas"]


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/market/orders", ["GET", "OPTIONS", "POST"]),
        ("/market/orders/7", ["GET", "OPTIONS"]),
        ("/market/orders/7/cancel", ["OPTIONS", "POST"]),
        ("/public/timestamp", ["GET", "OPTIONS"]),
        ("/public/nothing", []),
    ],
)
def test_what_a_path_takes(path: str, methods: list[str]) -> None:
    assert allowed_methods(PREFIX + path) == methods
