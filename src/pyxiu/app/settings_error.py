"""The one way to say that a setting cannot be used: the command line turns it into one line and exit code 2.

Invariant: the text names the variable and never a secret value. Limit: found when settings are read, not later.
"""

from pyxiu.kit.errors import PermanentError


class SettingsError(PermanentError):
    """A setting has a value that cannot be used."""
