"""Where an SMTP server is, and how to talk to it, in one URL.

    smtps://user:password@mail.example.com            TLS from the first byte, port 465
    smtp://user:password@mail.example.com:587         STARTTLS, which must succeed
    smtp://127.0.0.1:2525?tls=none                    in clear, which only a loopback address may

Parameters: `tls=none`, `ca=FILE` (a certificate to trust besides the system's), `timeout=SECONDS`. Invariant: the
password shows in no repr and no message.
"""

import ipaddress
from typing import Final, Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import msgspec

TIMEOUT_S: Final = 20.0
TIMEOUT_MAX_S: Final = 50.0
_PORTS: Final = {"smtp": 587, "smtps": 465}
_PARAMETERS: Final = frozenset({"tls", "ca", "timeout"})

Security = Literal["tls", "starttls", "none"]


class SmtpUrlError(ValueError):
    """The URL cannot be used; the message says why, without the password."""


class SmtpServer(msgspec.Struct, frozen=True, kw_only=True):
    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = None
    ca: str | None = None
    timeout_s: float = TIMEOUT_S

    def __repr__(self) -> str:
        return f"SmtpServer({self})"

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        return f"{user}{self.host}:{self.port} ({self.security})"


def parse_smtp_url(url: str) -> SmtpServer:
    """Raises SmtpUrlError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SmtpUrlError("expected smtp://HOST:PORT or smtps://HOST:PORT, found something that is no URL") from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in {"", "/"}:
        raise SmtpUrlError(f"expected smtp://HOST or smtps://HOST, found {parts.scheme}://{parts.hostname or ''}")
    parameters = dict(parse_qsl(parts.query))
    if unknown := set(parameters) - _PARAMETERS:
        raise SmtpUrlError(f"expected the parameters {', '.join(sorted(_PARAMETERS))}, found {', '.join(unknown)}")
    if (parts.username is None) != (parts.password is None):
        raise SmtpUrlError("expected user and password, or neither")
    return SmtpServer(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        security=_security(parts, parameters.get("tls")),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        ca=parameters.get("ca"),
        timeout_s=_timeout(parameters.get("timeout")),
    )


def _security(parts: SplitResult, tls: str | None) -> Security:
    if tls not in {None, "none"}:
        raise SmtpUrlError(f"tls: expected none, found {tls!r}")
    if parts.scheme == "smtps":
        if tls is not None:
            raise SmtpUrlError("smtps:// is TLS; tls=none contradicts it")
        return "tls"
    if tls is None:
        return "starttls"
    if not _is_loopback(parts.hostname or ""):
        raise SmtpUrlError("tls=none is for a server on this machine: mails hold log-in links")
    return "none"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _timeout(text: str | None) -> float:
    try:
        timeout_s = TIMEOUT_S if text is None else float(text)
    except ValueError:
        timeout_s = 0.0
    if not 0 < timeout_s <= TIMEOUT_MAX_S:
        raise SmtpUrlError(f"timeout: expected up to {TIMEOUT_MAX_S:.0f} seconds, found {text!r}")
    return timeout_s
