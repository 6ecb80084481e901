"""Links to files that we serve ourselves: signed, for one file, for a short time.

Invariant: a link opens exactly the file, under the name and type, that it was signed for. Limit: whoever has the link
has the file until it expires, as with every object store; it is made only for who may see the document.
"""

import base64
import hmac
from typing import Final

import msgspec

from pyxiu.identity.ports import Sealer

PURPOSE: Final = "file_link"


class FileLink(msgspec.Struct, frozen=True, kw_only=True):
    """`expires_at` is unix time in seconds."""

    key: str
    filename: str
    content_type: str
    expires_at: int


def sign_link(sealer: Sealer, link: FileLink) -> str:
    return base64.urlsafe_b64encode(sealer.fingerprint(_signed(link), PURPOSE)).rstrip(b"=").decode()


def is_valid_link(sealer: Sealer, link: FileLink, signature: str, *, now_s: int) -> bool:
    """Whether the signature is ours and the time is not over."""
    if link.expires_at <= now_s:
        return False
    expected = [base64.urlsafe_b64encode(one).rstrip(b"=") for one in sealer.fingerprints(_signed(link), PURPOSE)]
    return any(hmac.compare_digest(one, signature.encode(errors="replace")) for one in expected)


def _signed(link: FileLink) -> bytes:
    return msgspec.json.encode(link)
