"""A receiver of Sentry's envelopes on this machine: what an error reporter really sent, byte for byte.

with envelope_sink() as sink:
    SentryReporter(sink.dsn, ...); sink.events
"""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "0123456789abcdef0123456789abcdef"


class EnvelopeSink:
    def __init__(self) -> None:
        #: Bodies, unpacked.
        self.bodies: list[bytes] = []
        self.paths: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def dsn(self) -> str:
        return f"http://{KEY}@127.0.0.1:{self.server.server_port}/42"

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events of all envelopes, in the order in which they came."""
        found: list[dict[str, Any]] = []
        for body in list(self.bodies):
            _header, *items = body.split(b"\n")
            for kind, payload in zip(items[::2], items[1::2], strict=False):
                if json.loads(kind)["type"] == "event":
                    found.append(json.loads(payload))
        return found

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.paths.append(self.path)
                sink.bodies.append(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler


@contextmanager
def envelope_sink() -> Iterator[EnvelopeSink]:
    sink = EnvelopeSink()
    try:
        yield sink
    finally:
        sink.server.shutdown()
        sink.server.server_close()
