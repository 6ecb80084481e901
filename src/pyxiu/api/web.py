"""The trading terminal at `/`: the files that the front-end's build left in the package, and its page for its routes.

Invariant: nothing below `/api/` is ever answered with a page, and no path reaches a file that was not there when this
process began: files are read once, and found by their whole name. Limit: a few megabytes in memory; without a built
front-end `/` says how to build it.
"""

import gzip
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, NamedTuple

from pyxiu.api.asgi import ASGIApp, Header, Message, Receive, Scope, Send

FOLDER: Final = "web_dist"
PAGE: Final = "/index.html"
#: Names below it carry a hash of what they hold, so that they never change.
HASHED: Final = "/assets/"
TYPES: Final = {
    ".css": b"text/css; charset=utf-8",
    ".html": b"text/html; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".woff2": b"font/woff2",
}
COMPRESSED: Final = frozenset({".css", ".html", ".js", ".svg"})
#: What the terminal may do, where pages of the API may do less: load its font, show a picture that came as data (the
#: code of an authenticator), start a worker of its own and open the stream, which is `self` too.
POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    b"connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
#: Under this key of a scope stands a policy that `app.py` sends in place of its own.
POLICY_KEY: Final = "pyxiu.content_security_policy"
TEMPLATE: Final = "web"
NOT_BUILT: Final = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Pyxiu</title>
<h1>Pyxiu is running</h1>
<p>The trading terminal is not built yet. In the folder of the sources, run <code>make up</code>, which builds it, or
<code>python tools/build_web.py</code> and start again.</p>
<p>The API works without it: <a href="/docs">its reference</a>.</p>
"""


class WebFile(NamedTuple):
    body: bytes
    #: None where it would not be smaller.
    zipped: bytes | None
    headers: tuple[Header, ...]
    etag: bytes


class Web:
    """Answers for files and for the terminal's routes, and leaves everything else to the application inside."""

    def __init__(self, inside: ASGIApp, built: Mapping[str, WebFile] | None = None) -> None:
        self._inside = inside
        self._files = built_files() if built is None else built
        self._page = self._files.get(PAGE) or _web_file(PAGE, NOT_BUILT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._inside(scope, receive, send)
            return
        path = scope["path"]
        found = self._page if path == "/" else self._files.get(path)
        if found is not None:
            await self._send(found, scope, send)
        elif scope["method"] == "GET" and not path.startswith(("/api/", HASHED)) and _wants_page(scope["headers"]):
            await self._page_where_nothing_is(scope, receive, send)
        else:
            await self._inside(scope, receive, send)

    async def _page_where_nothing_is(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The routes of the terminal are known to it alone: what is 404 inside is its to show."""
        missing = False

        async def send_unless_missing(message: Message) -> None:
            nonlocal missing
            if message["type"] == "http.response.start":
                missing = message["status"] == 404
            if not missing:
                await send(message)

        await self._inside(scope, receive, send_unless_missing)
        if missing:
            await self._send(self._page, scope, send)

    @staticmethod
    async def _send(file: WebFile, scope: Scope, send: Send) -> None:
        scope["path_template"] = TEMPLATE
        scope[POLICY_KEY] = POLICY
        wanted = dict(scope["headers"])
        headers = [*file.headers, (b"etag", file.etag)]
        if wanted.get(b"if-none-match") == file.etag:
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        body = file.body
        if file.zipped is not None:
            headers.append((b"vary", b"accept-encoding"))
            if b"gzip" in wanted.get(b"accept-encoding", b""):
                body = file.zipped
                headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def built_files() -> dict[str, WebFile]:
    """All files of the built front-end by their path; empty where it was not built."""
    folder = files("pyxiu").joinpath(FOLDER)
    if not folder.is_dir():
        return {}
    return {path: _web_file(path, found.read_bytes()) for path, found in _walk(folder, "") if _ending(path) in TYPES}


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for entry in folder.iterdir():
        path = f"{prefix}/{entry.name}"
        found += _walk(entry, path) if entry.is_dir() else [(path, entry)]
    return found


def _web_file(path: str, body: bytes) -> WebFile:
    zipped = gzip.compress(body, mtime=0) if _ending(path) in COMPRESSED else None
    cache = b"public, max-age=31536000, immutable" if path.startswith(HASHED) else b"no-cache"
    headers = ((b"content-type", TYPES[_ending(path)]), (b"cache-control", cache))
    return WebFile(body, zipped, headers, b'"%s"' % sha256(body).hexdigest()[:32].encode())


def _ending(path: str) -> str:
    return path[path.rfind(".") :]


def _wants_page(headers: list[Header]) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in headers)
