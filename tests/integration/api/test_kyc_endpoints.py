"""KYC over HTTP, as a browser with a session sees it: profiles, phones, documents, links, limits of bodies."""

import asyncio
import dataclasses
import itertools
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from pyxiu.adapters.captcha.pow import ProofOfWork
from pyxiu.adapters.objects.local import LocalObjects
from pyxiu.identity.captcha.settings import CaptchaSettings, FreeUse
from pyxiu.identity.kyc.settings import MEBIBYTE, KycSettings
from pyxiu.identity.model import Client
from pyxiu.identity.ports import NoCaptcha
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.settings import IdentitySettings
from pyxiu.storage.embedded import EmbeddedPostgres
from tests.support.api import Exchange, running_exchange
from tests.support.identity import CHEAP_HASHING, PASSWORD, signed_up
from tests.support.kyc import DOCUMENT, PROFILE, RememberingPhones, pdf, picture
from tests.support.postgres import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

PREFIX = "/api/v2/barong"
_numbers = itertools.count(12_345_600)
AGENT = "Test/1.0"
SETTINGS = IdentitySettings(
    hashing=CHEAP_HASHING,
    kyc=KycSettings(data_storage_titles=("settings",), uploads_per_hour=100),
    captcha=CaptchaSettings(flows={"user_create": FreeUse(1, 3600)}, difficulty=8),
)


class Browser:
    """A member's browser: a session cookie and its CSRF token."""

    def __init__(self, client: httpx.AsyncClient, cookie: str, csrf_token: str, user_id: int) -> None:
        self.client, self.user_id = client, user_id
        self.headers = {"Cookie": f"_barong_session={cookie}", "X-CSRF-Token": csrf_token, "User-Agent": AGENT}

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(PREFIX + path, headers=self.headers)

    async def post(self, path: str, **arguments: Any) -> httpx.Response:
        return await self.client.post(PREFIX + path, headers=self.headers, **arguments)

    async def put(self, path: str, **arguments: Any) -> httpx.Response:
        return await self.client.put(PREFIX + path, headers=self.headers, **arguments)

    async def upload(
        self, *files: bytes, path: str = "/resource/documents", name: str = "evil.html", **fields: str
    ) -> httpx.Response:
        parts = [("upload[]", (name, file, "text/html")) for file in files]
        data = fields if path != "/resource/documents" else {**DOCUMENT, **fields}
        return await self.post(path, data=data, files=parts)


