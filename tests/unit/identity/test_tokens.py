"""Tokens and their keys: what is signed, what is taken back, and what rotation leaves valid."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest

from pyxiu.app import token_keys
from pyxiu.app.token_keys import KeyringFolder
from pyxiu.identity.tokens.keyring import Keyring, Purpose, TokenAlgorithm, from_pem, make_key, to_pem
from pyxiu.identity.tokens.session_token import (
    ORIGIN_CLAIM,
    TOKEN_LIFETIME_S,
    Checked,
    KeyOrigin,
    SessionOrigin,
    TokenSubject,
    check_session_token,
    mint_session_token,
)
from pyxiu.kit.errors import PermanentError

NOW = 1_800_000_000
KEY, OTHER = make_key(TokenAlgorithm.EDDSA), make_key(TokenAlgorithm.EDDSA)
RING = Keyring([KEY])
SUBJECT = TokenSubject(uid="ID1", email="a@b.example", role="member", level=3, state="active")
ORIGIN = KeyOrigin("ab12cd34ef56ab78", ("read",))


def claims(**changes: Any) -> dict[str, Any]:
    minted = jwt.decode(mint_session_token(RING, SUBJECT, ORIGIN, NOW), options={"verify_signature": False})
    return {name: value for name, value in {**minted, **changes}.items() if value is not None}


def signed(content: dict[str, Any], key: Any = KEY, **headers: Any) -> str:
    return jwt.encode(content, key.private_key, algorithm="EdDSA", headers={"kid": key.kid, **headers})


def test_a_token_says_who_it_speaks_for_until_it_expires() -> None:
    token = mint_session_token(RING, SUBJECT, ORIGIN, NOW)
    assert check_session_token(RING, token, NOW) == Checked("ID1", NOW + TOKEN_LIFETIME_S, ORIGIN)
    assert check_session_token(RING, token, NOW + TOKEN_LIFETIME_S - 1) is not None
    assert check_session_token(RING, token, NOW + TOKEN_LIFETIME_S) is None


def test_a_service_account_has_neither_user_name_nor_referral() -> None:
    token = mint_session_token(RING, SUBJECT, ORIGIN, NOW, of_user=False)
    content = jwt.decode(token, options={"verify_signature": False})
    assert {"username", "referral_id"} & set(content) == set()


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "reset"},
        {"iss": "somebody"},
        {"aud": ["else"]},
        {"jti": None},
        {"exp": None},
        {"iat": None},
        {"uid": None},
        {"uid": 7},
        {"exp": "soon"},
    ],
)
def test_what_is_signed_for_something_else_is_refused(changes: dict[str, Any]) -> None:
    assert check_session_token(RING, signed(claims()), NOW) is not None
    assert check_session_token(RING, signed(claims(**changes)), NOW) is None


@pytest.mark.parametrize("origin", [ORIGIN, SessionOrigin(7)])
def test_a_token_says_what_it_was_made_for(origin: KeyOrigin | SessionOrigin) -> None:
    checked = check_session_token(RING, mint_session_token(RING, SUBJECT, origin, NOW), NOW)
    assert checked is not None
    assert checked.origin == origin


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "session",
        {},
        {"kind": "session"},
        {"kind": "session", "id": "7"},
        {"kind": "api_key", "kid": "ab12"},
        {"kind": "api_key", "kid": "ab12", "scopes": "read"},
        {"kind": "superuser", "id": 7},
    ],
)
def test_a_token_that_names_no_origin_is_refused(origin: Any) -> None:
    assert check_session_token(RING, signed(claims(**{ORIGIN_CLAIM: origin})), NOW) is None


def test_the_algorithm_is_the_keys_and_not_the_tokens() -> None:
    public = json.dumps(RING.jwks()[0]).encode()
    forged = [
        jwt.encode(claims(), "", algorithm="none", headers={"kid": KEY.kid}),
        jwt.encode(claims(), public * 2, algorithm="HS256", headers={"kid": KEY.kid}),
        signed(claims(), OTHER, kid=KEY.kid),
        signed(claims(), OTHER),
        signed(claims(), OTHER, kid=""),
        "a.b.c",
        "",
        "x" * 10_000,
        base64.b64encode(b"{}").decode() * 3,
    ]
    assert [check_session_token(RING, token, NOW) for token in forged] == [None] * len(forged)


@pytest.mark.parametrize("algorithm", TokenAlgorithm)
def test_a_key_is_the_same_after_it_was_written_down(algorithm: TokenAlgorithm) -> None:
    key = make_key(algorithm)
    again = from_pem(to_pem(key))
    assert (again.kid, again.algorithm) == (key.kid, algorithm)
    token = mint_session_token(Keyring([key]), SUBJECT, ORIGIN, NOW)
    assert check_session_token(Keyring([again]), token, NOW) is not None
    (published,) = Keyring([key]).jwks()
    assert {"d", "p", "q", "k"} & set(published) == set()
    assert "PRIVATE" not in f"{key!r} {published}"


def test_rotation_changes_who_signs_and_not_what_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_keys, "LOOK_S", 0.0)
    folder = KeyringFolder(tmp_path, Purpose.SESSION, TokenAlgorithm.EDDSA)
    first = folder().newest
    token = mint_session_token(folder(), SUBJECT, ORIGIN, NOW)
    second = folder.rotate()
    assert folder().newest.kid == second.kid != first.kid
    assert check_session_token(folder(), token, NOW) is not None
    assert [key["kid"] for key in folder().jwks()] == [second.kid, first.kid]
    files = list((tmp_path / "token-keys/session").iterdir())
    assert [file.stat().st_mode & 0o077 for file in files] == [0, 0]
    later = time.time() + token_keys.RETIRED_S + 60
    monkeypatch.setattr("pyxiu.app.token_keys.time.time", lambda: later)
    third = folder.rotate()
    assert [key["kid"] for key in folder().jwks()] == [third.kid, second.kid]


def test_a_damaged_key_file_is_named(tmp_path: Path) -> None:
    folder = KeyringFolder(tmp_path, Purpose.SESSION, TokenAlgorithm.EDDSA)
    folder()
    (file,) = (tmp_path / "token-keys/session").iterdir()
    file.write_bytes(b"nothing")
    with pytest.raises(PermanentError, match=file.name):
        KeyringFolder(tmp_path, Purpose.SESSION)()
