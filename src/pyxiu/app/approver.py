"""The key that approves payouts: made for the scheduler at its first start, its public half known to the signer.

Invariant: the private half is in a file for its owner only and in the scheduler's memory. Limit: a signer on this home
reads the public half from the file beside it; one elsewhere is given it as PYXIU_SIGNER_APPROVER.
"""

import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pyxiu.kit.errors import PermanentError, TransientError
from pyxiu.kit.private_files import write_private

FILE: Final = "payout-approver.key"
PUBLIC_FILE: Final = "payout-approver.pub"
_KEY_BYTES: Final = 32


def approver_key(home: Path) -> Ed25519PrivateKey:
    """The scheduler's; made on first use. Raises PermanentError for a file that is open to others, or damaged."""
    path = home / FILE
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise PermanentError(f"{path}: a key for its owner only: chmod 600 it")
    raw = path.read_bytes()
    if len(raw) != _KEY_BYTES:
        raise PermanentError(f"{path}: expected {_KEY_BYTES} bytes, found {len(raw)}: restore it from a backup")
    key = Ed25519PrivateKey.from_private_bytes(raw)
    public = home / PUBLIC_FILE
    told = key.public_key().public_bytes_raw().hex()
    if not public.exists() or public.read_text(encoding="ascii").strip() != told:
        write_private(public, f"{told}\n".encode())
    return key


def approver_public(home: Path, given: str | None) -> Ed25519PublicKey:
    """Whose approvals the signer takes. Raises TransientError while the scheduler has not made its key yet."""
    if given is None:
        path = home / PUBLIC_FILE
        if not path.exists():
            raise TransientError(
                f"{path}: the scheduler has not started yet; on another machine set PYXIU_SIGNER_APPROVER"
            )
        given = path.read_text(encoding="ascii").strip()
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(given))


def _make(path: Path) -> None:
    """Two processes may start at once: the first link wins, and both then read the same key."""
    candidate = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    write_private(candidate, Ed25519PrivateKey.generate().private_bytes_raw())
    try:
        os.link(candidate, path)
    except FileExistsError:
        pass
    finally:
        candidate.unlink()