class Desk:
    def __init__(self, exchange: Exchange, phones: RememberingPhones, folder: Path) -> None:
        self.exchange, self.phones, self.folder = exchange, phones, folder

    async def browser(self) -> Browser:
        # Made without the captcha; what asks for it here asks over HTTP.
        services = dataclasses.replace(self.exchange.identity, captcha=NoCaptcha())
        made = await signed_up(services, client=Client("127.0.0.1", AGENT))
        return Browser(self.exchange.anyone, made.session.token, made.session.csrf_token, made.user.id)

    def files(self) -> set[Path]:
        return {path for path in self.folder.rglob("*") if path.is_file()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exchange(
    postgres_server: EmbeddedPostgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Exchange]:
    """In place of the one in conftest.py: identity is plugged here."""
    folder = tmp_path_factory.mktemp("objects")

    def plugged(services: IdentityServices) -> IdentityServices:
        made = dataclasses.replace(
            services, settings=SETTINGS, phones=RememberingPhones(), objects=LocalObjects(folder, services.sealer)
        )
        return dataclasses.replace(made, captcha=ProofOfWork(made))

    async for dsn in fresh_database(postgres_server.dsn, migrated_template):
        async with running_exchange(dsn, plugged=plugged) as running:
            yield running


@pytest.fixture
def desk(exchange: Exchange) -> Desk:
    phones, objects = exchange.identity.phones, exchange.identity.objects
    assert isinstance(phones, RememberingPhones)
    assert isinstance(objects, LocalObjects)
    phones.messages.clear()
    return Desk(exchange, phones, objects.folder)


@pytest.fixture
def number() -> str:
    """A number that no other test has."""
    return f"+49151{next(_numbers)}"


def errors_of(response: httpx.Response, status: int) -> list[str]:
    assert response.status_code == status, response.text
    errors: list[str] = response.json()["errors"]
    return errors


async def test_a_member_passes_all_steps(desk: Desk, number: str) -> None:
    browser = await desk.browser()
    assert errors_of(await browser.get("/resource/profiles/me"), 404) == ["resource.profile.doesnt_exist"]
    assert (await browser.get("/resource/phones")).json() == []

    sent = await browser.post("/resource/phones", json={"phone_number": number})
    assert (sent.status_code, sent.json()) == (200, {"message": "Code was sent successfully"})
    body = {"phone_number": number, "verification_code": "0" if desk.phones.code != "00000" else "1"}
    assert errors_of(await browser.post("/resource/phones/verify", json=body), 404) == [
        "resource.phone.verification_invalid"
    ]
    assert (await browser.post("/resource/phones/send_code", data={"phone_number": number[1:]})).status_code == 200
    verified = await browser.post(
        "/resource/phones/verify", json={"phone_number": number, "verification_code": desk.phones.code}
    )
    assert verified.status_code == 201, verified.text
    assert [(label["key"], label["value"]) for label in verified.json()["labels"]] == [("phone", "verified")]
    (phone,) = (await browser.get("/resource/phones")).json()
    assert phone["number"] == f"49*******{number[-4:]}"
    assert phone["country"] == "DE"
    assert phone["validated_at"] is not None

    made = await browser.post("/resource/profiles", json={**PROFILE, "confirm": True})
    assert made.status_code == 201, made.text
    (profile,) = (await browser.get("/resource/profiles/me")).json()
    assert profile == made.json()
    assert (profile["state"], profile["last_name"], profile["dob"]) == ("submitted", "O******", "1990-10-**")
    assert (profile["first_name"], profile["country"]) == ("Jean-Luc", "FR")

    uploaded = await browser.upload(picture("JPEG"), picture(), doc_category="front_side", identificator="abc-1")
    assert uploaded.status_code == 201, uploaded.text
    address = {"address": "10 Rue", "city": "Paris", "postcode": "75001", "country": "FR"}
    assert (await browser.upload(pdf(), path="/resource/addresses", **address)).status_code == 201
    documents = (await browser.get("/resource/documents")).json()
    assert [one["doc_type"] for one in documents] == ["Passport", "Passport", "Address"]
    assert (documents[0]["doc_number"], documents[0]["doc_expire"]) == ("AB*****23", "2099-01-31")
    me = (await browser.get("/resource/users/me")).json()
    assert {label["key"]: label["value"] for label in me["labels"]} == {
        "phone": "verified",
        "profile": "submitted",
        "document": "pending",
        "address": "pending",
    }
    assert len(me["profiles"]) == len(me["phones"]) == 1


async def test_drafts_are_changed_and_all_that_is_missing_is_told(desk: Desk) -> None:
    browser = await desk.browser()
    assert errors_of(await browser.put("/resource/profiles", json={}), 404) == [
        "resource.profile.doesnt_exist_or_not_editable"
    ]
    assert (await browser.post("/resource/profiles", data={"first_name": "Ada"})).status_code == 201
    assert errors_of(await browser.post("/resource/profiles", json=PROFILE), 422) == ["state.exists"]
    missing = errors_of(await browser.put("/resource/profiles", json={"confirm": "true", "city": "London"}), 422)
    assert missing == [
        f"resource.profile.missing_{name}" for name in ("last_name", "dob", "address", "postcode", "country")
    ]
    wrong = errors_of(await browser.put("/resource/profiles", json={"last_name": "<b>", "dob": "2999-01-01"}), 422)
    assert wrong == ["last_name.invalid", "dob.in_future"]
    done = await browser.put("/resource/profiles", json={**PROFILE, "confirm": True})
    assert (done.status_code, done.json()["state"]) == (200, "submitted")


async def test_a_link_opens_its_file_as_an_attachment_for_a_moment(desk: Desk) -> None:
    browser = await desk.browser()
    assert (await browser.upload(picture("JPEG"), name="../../x.svg")).status_code == 201
    (document,) = (await browser.get("/resource/documents")).json()
    link = document["upload"]
    # Whoever has the link: a browser follows it without headers of ours.
    opened = await desk.exchange.anyone.get(link)
    assert opened.status_code == 200, opened.text
    assert opened.content.startswith(b"\xff\xd8")
    assert opened.headers.get_list("content-type") == ["image/jpeg"]
    assert opened.headers["content-disposition"] == f'attachment; filename="document-{document["id"]}.jpg"'
    assert opened.headers["x-content-type-options"] == "nosniff"
    assert opened.headers["cache-control"] == "no-store"

    parts = urlsplit(link)
    given = {name: values[0] for name, values in parse_qs(parts.query).items()}
    for changes in (
        {"content_type": "text/html"},
        {"filename": "x.html"},
        {"expires_at": str(int(given["expires_at"]) + 1000)},
        {"expires_at": "1"},
        {"signature": given["signature"][:-1]},
        {"signature": ""},
    ):
        forged = await desk.exchange.anyone.get(f"{parts.path}?{urlencode({**given, **changes})}")
        assert errors_of(forged, 404) == ["record.not_found"]
    other = parts.path[:-4] + ("0000" if not parts.path.endswith("0000") else "1111")
    assert errors_of(await desk.exchange.anyone.get(f"{other}?{parts.query}"), 404) == ["record.not_found"]


async def test_t69_nobody_sees_the_documents_of_another_member(desk: Desk, number: str) -> None:
    ada, eve = await desk.browser(), await desk.browser()
    await ada.upload(picture())
    await ada.post("/resource/profiles", json=PROFILE)
    await ada.post("/resource/phones", json={"phone_number": number})
    assert (await eve.get("/resource/documents")).json() == []
    assert (await eve.get("/resource/profiles/me")).status_code == 404
    assert (await eve.get("/resource/phones")).json() == []
    assert errors_of(
        await eve.post("/resource/phones/verify", json={"phone_number": number, "verification_code": desk.phones.code}),
        404,
    ) == ["resource.phone.doesnt_exist"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/resource/profiles/me"),
        ("POST", "/resource/profiles"),
        ("PUT", "/resource/profiles"),
        ("GET", "/resource/phones"),
        ("POST", "/resource/phones"),
        ("POST", "/resource/phones/verify"),
        ("GET", "/resource/documents"),
        ("POST", "/resource/documents"),
        ("POST", "/resource/addresses"),
        ("POST", "/resource/data_storage"),
    ],
)
async def test_who_is_not_known_gets_nothing(desk: Desk, method: str, path: str) -> None:
    assert (await desk.exchange.anyone.request(method, PREFIX + path)).status_code == 401


