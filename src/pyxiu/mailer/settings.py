"""The knobs of the mailer with their defaults; `app/settings.py` fills them from the environment.

Invariant: an attempt ends (SEND_MAX_S) before its lease does, so two mailers never send the same mail at once.
"""

from pathlib import Path
from typing import Final

import msgspec

#: The longest that one attempt may take, from the first byte to the server's last answer.
SEND_MAX_S: Final = 60.0


class MailSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`public_url` is what links begin with; a request's Host header is never believed for that."""

    public_url: str
    sender: str = "Pyxiu <no-reply@localhost>"
    exchange_name: str = "Pyxiu"
    default_language: str = "en"
    #: Also mail at a log-in from a device that is known.
    every_login: bool = False
    #: A folder with files that replace those of `mailer/texts` and `mailer/templates`.
    templates: Path | None = None
    attempts_max: int = 10
    first_pause_s: float = 15.0
    longest_pause_s: float = 3600.0
    #: How long a mail belongs to the mailer that took it; after a crash another takes it then.
    lease_s: float = 2 * SEND_MAX_S
    at_once: int = 4

    def pause_s(self, attempts: int) -> float:
        """How long to wait after that many attempts."""
        return min(self.longest_pause_s, self.first_pause_s * float(1 << min(attempts - 1, 30)))
