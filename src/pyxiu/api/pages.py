"""What stands beside the API: /openapi.json and what else is given, the page at /docs, and /metrics.

Invariant: the page comes whole from this package and works without any other server; its policy lets it load and run
nothing from elsewhere. Limit: the trading terminal at `/` is served by `web.py`.
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from pyxiu.api.wire.texts import to_json

#: Files and their media types; Litestar adds the charset to texts.
STATIC: Final = {"docs.css": "text/css", "docs.js": "text/javascript", "icon.svg": "image/svg+xml"}
METRICS_TYPE: Final = CONTENT_TYPE_LATEST.replace("; charset=utf-8", "")


def pages(
    document: dict[str, object], beside: Mapping[str, bytes], registry: CollectorRegistry
) -> list[HTTPRouteHandler]:
    """The handlers, with the document encoded once. `beside`: more documents in JSON, by their paths."""
    documents = {"/openapi.json": to_json(document), **beside}
    static = {name: files(__package__).joinpath("static", name).read_bytes() for name in [*STATIC, "docs.html"]}

    @get([*documents])
    async def show_document(request: Request[Any, Any, Any]) -> Response[bytes]:
        return Response(documents["/" + request.url.path.strip("/")], media_type="application/json")

    @get("/docs")
    async def show_docs() -> Response[bytes]:
        return Response(static["docs.html"], media_type="text/html")

    @get([f"/docs/{name}" for name in STATIC])
    async def show_static(request: Request[Any, Any, Any]) -> Response[bytes]:
        name = request.url.path.rpartition("/")[2]
        return Response(static[name], media_type=STATIC[name])

    @get("/metrics")
    async def show_metrics() -> Response[bytes]:
        return Response(generate_latest(registry), media_type=METRICS_TYPE)

    return [show_document, show_docs, show_static, show_metrics]