async def test_t71_hostile_uploads_change_nothing(desk: Desk) -> None:
    browser, before = await desk.browser(), desk.files()
    svg = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><svg>&e;</svg>'
    for file, code in (
        (svg, "resource.documents.invalid_format"),
        (b"PK\x03\x04" + bytes(500), "resource.documents.invalid_format"),
        (b"", "resource.documents.invalid_format"),
        (pdf(b"<< /S /JavaScript >>"), "resource.documents.invalid_pdf"),
        (bytes(10 * MEBIBYTE + 1), "resource.documents.file_too_large"),
    ):
        assert errors_of(await browser.upload(file, name="photo.png"), 422) == [code]
    assert errors_of(await browser.upload(*[picture()] * 4), 422) == ["resource.documents.too_many_files"]
    assert errors_of(await browser.upload(), 422) == ["resource.documents.missing_upload"]
    wrong = errors_of(await browser.upload(doc_type="<b>", doc_expire="2020-01-01", doc_number=""), 422)
    assert wrong == [
        "doc_type.invalid",
        "resource.documents.already_expired",
        "resource.documents.missing_doc_number",
        "resource.documents.missing_upload",
    ]
    assert (await browser.get("/resource/documents")).json() == []
    assert desk.files() == before


async def test_t71_markup_in_free_text_comes_back_as_it_was_sent_and_inert(desk: Desk) -> None:
    payload = "<script>alert(1)</script> =cmd|' /C calc'!A0"
    browser = await desk.browser()
    made = await browser.post("/resource/profiles", json={"address": payload, "city": payload})
    assert made.status_code == 201, made.text
    shown = await browser.get("/resource/profiles/me")
    assert shown.json()[0]["address"] == payload
    assert shown.headers["content-type"] == "application/json"
    assert shown.headers["x-content-type-options"] == "nosniff"


