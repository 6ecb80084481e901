"""The dialect of identity as existing front-ends know it: routes, parameters and fields, held against our document.

`tests/data/barong_dialect.json` has the facts. Parameters of a request with a body may stand in its body or its query,
as both are read.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from pyxiu.api.openapi import build_document
from pyxiu.api.routes import ENDPOINTS

PREFIX = "/api/v2/barong"
DIALECT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "data/barong_dialect.json").read_text("utf-8"))
DOCUMENT = build_document(ENDPOINTS, "0.0.0")
ROUTES = sorted(DIALECT)


def operation_of(name: str) -> dict[str, Any]:
    method, path = name.split(" ")
    operations = DOCUMENT["paths"].get(PREFIX + path)
    assert operations is not None, f"no route {path}"
    assert method.lower() in operations, f"{path} has {', '.join(operations)}"
    operation: dict[str, Any] = operations[method.lower()]
    return operation


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def fields_of(schema: dict[str, Any]) -> set[str]:
    found = resolved(schema)
    fields = set(found.get("properties", ()))
    for inner in (found.get("items"), *found.get("anyOf", ()), *found.get("oneOf", ())):
        if isinstance(inner, dict):
            fields |= fields_of(inner)
    return fields


@pytest.mark.parametrize("name", ROUTES)
def test_every_route_is_there_with_its_parameters(name: str) -> None:
    operation, facts = operation_of(name), DIALECT[name]
    places: dict[str, set[str]] = {"query": set(), "path": set()}
    for parameter in operation["parameters"]:
        places[parameter["in"]].add(parameter["name"].removesuffix("[]"))
    for media in operation.get("requestBody", {}).get("content", {}).values():
        places["query"] |= {field.removesuffix("[]") for field in fields_of(media["schema"])}
    assert set(facts.get("path", ())) <= places["path"]
    assert set(facts.get("parameters", ())) <= places["query"]


@pytest.mark.parametrize("name", [name for name in ROUTES if "fields" in DIALECT[name]])
def test_every_field_is_in_the_answer(name: str) -> None:
    responses = operation_of(name)["responses"]
    (schema,) = [
        response["content"]["application/json"]["schema"]
        for status, response in responses.items()
        if status.startswith("2")
    ]
    assert set(DIALECT[name]["fields"]) <= fields_of(schema)
