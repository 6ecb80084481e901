"""`pyxiu version`: what is running, for bug reports."""

import platform

from pyxiu import __version__


def version() -> None:
    """Print the versions of Pyxiu, Python and the platform."""
    print(f"pyxiu {__version__}, Python {platform.python_version()}, {platform.platform()}")
