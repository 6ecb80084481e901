"""The fields of an API key: what is taken, in which form it is kept, and what is refused."""

import base64
import datetime
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from pyxiu.api.errors import ApiError
from pyxiu.api.identity.key_fields import CHANGE_CODES, SPEC_CODES, KeyBody, change_of, spec_of
from pyxiu.identity.api_keys import fields
from pyxiu.identity.api_keys.model import Scope
from pyxiu.identity.api_keys.signatures import Algorithm

NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
RAW = KEY.public_bytes(Encoding.Raw, PublicFormat.Raw)
PEM = KEY.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def codes_of(given: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(ApiError) as raised:
        spec_of(given, NOW)
    return raised.value.codes


def test_a_key_for_which_nothing_is_said_may_read_and_trade_and_signs_as_existing_clients_do() -> None:
    spec = spec_of({"algorithm": "HS256"}, NOW)
    assert (spec.scopes, spec.networks, spec.expires_at) == ((Scope.READ, Scope.TRADE), (), None)
    assert spec.legacy_signature


def test_scopes_are_a_list_or_separated_by_commas_and_kept_in_one_order() -> None:
    for value in ("trade, read", ["trade", "read", "read"], "READ,Trade"):
        assert spec_of({"algorithm": "HS256", "scopes": value}, NOW).scopes == (Scope.READ, Scope.TRADE)
        assert spec_of({"algorithm": "HS256", "scope": value}, NOW).scopes == (Scope.READ, Scope.TRADE)


def test_all_findings_are_told_at_once() -> None:
    given = {
        "algorithm": "RS256",
        "scopes": "everything",
        "label": "x" * 65,
        "ip_allow_list": "300.0.0.1",
        "expires_at": "yesterday",
        "legacy_signature": "maybe",
    }
    assert codes_of(given) == tuple(
        f"resource.api_key.invalid_{name}"
        for name in ("algorithm", "scope", "label", "ip_allow_list", "expires_at", "legacy_signature")
    )


@pytest.mark.parametrize("scopes", ["", [], ["read", 1], {"read": True}, "read,,admin", 7])
def test_scopes_that_are_none_are_refused(scopes: Any) -> None:
    assert codes_of({"algorithm": "HS256", "scopes": scopes}) == ("resource.api_key.invalid_scope",)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("192.0.2.1", ("192.0.2.1/32",)),
        ("192.0.2.0/24, 2001:DB8::1", ("192.0.2.0/24", "2001:db8::1/128")),
        (["2001:db8::/32", "2001:0db8::/32"], ("2001:db8::/32",)),
        ("", ()),
    ],
)
def test_allow_lists_are_kept_as_networks(given: Any, kept: tuple[str, ...]) -> None:
    assert spec_of({"algorithm": "HS256", "ip_allow_list": given}, NOW).networks == kept


@pytest.mark.parametrize("given", ["192.0.2.1/24", "localhost", "1", ["192.0.2.1"] * 101, ["::1%eth0"], "0x7f.1"])
def test_what_is_no_network_is_refused(given: Any) -> None:
    assert codes_of({"algorithm": "HS256", "ip_allow_list": given}) == ("resource.api_key.invalid_ip_allow_list",)


@pytest.mark.parametrize(
    "text", ["2026-06-02T00:00:00Z", "2026-06-02T02:00:00+02:00", "1780358400", "2026-06-02T00:00:00.9+00:00"]
)
def test_an_expiry_is_a_moment_in_the_future(text: str) -> None:
    assert fields.expiry_of(text, NOW) == datetime.datetime(2026, 6, 2, tzinfo=datetime.UTC)


@pytest.mark.parametrize("text", ["", "2026-06-02T00:00:00", "2026-05-31T00:00:00Z", "9" * 30, "0", "soon", "²"])
def test_what_is_no_moment_in_the_future_is_no_expiry(text: str) -> None:
    assert fields.expiry_of(text, NOW) is None


@pytest.mark.parametrize(
    "text", [RAW.hex(), RAW.hex().upper(), base64.b64encode(RAW).decode(), base64.urlsafe_b64encode(RAW).decode(), PEM]
)
def test_a_public_key_is_taken_in_the_usual_forms(text: str) -> None:
    spec = spec_of({"algorithm": "Ed25519", "public_key": text}, NOW)
    assert (spec.algorithm, spec.public_key, spec.legacy_signature) == (Algorithm.ED25519, RAW, False)


def test_another_kind_of_key_or_the_wrong_length_is_refused() -> None:
    other = X25519PrivateKey.generate().public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for text in (pem, RAW.hex()[:-2], "x" * 44, PEM + "A", "-----BEGIN PUBLIC KEY-----"):
        codes = codes_of({"algorithm": "Ed25519", "public_key": text})
        assert codes == ("resource.api_key.invalid_public_key",), text
    assert codes_of({"algorithm": "Ed25519"}) == ("resource.api_key.missing_public_key",)
    refused = codes_of({"algorithm": "Ed25519", "public_key": RAW.hex(), "legacy_signature": True})
    assert refused == ("resource.api_key.invalid_legacy_signature",)


def test_a_change_names_only_what_it_was_given() -> None:
    assert change_of({}, NOW).given() == {}
    assert change_of({"label": None, "state": None}, NOW).given() == {}
    assert change_of({"label": "", "ip_allow_list": "", "expires_at": ""}, NOW).given() == {
        "label": "",
        "networks": (),
        "expires_at": None,
    }


VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.lists(st.text(max_size=5)))


def findings(read: Callable[[dict[str, Any], datetime.datetime], object], given: dict[str, Any]) -> tuple[str, ...]:
    try:
        read(given, NOW)
    except ApiError as error:
        return error.codes
    return ()


@given(st.dictionaries(st.sampled_from(KeyBody.__struct_fields__), VALUES))
def test_whatever_is_sent_is_read_or_refused_with_codes(given: dict[str, Any]) -> None:
    for read, codes in ((spec_of, SPEC_CODES), (change_of, CHANGE_CODES)):
        assert set(findings(read, given)) <= set(codes)
