"""Keys by purpose and number, old values, and rotation."""

import secrets
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pyxiu.app.secrets import add_key, key_paths, open_secret_box, read_keys
from pyxiu.identity.sealing import FIRST_KEY, KEY_BYTES, RELOAD_S, KeyRing, SecretError, number_of, prefix_of

OLD, NEW = b"o" * KEY_BYTES, b"n" * KEY_BYTES


def ring(**keys: bytes) -> KeyRing:
    return KeyRing(lambda: {int(name.removeprefix("k")): key for name, key in keys.items()})


def test_a_value_says_its_key_and_opens_after_a_rotation() -> None:
    sealed = ring(k1=OLD).seal(b"secret", "pii:7:profile")
    rotated = ring(k1=OLD, k2=NEW)
    assert number_of(sealed) == 1
    assert rotated.open(sealed, "pii:7:profile") == b"secret"
    assert number_of(rotated.seal(b"secret", "pii:7:profile")) == 2
    assert rotated.seal(b"secret", "pii:7:profile").startswith(prefix_of(2))


def test_values_of_the_first_version_still_open() -> None:
    nonce = secrets.token_bytes(12)
    sealed = b"\x01" + nonce + AESGCM(OLD).encrypt(nonce, b"secret", b"api_key:one")
    assert number_of(sealed) == FIRST_KEY
    assert ring(k1=OLD, k2=NEW).open(sealed, "api_key:one") == b"secret"
    with pytest.raises(SecretError):
        ring(k1=NEW).open(sealed, "api_key:one")
    with pytest.raises(SecretError):
        ring(k1=OLD).open(sealed, "api_key:two")


def test_a_missing_key_is_named() -> None:
    with pytest.raises(SecretError, match="sealed with key 2, which this instance does not have"):
        ring(k1=OLD).open(ring(k1=OLD, k2=NEW).seal(b"x", "p"), "p")


def test_a_value_moved_to_another_row_or_column_does_not_open() -> None:
    keys = ring(k1=OLD)
    sealed = keys.seal(b"secret", "pii:7:profile")
    for purpose in ("pii:8:profile", "pii:7:phone", "totp:7:profile"):
        with pytest.raises(SecretError, match=purpose):
            keys.open(sealed, purpose)


def test_another_key_number_in_front_does_not_open() -> None:
    keys = ring(k1=OLD, k2=OLD)
    sealed = keys.seal(b"secret", "p")
    for prefix in (prefix_of(1), b"\x01"):
        with pytest.raises(SecretError):
            keys.open(prefix + sealed[3:], "p")


@pytest.mark.parametrize(
    "broken", [b"", b"\x01", b"\x02", b"\x02\x00\x01short", b"\x09" + bytes(60), b"plain text " * 9]
)
def test_what_is_no_sealed_value_is_refused(broken: bytes) -> None:
    with pytest.raises(SecretError):
        ring(k1=OLD).open(broken, "p")


def test_equal_values_seal_differently_and_have_equal_fingerprints() -> None:
    keys = ring(k1=OLD)
    assert keys.seal(b"x", "p") != keys.seal(b"x", "p")
    assert keys.fingerprint(b"x", "p") == keys.fingerprint(b"x", "p")
    assert keys.fingerprint(b"x", "p") != keys.fingerprint(b"x", "q")
    assert keys.fingerprint(b"x", "p") != ring(k1=NEW).fingerprint(b"x", "p")


def test_fingerprints_of_older_keys_are_known() -> None:
    before = ring(k1=OLD).fingerprint(b"x", "p")
    rotated = ring(k1=OLD, k2=NEW)
    assert rotated.fingerprints(b"x", "p") == (rotated.fingerprint(b"x", "p"), before)


def test_a_new_key_is_noticed_by_who_runs_already(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = open_secret_box(tmp_path)
    assert add_key(tmp_path) == 2
    # Whoever has noticed already may hand over what it seals: an unknown key is looked for at once.
    assert running.open(open_secret_box(tmp_path).seal(b"x", "p"), "p") == b"x"
    assert running.current == 2
    add_key(tmp_path)
    now = running._loaded_s + RELOAD_S
    monkeypatch.setattr("pyxiu.identity.sealing.time.monotonic", lambda: now)
    assert running.current == 3


def test_a_running_ring_survives_a_key_file_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = open_secret_box(tmp_path)
    sealed = running.seal(b"x", "p")
    (tmp_path / "secret.key").chmod(0o644)
    now = running._loaded_s + RELOAD_S
    monkeypatch.setattr("pyxiu.identity.sealing.time.monotonic", lambda: now)
    assert running.open(sealed, "p") == b"x"
    assert running.current == 1


def test_key_files_are_for_their_owner_and_named_by_number(tmp_path: Path) -> None:
    open_secret_box(tmp_path)
    assert (add_key(tmp_path), add_key(tmp_path)) == (2, 3)
    paths = key_paths(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in paths.values()] == [
        "secret.key",
        "sealing-keys/0002.key",
        "sealing-keys/0003.key",
    ]
    assert {path.stat().st_mode & 0o777 for path in paths.values()} == {0o600}
    assert len(set(read_keys(tmp_path).values())) == 3


def test_the_first_key_is_not_made_again_once_it_was_dropped(tmp_path: Path) -> None:
    open_secret_box(tmp_path)
    add_key(tmp_path)
    (tmp_path / "secret.key").unlink()
    assert open_secret_box(tmp_path).numbers == (2,)
    assert not (tmp_path / "secret.key").exists()


def test_a_stranger_among_the_key_files_is_named(tmp_path: Path) -> None:
    open_secret_box(tmp_path)
    add_key(tmp_path)
    (tmp_path / "sealing-keys" / "old.key").touch()
    with pytest.raises(SecretError, match=r"old\.key: expected a key's number"):
        open_secret_box(tmp_path)
