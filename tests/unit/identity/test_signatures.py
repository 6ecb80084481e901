"""Signed requests: published vectors, and that whatever is changed in a request breaks its signature."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from pyxiu.identity.api_keys.signatures import (
    Algorithm,
    HmacVerifier,
    Scheme,
    canonical_message,
    nonce_message,
    verifier_of,
    verify,
)

KID = b"0123456789abcdef"
SECRET = b"4b1bd1bd3cb3a2f1a5a9d5d86a8e0a1f"
NONCE = b"1620813600000"
BODY = b'{"market":"btcusd","side":"buy","volume":"0.1","price":"50000"}'
REQUEST = (KID, NONCE, b"POST", b"/api/v2/peatio/market/orders", b"", BODY)
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def signed(message: bytes) -> bytes:
    return hmac.new(SECRET, message, hashlib.sha256).hexdigest().encode()


def test_t63_the_published_vectors_hold() -> None:
    message = canonical_message(*REQUEST)
    assert message == (
        b"pyxiu-request-2\n0123456789abcdef\n1620813600000\nPOST\n/api/v2/peatio/market/orders\n\n"
        b"1638dd1556202de75d0cb32105b934d7a8d178ff27049fde057777c5b9d63466"
    )
    assert signed(message) == b"88f9c209fb580b24bff4ab2a22e81469ead374a8077d38588eeac6e9d28ec8fe"
    assert PUBLIC.hex() == "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
    assert PRIVATE.sign(message).hex() == (
        "dbfcfb95c2a7023fef82f8f70f12c216502b6d8f4d0b1fe7f5b9451455415676"
        "603469926b83ec1b993fc12563af3a8300ad48761534b6ce2c990553f0b2c805"
    )
    assert signed(nonce_message(NONCE, KID)) == b"405db2769db1de0c0e4eed979c638a85e52b9b224a3d54456464e99e5512d857"


def test_t63_a_signature_of_one_scheme_or_key_is_none_of_another() -> None:
    message = canonical_message(*REQUEST)
    ed25519 = PRIVATE.sign(message).hex().encode()
    assert verify(Scheme.HMAC, SECRET, message, signed(message))
    assert verify(Scheme.ED25519, PUBLIC, message, ed25519)
    assert not verify(Scheme.HMAC, SECRET, message, signed(nonce_message(NONCE, KID)))
    assert not verify(Scheme.NONCE_HMAC, SECRET, nonce_message(NONCE, KID), signed(message))
    assert not verify(Scheme.HMAC, SECRET + b"0", message, signed(message))
    assert not verify(Scheme.ED25519, bytes(32), message, ed25519)
    # A public key is no secret: signing with it as if it were one is worth nothing.
    as_secret = hmac.new(PUBLIC, message, hashlib.sha256).hexdigest().encode()
    assert not verify(Scheme.ED25519, PUBLIC, message, as_secret)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({0: b"fedcba9876543210"}, id="another key"),
        pytest.param({1: b"1620813600001"}, id="another time"),
        pytest.param({2: b"DELETE"}, id="another method"),
        pytest.param({3: b"/api/v2/peatio/market/orders/"}, id="another path"),
        pytest.param({3: b"/api/v2/peatio/market%2Forders"}, id="another spelling of the path"),
        pytest.param({4: b"a=1"}, id="a query"),
        pytest.param({5: BODY.replace(b"0.1", b"1.0")}, id="another amount"),
        pytest.param({5: BODY + b" "}, id="a space more"),
        pytest.param({5: b""}, id="no body"),
    ],
)
def test_t63_a_changed_request_is_refused(changed: dict[int, bytes]) -> None:
    message = canonical_message(*REQUEST)
    other = canonical_message(*(changed.get(index, part) for index, part in enumerate(REQUEST)))
    assert not HmacVerifier(SECRET).verify(other, signed(message))
    assert not verifier_of(Algorithm.ED25519, PUBLIC).verify(other, PRIVATE.sign(message).hex().encode())


def test_t63_the_order_of_parameters_is_signed() -> None:
    def with_query(query: bytes) -> bytes:
        return canonical_message(KID, NONCE, b"GET", b"/api/v2/peatio/market/trades", query, b"")

    assert not HmacVerifier(SECRET).verify(with_query(b"page=2&limit=10"), signed(with_query(b"limit=10&page=2")))


TOKEN = st.binary(max_size=12).map(lambda raw: raw.replace(b"\n", b"").replace(b"\r", b"").replace(b" ", b""))


@given(st.tuples(TOKEN, TOKEN, TOKEN, TOKEN, TOKEN, st.binary(max_size=40)), st.data())
def test_t63_no_two_requests_have_the_same_message(parts: tuple[bytes, ...], data: st.DataObject) -> None:
    """Whatever moves from one part into its neighbour, or changes: a request line holds no line feed."""
    others = data.draw(st.tuples(TOKEN, TOKEN, TOKEN, TOKEN, TOKEN, st.binary(max_size=40)))
    shift = data.draw(st.integers(0, 4))
    moved = [*parts]
    if shift < 4 and moved[shift]:
        moved[shift], moved[shift + 1] = moved[shift][:-1], moved[shift][-1:] + moved[shift + 1]
    message = canonical_message(*parts)
    for candidate in (others, tuple(moved)):
        assert (canonical_message(*candidate) == message) is (candidate == parts)


def test_t63_a_signature_has_one_spelling_so_that_another_is_no_way_around_the_replay_guard() -> None:
    message = canonical_message(*REQUEST)
    for verifier, signature in (
        (HmacVerifier(SECRET), signed(message)),
        (verifier_of(Algorithm.ED25519, PUBLIC), PRIVATE.sign(message).hex().encode()),
    ):
        assert verifier.verify(message, signature)
        assert not verifier.verify(message, signature.upper())
        assert not verifier.verify(message, signature + b" ")


@given(st.binary(max_size=150))
def test_whatever_comes_as_a_signature_is_judged_and_never_an_error(signature: bytes) -> None:
    message = canonical_message(*REQUEST)
    assert not HmacVerifier(SECRET).verify(message, signature)
    assert not verifier_of(Algorithm.ED25519, PUBLIC).verify(message, signature)


@given(st.integers(0, 127))
def test_a_signature_with_one_digit_changed_is_refused(position: int) -> None:
    message = canonical_message(*REQUEST)
    signature = bytearray(PRIVATE.sign(message).hex().encode())
    signature[position] = ord("0") if signature[position] != ord("0") else ord("1")
    assert not verifier_of(Algorithm.ED25519, PUBLIC).verify(message, bytes(signature))
