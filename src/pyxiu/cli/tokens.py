"""`pyxiu tokens …`: the keys that tokens for other services are signed with."""

from typing import Literal

from pyxiu.app.token_keys import KeyringFolder
from pyxiu.cli.running import EXIT_OK, Home, settings_for
from pyxiu.identity.tokens.keyring import Purpose, TokenAlgorithm


def list_all(*, home: Home = None) -> int:
    """Show the keys, the one that signs first; one is made if there is none."""
    settings = settings_for(home)
    for key in _folder(settings.access.token_algorithm, home)().jwks():
        print(f"{key['kid']}  {key['alg']}")
    return EXIT_OK


def rotate(*, algorithm: Literal["RS256", "EdDSA"] | None = None, home: Home = None) -> int:
    """Make a new key that signs from now on. What older keys have signed stays valid until it expires.

    Parameters
    ----------
    algorithm
        Another one than PYXIU_TOKEN_ALGORITHM says.
    """
    settings = settings_for(home)
    folder = _folder(settings.access.token_algorithm, home)
    key = folder.rotate(None if algorithm is None else TokenAlgorithm(algorithm))
    print(f"{key.kid} ({key.algorithm.value}) signs from now on; services find it at /.well-known/jwks.json")
    return EXIT_OK


def _folder(algorithm: str, home: Home) -> KeyringFolder:
    return KeyringFolder(settings_for(home).home, Purpose.SESSION, TokenAlgorithm(algorithm))
