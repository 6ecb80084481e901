"""Identity tokens, checked with the keys of a tenant that serves them on this machine: what is taken, what is not."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from pyxiu.adapters.oidc.id_tokens import AGE_MAX_S, LEEWAY_S, OidcTokens
from pyxiu.adapters.oidc.tenant_keys import ASK_AGAIN_S, BYTES_MAX, FRESH_S, STALE_S, TenantKeys
from pyxiu.kit.clock import ManualClock
from pyxiu.kit.errors import PermanentError, TransientError
from tests.support.tenant import CLIENT_ID, DOMAIN, ISSUER, Tenant, jwk_of, public_pem, rsa_key, running_tenant

NOW_S = 1_790_000_000
S = 10**9
OTHER = "somebody-elses"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW_S * S)


@pytest.fixture
def tenant(clock: ManualClock) -> Iterator[Tenant]:
    with running_tenant(clock) as running:
        yield running


def encoded(part: Any) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def test_a_good_token_says_whose_it_is(tenant: Tenant) -> None:
    claims = await tenant.checker().verify(tenant.token(sub="auth0|7", email="Ann@Example.com"))
    assert claims is not None
    assert (claims.issuer, claims.subject, claims.email) == (ISSUER, "auth0|7", "Ann@Example.com")
    assert claims.email_verified
    assert claims.expires_s == NOW_S + AGE_MAX_S + LEEWAY_S


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://other.example.com/"},
        {"iss": f"https://{DOMAIN}"},
        {"iss": None},
        {"aud": OTHER},
        {"aud": None},
        {"aud": []},
        {"aud": [CLIENT_ID, OTHER]},
        {"aud": [CLIENT_ID, OTHER], "azp": OTHER},
        {"azp": OTHER},
        {"exp": NOW_S},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"iat": None},
        {"iat": NOW_S + LEEWAY_S + 1},
        {"iat": NOW_S - AGE_MAX_S - 1},
        {"nbf": NOW_S + LEEWAY_S + 1},
        {"sub": None},
        {"sub": ""},
        {"sub": "a\0b"},
        {"sub": "x" * 256},
        {"email": None},
        {"email": "a\0@example.com"},
        {"email": "x" * 9_000},
    ],
    ids=str,
)
async def test_a_token_with_this_is_refused(tenant: Tenant, changed: dict[str, Any]) -> None:
    assert await tenant.checker().verify(tenant.token(**changed)) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": [CLIENT_ID]},
        {"aud": [CLIENT_ID, OTHER], "azp": CLIENT_ID},
        {"iat": NOW_S + LEEWAY_S},
        {"iat": NOW_S - AGE_MAX_S},
        {"exp": NOW_S + 1},
    ],
    ids=str,
)
async def test_at_the_edge_of_the_rules_a_token_is_taken(tenant: Tenant, changed: dict[str, Any]) -> None:
    assert await tenant.checker().verify(tenant.token(**changed)) is not None


@pytest.mark.parametrize("says", [False, "true", 1, None])
async def test_an_address_is_verified_only_if_the_token_says_so_itself(tenant: Tenant, says: Any) -> None:
    claims = await tenant.checker().verify(tenant.token(email_verified=says))
    assert claims is not None
    assert not claims.email_verified


async def test_a_token_without_a_signature_is_refused(tenant: Tenant) -> None:
    payload = encoded(tenant.claims())
    for algorithm in ("none", "None", "NONE"):
        unsigned = f"{encoded({'alg': algorithm, 'kid': 'first', 'typ': 'JWT'})}.{payload}."
        assert await tenant.checker().verify(unsigned) is None


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
async def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(tenant: Tenant, algorithm: str) -> None:
    signed = f"{encoded({'alg': algorithm, 'kid': 'first', 'typ': 'JWT'})}.{encoded(tenant.claims())}"
    for secret in (public_pem(rsa_key("first")), json.dumps(tenant.keys[0]).encode()):
        forged = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        assert await tenant.checker().verify(f"{signed}.{encoded(forged)}") is None


async def test_no_other_algorithm_is_taken_though_the_key_could_make_it(tenant: Tenant) -> None:
    for algorithm in ("RS384", "RS512", "PS256"):
        assert await tenant.checker().verify(tenant.token(algorithm=algorithm)) is None


async def test_another_key_under_a_known_id_is_refused(tenant: Tenant) -> None:
    assert await tenant.checker().verify(tenant.token(key=rsa_key("second"))) is None


async def test_a_token_that_brings_its_own_key_is_refused(tenant: Tenant) -> None:
    header = {"alg": "RS256", "kid": "own", "jwk": jwk_of(rsa_key("second"), "own"), "jku": "http://127.0.0.1:1/"}
    _, payload, signature = tenant.token(key=rsa_key("second"), kid="own").split(".")
    assert await tenant.checker().verify(f"{encoded(header)}.{payload}.{signature}") is None


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c", "é.é.é", "....", "x" * 10_000, encoded({"alg": "RS256"}) + ".e30.x"]
)
async def test_what_is_no_token_is_refused_without_asking_the_tenant(tenant: Tenant, text: str) -> None:
    assert await tenant.checker().verify(text) is None
    assert tenant.asked == 0


async def test_no_other_spelling_of_a_token_counts_as_another_token(tenant: Tenant) -> None:
    token = tenant.token()
    first = await tenant.checker().verify(token)
    assert first is not None
    # The last character of 256 bytes in base64 has bits that need not be read; padding need not be there.
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for other in (
        token[:-1] + letters[letters.index(token[-1]) ^ 1],
        f"{token}=",
        f"{token}==",
        f" {token}",
        f"{token}\n",
    ):
        again = await tenant.checker().verify(other)
        assert again is None or again.fingerprint == first.fingerprint, repr(other[-5:])
    another = await tenant.checker().verify(tenant.token())
    assert another is not None
    assert another.fingerprint != first.fingerprint


async def test_keys_are_fetched_once_for_many_tokens_at_once(tenant: Tenant) -> None:
    tokens = tenant.checker()
    checked = await asyncio.gather(*(tokens.verify(tenant.token()) for _ in range(8)))
    assert None not in checked
    assert tenant.asked == 1


async def test_a_new_key_of_the_tenant_is_found_and_strangers_cannot_make_us_ask_often(
    tenant: Tenant, clock: ManualClock
) -> None:
    tokens = tenant.checker()
    assert await tokens.verify(tenant.token())
    tenant.keys.append(jwk_of(rsa_key("second"), "second"))
    rotated: dict[str, Any] = {"key": rsa_key("second"), "kid": "second"}
    for number in range(5):
        assert await tokens.verify(tenant.token(kid=f"unknown-{number}")) is None
    assert await tokens.verify(tenant.token(**rotated)) is None
    assert tenant.asked == 1

    clock.advance(ASK_AGAIN_S * S)
    assert await tokens.verify(tenant.token(**rotated))
    assert tenant.asked == 2


async def test_a_withdrawn_key_is_trusted_no_longer_than_the_keys_are_fresh(tenant: Tenant, clock: ManualClock) -> None:
    tokens = tenant.checker()
    assert await tokens.verify(tenant.token())
    tenant.keys = [jwk_of(rsa_key("second"), "second")]
    clock.advance((FRESH_S - 1) * S)
    assert await tokens.verify(tenant.token())
    clock.advance(S)
    assert await tokens.verify(tenant.token()) is None


async def test_keys_outlive_an_outage_of_the_tenant_for_a_day(tenant: Tenant, clock: ManualClock) -> None:
    tokens = tenant.checker()
    assert await tokens.verify(tenant.token())
    tenant.status = 500
    clock.advance((STALE_S - 1) * S)
    assert await tokens.verify(tenant.token())
    with pytest.raises(TransientError):
        await tokens.verify(tenant.token(kid="unknown"))
    clock.advance(S)
    with pytest.raises(TransientError):
        await tokens.verify(tenant.token())


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (302, b""),
        (200, b"<html>"),
        (200, b'{"keys": 1}'),
        (200, b"[" * 100_000),
        (200, b'{"keys": [' + b" " * BYTES_MAX + b"]}"),
    ],
    ids=["error", "redirect", "no_json", "no_list", "deep", "long"],
)
async def test_keys_that_cannot_be_read_are_the_tenants_fault_and_not_the_tokens(
    tenant: Tenant, status: int, body: bytes
) -> None:
    tenant.status, tenant.body = status, body
    token = tenant.token()
    with capture_logs() as logged, pytest.raises(TransientError):
        await tenant.checker().verify(token)
    assert tenant.asked == 1
    assert [entry["event"] for entry in logged] == ["identity_provider_keys_not_fetched"]
    assert token not in str(logged)


async def test_a_tenant_that_is_away_is_not_asked_by_everybody(tenant: Tenant, clock: ManualClock) -> None:
    tenant.status = 503
    tokens = tenant.checker()
    for _ in range(3):
        with pytest.raises(TransientError):
            await tokens.verify(tenant.token())
    assert tenant.asked == 1
    tenant.status = 200
    clock.advance(ASK_AGAIN_S * S)
    assert await tokens.verify(tenant.token())


@pytest.mark.filterwarnings("ignore:The RSA key is 1024 bits")
async def test_keys_of_other_kinds_are_passed_over(tenant: Tenant) -> None:
    good = tenant.keys[0]
    tenant.keys = [
        {"kty": "EC", "kid": "curve"},
        {"kty": "oct", "kid": "first", "k": "c2VjcmV0"},
        {"kid": 7},
        jwk_of(rsa_key("short", 1_024), "short"),
        jwk_of(rsa_key("second"), "for-encryption", use="enc"),
        {**good, "kid": "broken", "n": "!!"},
        good,
    ]
    tokens = tenant.checker()
    assert await tokens.verify(tenant.token())
    assert await tokens.verify(tenant.token(key=rsa_key("short", 1_024), kid="short")) is None
    assert await tokens.verify(tenant.token(key=rsa_key("second"), kid="for-encryption")) is None


def test_keys_come_over_tls_unless_from_this_machine(clock: ManualClock) -> None:
    for url in (
        "http://tenant.example.com/jwks.json",
        "http://localhost.example.com/",
        "ftp://127.0.0.1/",
        "file:///x",
    ):
        with pytest.raises(PermanentError, match="expected https"):
            TenantKeys(url, clock)
    assert OidcTokens(DOMAIN, CLIENT_ID).domain == DOMAIN
