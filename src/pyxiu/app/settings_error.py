"""The one way to say that a setting cannot be used: the command line turns it into one line and exit code 2.

Invariant: the text names the variable and never a secret value. Limit: found when settings are read, not later.
"""

from typing import Final

from pyxiu.kit.errors import PermanentError

#: What a process ends with that cannot use its settings: it will not do better the next time.
EXIT_SETTINGS: Final = 2


class SettingsError(PermanentError):
    """A setting has a value that cannot be used."""
