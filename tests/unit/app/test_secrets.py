"""The instance's key and what is sealed with it."""

import threading
from pathlib import Path

import pytest

from pyxiu.app.secrets import KEY_BYTES, SecretBox, SecretError, open_secret_box
from pyxiu.kit.private_files import write_private


def test_what_is_sealed_opens_again_and_only_for_its_purpose() -> None:
    box = SecretBox(bytes(KEY_BYTES))
    sealed = box.seal(b"secret", purpose="api_key:one")
    assert b"secret" not in sealed
    assert box.open(sealed, purpose="api_key:one") == b"secret"
    with pytest.raises(SecretError, match="api_key:two: sealed with another key"):
        box.open(sealed, purpose="api_key:two")


def test_a_changed_value_or_another_key_does_not_open() -> None:
    sealed = SecretBox(bytes(KEY_BYTES)).seal(b"secret", purpose="p")
    for wrong in (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"\x03" + sealed[1:], b"", sealed[:5]):
        with pytest.raises(SecretError):
            SecretBox(bytes(KEY_BYTES)).open(wrong, purpose="p")
    with pytest.raises(SecretError):
        SecretBox(b"k" * KEY_BYTES).open(sealed, purpose="p")


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    sealed = open_secret_box(tmp_path).seal(b"secret", purpose="p")
    assert open_secret_box(tmp_path).open(sealed, purpose="p") == b"secret"
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    open_secret_box(tmp_path)
    (tmp_path / "secret.key").chmod(0o644)
    with pytest.raises(SecretError, match="mode 0644: chmod 600 it"):
        open_secret_box(tmp_path)


def test_a_key_of_the_wrong_length_is_refused(tmp_path: Path) -> None:
    write_private(tmp_path / "secret.key", b"short")
    with pytest.raises(SecretError, match="expected 32 bytes, found 5"):
        open_secret_box(tmp_path)


def test_many_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    sealed: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: sealed.append(open_secret_box(tmp_path).seal(b"x", purpose="p")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    box = open_secret_box(tmp_path)
    assert [box.open(value, purpose="p") for value in sealed] == [b"x"] * 8