async def test_t71_bodies_that_are_no_multipart_are_refused(desk: Desk) -> None:
    browser = await desk.browser()
    headers = {**browser.headers, "Content-Type": "multipart/form-data; boundary=x"}
    for body in (
        b"",
        b"--x",
        b"--x\r\n\r\n",
        b"--y\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--y--",
        b"--x\r\nContent-Disposition: form-data; name=" + b"a" * 20_000,
        b"--x\r\n" + b"X: y\r\n" * 5_000 + b"\r\n\r\n--x--",
        b"".join(b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n1\r\n' % number for number in range(3_000))
        + b"--x--",
    ):
        answer = await desk.exchange.anyone.post(f"{PREFIX}/resource/documents", content=body, headers=headers)
        assert answer.status_code in {400, 413, 422}, (body[:60], answer.text)
    without = {**browser.headers, "Content-Type": "multipart/form-data"}
    answer = await desk.exchange.anyone.post(f"{PREFIX}/resource/documents", content=b"x", headers=without)
    assert answer.status_code in {400, 422}, answer.text


async def test_t71_text_without_end_or_in_a_character_set_of_the_clients_choice_is_no_body(desk: Desk) -> None:
    browser = await desk.browser()
    for charset in ("punycode", "utf-7", "idna", "zlib_codec", "rot13", "no-such-set"):
        head = '--x\r\nContent-Disposition: form-data; name="doc_type"\r\n'
        body = f"{head}Content-Type: text/plain; charset={charset}\r\n\r\nPassport\r\n--x--\r\n".encode()
        headers = {**browser.headers, "Content-Type": "multipart/form-data; boundary=x"}
        answer = await desk.exchange.anyone.post(f"{PREFIX}/resource/documents", content=body, headers=headers)
        assert errors_of(answer, 400) == ["server.method.invalid_message_body"], charset
    endless = await browser.upload(pdf(), metadata="a" * MEBIBYTE)
    assert errors_of(endless, 400) == ["server.method.invalid_message_body"]


async def test_a_body_that_is_too_long_is_refused_while_it_comes(desk: Desk) -> None:
    browser = await desk.browser()
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="upload[]"; filename="a"\r\n\r\n'
        while sent < 200 * MEBIBYTE:
            sent += MEBIBYTE
            yield bytes(MEBIBYTE)

    headers = {**browser.headers, "Content-Type": "multipart/form-data; boundary=x"}
    # The test's transport collects a body before it is asked for; so the application is called itself.
    chunks = endless()

    async def receive() -> dict[str, Any]:
        try:
            return {"type": "http.request", "body": await anext(chunks), "more_body": True}
        except StopAsyncIteration:
            return {"type": "http.request", "body": b"", "more_body": False}

    answer = await called(desk, f"{PREFIX}/resource/documents", headers, receive)
    assert answer == 413
    assert sent <= 34 * MEBIBYTE


async def called(desk: Desk, path: str, headers: dict[str, str], receive: Any) -> int:
    """The status of the application's answer to a POST."""
    status = 0

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 5000),
        "server": ("exchange.test", 80),
        "state": {},
    }
    await asyncio.wait_for(desk.exchange.app(scope, receive, send), 60)
    return status


async def test_phone_requests_that_cannot_be_done(desk: Desk, number: str) -> None:
    browser = await desk.browser()
    for path, body, status, codes in (
        ("", {}, 422, ["resource.phone.missing_phone_number"]),
        ("", {"phone_number": " "}, 422, ["resource.phone.empty_phone_number"]),
        ("", {"phone_number": "12"}, 400, ["resource.phone.invalid_num"]),
        ("", {"phone_number": number, "channel": "pigeon"}, 422, ["resource.phone.invalid_channel"]),
        ("/send_code", {"phone_number": number}, 404, ["resource.phone.doesnt_exist"]),
        (
            "/verify",
            {},
            422,
            ["resource.phone.missing_phone_number", "resource.phone.missing_verification_code"],
        ),
    ):
        assert errors_of(await browser.post(f"/resource/phones{path}", json=body), status) == codes
    assert desk.phones.messages == []
    await browser.post("/resource/phones", json={"phone_number": number})
    assert errors_of(await browser.post("/resource/phones", json={"phone_number": number}), 400) == [
        "resource.phone.exists"
    ]


