"""Account keys in files of one folder, encrypted under a passphrase: PYXIU_HOME/keys.

`store.json` says how the passphrase becomes the store's key (scrypt) and holds a value that only the right one opens;
`NAME.key` holds a seed of 32 random bytes, sealed by AES-256-GCM for its own name and path. Invariant (W-9): a private
key is nowhere else, and in here never in the clear; files are for their owner only and whole or not there. Limit: while
the process runs, the store's key is in its memory: whoever can read that has every key.
"""

import hashlib
import secrets
import stat
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from embit.bip32 import HDKey
from embit.networks import NETWORKS as EMBIT_NETWORKS

from pyxiu.adapters.chains.bitcoin.params import NETWORKS
from pyxiu.adapters.chains.evm.addresses import COIN_TYPE
from pyxiu.adapters.chains.networks import UnknownNetworkError, evm_chain_id
from pyxiu.core.types import is_id
from pyxiu.kit.errors import PermanentError
from pyxiu.kit.private_files import write_private

FOLDER: Final = "keys"
STORE_FILE: Final = "store.json"
SUFFIX: Final = ".key"
PASSPHRASE_LENGTH_MIN: Final = 12
SEED_BYTES: Final = 32
#: 2^16 · 8 · 128 bytes: 64 MiB and some tenths of a second for each guess.
SCRYPT_N: Final = 2**16
SCRYPT_N_MAX: Final = 2**20
_SCRYPT_R: Final = 8
_MEMORY_BYTES: Final = 2 * 128 * _SCRYPT_R
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32
_CHECK: Final = b"pyxiu key store"
_XPRV: Final = EMBIT_NETWORKS["main"]["xprv"]
_XPUB: Final = EMBIT_NETWORKS["main"]["xpub"]
Read = TypeVar("Read", bound=msgspec.Struct)


class KeyStoreError(PermanentError):
    """A key or the store cannot be used; the text says which and why, never what is in it."""


class _StoreFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    scrypt_n: int
    salt: bytes
    check: bytes


class _KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`path` is the account's below the seed; `xpub` is public and saves opening the seed to show it."""

    version: int
    path: str
    xpub: str
    seed: bytes


class LocalKeys:
    """Implements the port `KeyStore` over a folder."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """Use `open_local_keys`. `key` is the store's, made of the passphrase."""
        self._folder = folder
        self._sealer = AESGCM(key)

    def __repr__(self) -> str:
        return f"LocalKeys({str(self._folder)!r})"

    def create(self, key_id: str, chain: str) -> str:
        if not is_id(key_id):
            raise KeyStoreError(f"a key's name: expected letters, digits and ._:-, found {key_id!r}")
        file = self._file(key_id)
        if file.exists():
            raise KeyStoreError(f"there is a key {key_id} already")
        path = account_path(chain)
        seed = secrets.token_bytes(SEED_BYTES)
        xpub = str(_account(seed, path).to_public().to_base58(version=_XPUB))
        sealed = _seal(self._sealer, seed, _purpose(key_id, path))
        write_private(file, msgspec.json.encode(_KeyFile(1, path, xpub, sealed)))
        return xpub

    def account_key(self, key_id: str) -> str:
        found = self._read(key_id)
        seed = _opened(self._sealer, found.seed, _purpose(key_id, found.path))
        if seed is None:
            raise KeyStoreError(f"key {key_id}: not sealed by this store for this name: restore it from a backup")
        return str(_account(seed, found.path).to_base58(version=_XPRV))

    def public_keys(self) -> dict[str, str]:
        names = sorted(file.name.removesuffix(SUFFIX) for file in self._folder.glob(f"*{SUFFIX}"))
        return {name: self._read(name).xpub for name in names}

    def _read(self, key_id: str) -> _KeyFile:
        if not is_id(key_id) or not self._file(key_id).exists():
            raise KeyStoreError(f"no key {key_id!r} in {self._folder}")
        return _read(self._file(key_id), _KeyFile)

    def _file(self, key_id: str) -> Path:
        return self._folder / f"{key_id}{SUFFIX}"


def open_local_keys(folder: Path, passphrase: str, *, scrypt_n: int = SCRYPT_N) -> LocalKeys:
    """The store in a folder, made on first use. Raises KeyStoreError, for a wrong passphrase too."""
    file = folder / STORE_FILE
    if file.exists():
        store = _read(file, _StoreFile)
        if store.scrypt_n > SCRYPT_N_MAX:
            raise KeyStoreError(f"{file}: expected a cost of at most {SCRYPT_N_MAX}, found {store.scrypt_n}")
        key = _derived(passphrase, store.salt, store.scrypt_n)
        if _opened(AESGCM(key), store.check, _CHECK) != _CHECK:
            raise KeyStoreError(f"{folder}: the passphrase is wrong")
        return LocalKeys(folder, key)
    if any(folder.glob(f"*{SUFFIX}")):
        raise KeyStoreError(f"{folder}: there are keys and no {STORE_FILE}: restore it from a backup")
    if len(passphrase) < PASSPHRASE_LENGTH_MIN:
        raise KeyStoreError(f"the passphrase: expected at least {PASSPHRASE_LENGTH_MIN} characters")
    salt = secrets.token_bytes(_SALT_BYTES)
    key = _derived(passphrase, salt, scrypt_n)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(file, msgspec.json.encode(_StoreFile(1, scrypt_n, salt, _seal(AESGCM(key), _CHECK, _CHECK))))
    return LocalKeys(folder, key)


def account_path(chain: str) -> str:
    """Account 0 by BIP 84 where there is segwit, by BIP 44 elsewhere.

    A plugin's chain has Bitcoin's path: each key has a seed of its own, so paths need not differ.
    """
    if chain in NETWORKS:
        network = NETWORKS[chain]
        return f"m/{84 if network.segwit else 44}h/{network.coin_type}h/0h"
    try:
        evm_chain_id(chain)
    except UnknownNetworkError:
        return "m/44h/0h/0h"
    return f"m/44h/{COIN_TYPE}h/0h"


def _account(seed: bytes, path: str) -> HDKey:
    return HDKey.from_seed(seed).derive(path)


def _derived(passphrase: str, salt: bytes, n: int) -> bytes:
    return hashlib.scrypt(
        passphrase.encode(), salt=salt, n=n, r=_SCRYPT_R, p=1, maxmem=_MEMORY_BYTES * n, dklen=_KEY_BYTES
    )


def _purpose(key_id: str, path: str) -> bytes:
    return f"account {key_id} {path}".encode()


def _seal(sealer: AESGCM, secret: bytes, purpose: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + sealer.encrypt(nonce, secret, purpose)


def _opened(sealer: AESGCM, sealed: bytes, purpose: bytes) -> bytes | None:
    try:
        return sealer.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose)
    except (InvalidTag, ValueError):
        return None


def _read(file: Path, kind: type[Read]) -> Read:
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077:
        raise KeyStoreError(f"{file}: expected a file for its owner only, found mode {mode:04o}: chmod 600 it")
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except msgspec.DecodeError as error:
        raise KeyStoreError(f"{file}: not a file of a key store: {error}") from error
