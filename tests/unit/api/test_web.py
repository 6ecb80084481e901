"""The terminal's files: what is served where, and what is left to the API."""

import gzip
from collections.abc import Sequence

import pytest

from pyxiu.api.asgi import Header, Message, Receive, Scope, Send
from pyxiu.api.web import NOT_BUILT, POLICY_KEY, Web, WebFile

PAGE = WebFile(b"<p>page", gzip.compress(b"<p>page"), ((b"content-type", b"text/html"),), b'"page"')
SCRIPT = WebFile(b"run()", None, ((b"content-type", b"text/javascript"),), b'"script"')
BUILT = {"/index.html": PAGE, "/assets/app.js": SCRIPT}
HTML: Header = (b"accept", b"text/html,*/*")


async def api(scope: Scope, _: Receive, send: Send) -> None:
    """Knows one path, as the router does."""
    status = 200 if scope["path"] == "/docs" else 404
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b"api"})


async def nothing() -> Message:
    return {"type": "http.request"}


async def ask(
    path: str, *headers: Header, method: str = "GET", web: Web | None = None
) -> tuple[int, dict[bytes, bytes], bytes, Scope]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
    await (web or Web(api, BUILT))(scope, nothing, send)
    starts: Sequence[Message] = [message for message in sent if message["type"] == "http.response.start"]
    assert len(starts) == 1
    body = b"".join(message.get("body", b"") for message in sent)
    return starts[0]["status"], dict(starts[0]["headers"]), body, scope


@pytest.mark.parametrize("path", ["/", "/trading/btcusdt", "/accounts/confirmation"])
async def test_a_browser_gets_the_page_for_every_route_of_the_terminal(path: str) -> None:
    status, headers, body, scope = await ask(path, HTML)
    assert (status, body) == (200, PAGE.body)
    assert headers[b"content-type"] == b"text/html"
    assert b"'unsafe" not in scope[POLICY_KEY]


async def test_nothing_below_the_api_is_answered_with_a_page() -> None:
    assert (await ask("/api/v2/peatio/nowhere", HTML))[::2] == (404, b"api")


async def test_what_the_api_has_stays_its_own() -> None:
    status, _, body, scope = await ask("/docs", HTML)
    assert (status, body) == (200, b"api")
    assert POLICY_KEY not in scope


@pytest.mark.parametrize("path", ["/assets/gone.js", "/assets/../index.html", "//assets/app.js"])
async def test_a_file_that_was_not_built_is_missing_and_not_a_page(path: str) -> None:
    assert (await ask(path))[0] == 404


async def test_who_does_not_ask_for_a_page_gets_none() -> None:
    assert (await ask("/trading/btcusdt", (b"accept", b"application/json")))[0] == 404


async def test_a_post_goes_to_the_api() -> None:
    assert (await ask("/", HTML, method="POST"))[2] == b"api"


async def test_a_head_has_the_length_and_no_body() -> None:
    status, headers, body, _ = await ask("/assets/app.js", method="HEAD")
    assert (status, headers[b"content-length"], body) == (200, b"5", b"")


async def test_a_browser_that_has_the_file_is_not_sent_it_again() -> None:
    status, _, body, _ = await ask("/", (b"if-none-match", b'"page"'))
    assert (status, body) == (304, b"")


async def test_texts_are_compressed_for_who_can_read_that() -> None:
    _, headers, body, _ = await ask("/", (b"accept-encoding", b"br, gzip"))
    assert headers[b"content-encoding"] == b"gzip"
    assert gzip.decompress(body) == PAGE.body
    assert b"content-encoding" not in (await ask("/assets/app.js", (b"accept-encoding", b"gzip")))[1]


async def test_without_a_built_terminal_the_page_says_how_to_build_it() -> None:
    status, _, body, _ = await ask("/", HTML, web=Web(api, {}))
    assert (status, body) == (200, NOT_BUILT)
    assert b"make up" in body
