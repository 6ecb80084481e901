"""The page about keys: its vectors are right, and its examples sign what the server takes."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pyxiu.identity.api_keys.signatures import (
    PREFIX,
    Algorithm,
    HmacVerifier,
    canonical_message,
    nonce_message,
    verifier_of,
)

PAGE = (Path(__file__).parents[3] / "docs/api/keys.md").read_text(encoding="utf-8")
KID, SECRET, NONCE = "0123456789abcdef", "4b1bd1bd3cb3a2f1a5a9d5d86a8e0a1f", "1620813600000"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
ORDERS, TRADES = b"/api/v2/peatio/market/orders", b"/api/v2/peatio/market/trades"
QUERY = b"limit=10&page=2"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def body_of_the_example() -> bytes:
    match = re.search(r"^body='(.*)'$", blocks("sh")[0], re.MULTILINE)
    assert match is not None
    return match[1].encode()


def python_example(number: int) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(blocks("python")[number], names)
    return names


def run_shell(block: str) -> list[str]:
    """What the example passes to curl."""
    script = f"curl() {{ printf '%s\\0' \"$@\"; }}\n{block}"
    environment = {"PATH": os.environ["PATH"], "apikey": KID, "secret": SECRET}
    done = subprocess.run(
        ["bash", "-euc", script],
        env=environment,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().split("\0")


def headers_of(arguments: list[str]) -> dict[str, str]:
    given = [arguments[index + 1] for index, argument in enumerate(arguments) if argument == "-H"]
    return dict(header.split(": ", 1) for header in given)


def takes(headers: dict[str, str], message: bytes) -> bool:
    signature = headers["X-Auth-Signature"].encode()
    assert signature.startswith(PREFIX)
    return HmacVerifier(SECRET.encode()).verify(message, signature[len(PREFIX) :])


def test_the_vectors_are_right() -> None:
    post = canonical_message(KID.encode(), NONCE.encode(), b"POST", ORDERS, b"", body_of_the_example())
    get = canonical_message(KID.encode(), NONCE.encode(), b"GET", TRADES, QUERY, b"")
    first = nonce_message(NONCE.encode(), KID.encode())
    for message in (post, get, first):
        assert f"`{HmacVerifier(SECRET.encode()).sign(message)}`" in PAGE
    for message in (post, get):
        assert f"`{PRIVATE.sign(message).hex()}`" in PAGE
    digest = post.rpartition(b"\n")[2].decode()
    assert f"`{digest}`" in PAGE


def test_the_shell_signs_a_whole_request() -> None:
    arguments = run_shell(blocks("sh")[0])
    headers = headers_of(arguments)
    nonce, body = headers["X-Auth-Nonce"].encode(), body_of_the_example()
    assert takes(headers, canonical_message(KID.encode(), nonce, b"POST", ORDERS, b"", body))
    assert arguments[arguments.index("--data-raw") + 1].encode() == body
    assert json.loads(body)["market"] == "btcusd"


def test_the_shell_signs_a_query() -> None:
    arguments = run_shell(re.sub(r"^query=$", f"query='{QUERY.decode()}'", blocks("sh")[0], flags=re.MULTILINE))
    headers = headers_of(arguments)
    nonce, body = headers["X-Auth-Nonce"].encode(), body_of_the_example()
    assert takes(headers, canonical_message(KID.encode(), nonce, b"POST", ORDERS, QUERY, body))
    assert f"http://localhost:8000{ORDERS.decode()}?{QUERY.decode()}" in arguments


def test_python_signs_with_a_secret_and_with_a_private_key() -> None:
    example = python_example(0)
    body = body_of_the_example()
    headers = example["signed"](example["with_secret"](SECRET), KID, "POST", ORDERS.decode(), body=body)
    nonce = headers["X-Auth-Nonce"].encode()
    assert takes(headers, canonical_message(KID.encode(), nonce, b"POST", ORDERS, b"", body))
    headers = example["signed"](example["with_private_key"](PRIVATE), KID, "GET", TRADES.decode(), "page=2")
    message = canonical_message(KID.encode(), headers["X-Auth-Nonce"].encode(), b"GET", TRADES, b"page=2", b"")
    signature = headers["X-Auth-Signature"].encode()[len(PREFIX) :]
    assert verifier_of(Algorithm.ED25519, PUBLIC).verify(message, signature)


def test_nonce_and_key_id_are_signed_as_the_page_says() -> None:
    of_shell = headers_of(run_shell(blocks("sh")[1]))
    of_python = python_example(1)["signed"](KID, SECRET)
    for headers in (of_shell, of_python):
        message = nonce_message(headers["X-Auth-Nonce"].encode(), KID.encode())
        assert HmacVerifier(SECRET.encode()).verify(message, headers["X-Auth-Signature"].encode())
