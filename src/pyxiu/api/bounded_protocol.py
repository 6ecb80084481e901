"""uvicorn's HTTP protocol, with a bound on what a client may send before a request is complete.

Invariant: the headers of a request are bounded (HEADER_BYTES_MAX), also while they are still coming in. Limit: bodies
are the application's to bound.
"""

from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from pyxiu.api.errors import error_body

HEADER_BYTES_MAX: Final = 32 * 1024
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