async def test_too_many_messages_say_when_to_come_back(desk: Desk, number: str) -> None:
    browser = await desk.browser()
    await browser.post("/resource/phones", json={"phone_number": number})
    answers = [await browser.post("/resource/phones/send_code", json={"phone_number": number}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert errors_of(answers[-1], 429) == ["server.too_many_requests"]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 3600


async def test_data_storage_takes_only_titles_of_the_settings(desk: Desk) -> None:
    browser = await desk.browser()
    for body, codes in (
        ({}, ["resource.data_storage.missing_title", "resource.data_storage.missing_data"]),
        ({"title": "", "data": "{}"}, ["resource.data_storage.empty_title"]),
        ({"title": "document", "data": "{}"}, ["title.inclusion"]),
        ({"title": "anything", "data": "{}"}, ["title.inclusion"]),
        ({"title": "settings", "data": "no json"}, ["data.invalid"]),
        ({"title": "settings", "data": '{"a":"' + "x" * 5120 + '"}'}, ["data.too_long"]),
    ):
        assert errors_of(await browser.post("/resource/data_storage", json=body), 422) == codes
    kept = await browser.post("/resource/data_storage", json={"title": "settings", "data": '{"a": 1}'})
    assert (kept.status_code, kept.json()["data"]) == (201, '{"a": 1}')
    assert errors_of(await browser.post("/resource/data_storage", json={"title": "settings", "data": "{}"}), 422) == [
        "title.taken"
    ]
    me = (await browser.get("/resource/users/me")).json()
    assert [(label["key"], label["value"], label["scope"]) for label in me["labels"]] == [
        ("settings", "recorded", "private")
    ]


async def test_t73_nothing_personal_is_logged(desk: Desk, number: str) -> None:
    browser = await desk.browser()
    with capture_logs() as logs:
        await browser.post("/resource/profiles", json={**PROFILE, "confirm": True})
        await browser.put("/resource/profiles", json=PROFILE)
        await browser.post("/resource/phones", json={"phone_number": number})
        await browser.post("/resource/phones/verify", json={"phone_number": number, "verification_code": "1"})
        await browser.upload(picture())
        await browser.upload(b"junk")
        await desk.exchange.anyone.get((await browser.get("/resource/documents")).json()[0]["upload"])
    secrets = [PROFILE["last_name"], PROFILE["address"], PROFILE["dob"], "AB 123123", number[1:], desk.phones.code]
    assert [secret for secret in secrets if secret in repr(logs)] == []


async def test_where_staff_reviews_a_callback_is_refused(desk: Desk) -> None:
    answer = await desk.exchange.anyone.post(f"{PREFIX}/public/kyc", json={"applicant_id": "x"})
    assert errors_of(answer, 422) == ["public.kyc.provider_is_local"]


async def test_t72_signing_up_again_and_again_needs_a_solved_captcha(desk: Desk) -> None:
    anyone = desk.exchange.anyone

    async def sign_up(number: int, **more: str) -> httpx.Response:
        body = {"email": f"captcha-{number}@example.com", "password": PASSWORD, **more}
        return await anyone.post(f"{PREFIX}/identity/users", json=body, headers={"User-Agent": AGENT})

    assert (await anyone.get(f"{PREFIX}/identity/configs")).json()["captcha_type"] == "none"
    assert (await sign_up(1)).status_code == 201, "a front-end that knows no captcha signs its user up"
    assert errors_of(await sign_up(2), 400) == ["identity.captcha.required"]
    asked = await anyone.get(f"{PREFIX}/identity/captcha?flow=user_create")
    challenge = asked.json()
    assert (challenge["type"], challenge["algorithm"]) == ("pow", "sha-256")
    solved = solve(challenge["challenge"], challenge["difficulty"], range(10_000_000))
    assert errors_of(await sign_up(2, captcha_response=challenge["challenge"] + ":x"), 422) == [
        "identity.captcha.verification_failed"
    ]
    assert (await sign_up(2, captcha_response=solved)).status_code == 201
    assert errors_of(await sign_up(3, captcha_response=solved), 422) == ["identity.captcha.verification_failed"]
    assert errors_of(await anyone.get(f"{PREFIX}/identity/captcha?flow=tea"), 422) == ["identity.captcha.invalid_flow"]
    assert errors_of(await anyone.get(f"{PREFIX}/identity/captcha"), 422) == ["identity.captcha.missing_flow"]


def solve(challenge: str, difficulty: int, numbers: Iterable[int]) -> str:
    """As docs/api/captcha.md says, written again without our code."""
    from hashlib import sha256

    for number in numbers:
        response = f"{challenge}:{number}"
        if int(sha256(response.encode()).hexdigest(), 16) < 1 << (256 - difficulty):
            return response
    raise AssertionError("no solution found")
