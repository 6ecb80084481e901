"""The key store in files: a key comes back only with the passphrase and for its name, and lies nowhere in the clear."""

import stat
from pathlib import Path

import pytest
from embit.bip32 import HDKey

from pyxiu.adapters.chains.address_book import ChainAddressBook
from pyxiu.adapters.keys.local_file import KeyStoreError, LocalKeys, open_local_keys
from pyxiu.app.key_settings import KeyChoice, read_keys_choice
from pyxiu.app.key_store import open_key_store
from pyxiu.app.settings_error import SettingsError

PASSPHRASE = "correct horse battery"
#: The cheapest cost, because it is not what is tested.
CHEAP = 2**4


def store_in(folder: Path, passphrase: str = PASSPHRASE) -> LocalKeys:
    return open_local_keys(folder, passphrase, scrypt_n=CHEAP)


@pytest.mark.parametrize(
    ("chain", "path"),
    [("bitcoin", "m/84h/0h/0h"), ("dogecoin", "m/44h/3h/0h"), ("ethereum", "m/44h/60h/0h"), ("evm:56", "m/44h/60h/0h")],
)
def test_a_key_is_made_below_its_chains_path_and_signs_what_its_public_half_derives(
    tmp_path: Path, chain: str, path: str
) -> None:
    keys = store_in(tmp_path)
    xpub = keys.create("hot", chain)
    account = HDKey.from_string(keys.account_key("hot"))
    assert account.is_private
    assert str(account.to_public().to_base58()) == xpub
    assert ChainAddressBook().account(chain, xpub) == xpub
    assert f'"path":"{path}"' in (tmp_path / "hot.key").read_text()


def test_keys_outlive_the_process_and_need_the_passphrase(tmp_path: Path) -> None:
    xpub = store_in(tmp_path).create("hot", "bitcoin")
    again = store_in(tmp_path)
    assert again.public_keys() == {"hot": xpub}
    assert HDKey.from_string(again.account_key("hot")).is_private
    with pytest.raises(KeyStoreError, match="the passphrase is wrong") as raised:
        store_in(tmp_path, "incorrect horse battery")
    assert "horse" not in str(raised.value)


def test_nothing_of_a_key_lies_in_the_clear(tmp_path: Path) -> None:
    """W-9, as far as the store itself goes."""
    keys = store_in(tmp_path)
    keys.create("hot", "bitcoin")
    account = HDKey.from_string(keys.account_key("hot"))
    secret = account.key.serialize()
    for file in tmp_path.iterdir():
        raw = file.read_bytes()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        for needle in (secret, secret.hex().encode(), keys.account_key("hot").encode(), PASSPHRASE.encode()):
            assert needle not in raw
    assert keys.account_key("hot") not in repr(keys)


def test_no_two_keys_are_the_same_and_no_name_is_used_twice(tmp_path: Path) -> None:
    keys = store_in(tmp_path)
    assert keys.create("one", "bitcoin") != keys.create("two", "bitcoin")
    before = (tmp_path / "one.key").read_bytes()
    with pytest.raises(KeyStoreError, match="there is a key one already"):
        keys.create("one", "bitcoin")
    assert (tmp_path / "one.key").read_bytes() == before


@pytest.mark.parametrize("name", ["", "../out", "a b", "x" * 65])
def test_a_name_that_is_no_name_makes_no_file(tmp_path: Path, name: str) -> None:
    keys = store_in(tmp_path / "keys")
    with pytest.raises(KeyStoreError):
        keys.create(name, "bitcoin")
    with pytest.raises(KeyStoreError):
        keys.account_key(name)
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["store.json"]


def test_a_key_file_under_another_name_does_not_open(tmp_path: Path) -> None:
    keys = store_in(tmp_path)
    keys.create("hot", "bitcoin")
    keys.create("cold", "bitcoin")
    (tmp_path / "hot.key").replace(tmp_path / "cold.key")
    with pytest.raises(KeyStoreError, match="key cold: not sealed by this store for this name"):
        keys.account_key("cold")


def test_damaged_and_open_files_are_named(tmp_path: Path) -> None:
    keys = store_in(tmp_path)
    keys.create("hot", "bitcoin")
    file = tmp_path / "hot.key"
    file.chmod(0o644)
    with pytest.raises(KeyStoreError, match="chmod 600"):
        keys.account_key("hot")
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-2])
    with pytest.raises(KeyStoreError, match="not a file of a key store"):
        keys.account_key("hot")


def test_keys_without_their_store_file_are_not_taken_for_a_new_store(tmp_path: Path) -> None:
    store_in(tmp_path).create("hot", "bitcoin")
    (tmp_path / "store.json").unlink()
    with pytest.raises(KeyStoreError, match=r"there are keys and no store\.json"):
        store_in(tmp_path)


def test_a_short_passphrase_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(KeyStoreError, match="at least 12 characters"):
        store_in(tmp_path, "short")
    assert not list(tmp_path.iterdir())


def test_the_passphrase_comes_from_a_setting_or_a_private_file(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text(f"{PASSPHRASE}\n")
    file.chmod(0o644)
    choice = read_keys_choice({"PYXIU_SIGNER_PASSPHRASE_FILE": str(file)})
    with pytest.raises(SettingsError, match="chmod 600"):
        open_key_store(tmp_path, choice)
    file.chmod(0o600)
    xpub = open_key_store(tmp_path, choice).create("hot", "bitcoin")
    same = open_key_store(tmp_path, read_keys_choice({"PYXIU_SIGNER_PASSPHRASE": PASSPHRASE}))
    assert same.public_keys() == {"hot": xpub}
    with pytest.raises(SettingsError, match="both set"):
        read_keys_choice({"PYXIU_SIGNER_PASSPHRASE": PASSPHRASE, "PYXIU_SIGNER_PASSPHRASE_FILE": str(file)})
    assert PASSPHRASE not in repr(KeyChoice(PASSPHRASE))


def test_without_a_passphrase_one_is_made_beside_the_keys(tmp_path: Path) -> None:
    open_key_store(tmp_path, KeyChoice()).create("hot", "bitcoin")
    assert stat.S_IMODE((tmp_path / "keys/passphrase").stat().st_mode) == 0o600
    assert list(open_key_store(tmp_path, KeyChoice()).public_keys()) == ["hot"]
