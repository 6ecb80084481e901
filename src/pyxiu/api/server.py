"""How the API is served: one uvicorn worker on uvloop and httptools, with bounds on what a client may send.

Invariant: the headers of a request are bounded (HEADER_BYTES_MAX), also while they are still coming in; uvicorn itself
bounds the body by back-pressure and the application by its limits. Limit: TLS ends in front of this process.
"""

from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from pyxiu.api.asgi import ASGIApp
from pyxiu.api.errors import error_body

HEADER_BYTES_MAX: Final = 32 * 1024
KEEP_ALIVE_S: Final = 75
SHUTDOWN_S: Final = 10
BACKLOG: Final = 2048
_TOO_LARGE: Final = error_body(["server.request.headers_too_large"])


class BoundedHttpProtocol(HttpToolsProtocol):
    """httptools keeps on collecting headers for as long as a client sends them; this stops it."""

    #: None before the first request, and without a method until its headers are complete; its own type says neither.
    scope: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._header_bytes = 0

    def data_received(self, data: bytes) -> None:
        HttpToolsProtocol.data_received(self, data)
        # Asking the scope costs less than a callback of our own would.
        if self.scope is None or "method" in self.scope:
            self._header_bytes = 0
            return
        self._header_bytes += len(data)
        if self._header_bytes > HEADER_BYTES_MAX and not self.transport.is_closing():
            self._refuse()

    def _refuse(self) -> None:
        headers = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(_TOO_LARGE)
        self.transport.write(STATUS_LINE[431] + headers + _TOO_LARGE)
        self.transport.close()


def server_config(app: ASGIApp, **overrides: Any) -> uvicorn.Config:
    """The settings for `uvicorn.Server`; loop and logging are the process's business."""
    settings: dict[str, Any] = {
        "loop": "none",
        "http": BoundedHttpProtocol,
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "backlog": BACKLOG,
        "timeout_keep_alive": KEEP_ALIVE_S,
        "timeout_graceful_shutdown": SHUTDOWN_S,
        **overrides,
    }
    return uvicorn.Config(app, **settings)
