"""Where the keys of tokens lie: `PYXIU_HOME/token-keys/<purpose>/`, a file each, named by age.

Invariant: files for their owner only; the first use makes a key; a rotated key stays until nothing that it signed can
be valid any more. Limit: processes on one home share them; a running process sees a rotation within LOOK_S.
"""

import time
from itertools import pairwise
from pathlib import Path
from typing import Final

from pyxiu.identity.tokens.keyring import Keyring, Purpose, SigningKey, TokenAlgorithm, from_pem, make_key, to_pem
from pyxiu.identity.tokens.session_token import TOKEN_LIFETIME_S
from pyxiu.kit.errors import PermanentError
from pyxiu.kit.private_files import write_private

LOOK_S: Final = 1.0
#: How long a replaced key still checks: the life of a token, and an hour for clocks.
RETIRED_S: Final = TOKEN_LIFETIME_S + 3_600
_SUFFIX: Final = ".pem"


class KeyringFolder:
    """Gives the keyring as the folder has it now."""

    def __init__(self, home: Path, purpose: Purpose, algorithm: TokenAlgorithm = TokenAlgorithm.RS256) -> None:
        self._folder = home / "token-keys" / purpose.value
        self._algorithm = algorithm
        self._seen: tuple[str, ...] = ()
        self._looked_s = float("-inf")
        self._keyring: Keyring | None = None

    def __call__(self) -> Keyring:
        now_s = time.monotonic()
        if self._keyring is not None and now_s < self._looked_s + LOOK_S:
            return self._keyring
        names = self._names()
        if not names:
            self._add(make_key(self._algorithm))
            names = self._names()
        if names != self._seen or self._keyring is None:
            self._keyring = Keyring([self._read(name) for name in reversed(names)])
            self._seen = names
        self._looked_s = now_s
        return self._keyring

    def rotate(self, algorithm: TokenAlgorithm | None = None) -> SigningKey:
        """A new key from now on; those that were replaced long ago are removed."""
        key = make_key(algorithm or self._algorithm)
        self._add(key)
        names = self._names()
        for name, successor in pairwise(names):
            if int(successor.partition("-")[0]) < time.time() - RETIRED_S:
                (self._folder / name).unlink(missing_ok=True)
        return key

    def _names(self) -> tuple[str, ...]:
        """From the oldest to the newest."""
        return tuple(sorted(path.name for path in self._folder.glob(f"*{_SUFFIX}")))

    def _add(self, key: SigningKey) -> None:
        # Milliseconds would do; nanoseconds keep two rotations of one script apart.
        write_private(
            self._folder / f"{int(time.time()):012}-{time.time_ns() % 10**9:09}-{key.kid}{_SUFFIX}", to_pem(key)
        )

    def _read(self, name: str) -> SigningKey:
        try:
            return from_pem((self._folder / name).read_bytes())
        except (OSError, ValueError) as error:
            raise PermanentError(f"{self._folder / name}: expected a private key: {error}") from error
