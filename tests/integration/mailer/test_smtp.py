"""The SMTP transport against a real server: encryption, credentials, and what each refusal means."""

import datetime
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pyxiu.adapters.mail.smtp import SmtpTransport
from pyxiu.adapters.mail.smtp_url import SmtpServer
from pyxiu.mailer.ports import MailDelayedError, MailRefusedError
from tests.support.smtp import SmtpSink, smtp_sink

BOB = "bob@example.test"


def a_message() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = "a@exchange.test", BOB, "<1@exchange.test>"
    message.set_content("привет")
    return message


def server_context(folder: Path) -> ssl.SSLContext:
    """A certificate for localhost that signs itself, in `folder/ca.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context


def over_tls(sink: SmtpSink, folder: Path | None, password: str = "secret") -> SmtpTransport:
    ca = None if folder is None else str(folder / "ca.pem")
    server = SmtpServer(
        host="localhost", port=sink.port, security="starttls", user="me", password=password, ca=ca, timeout_s=5.0
    )
    return SmtpTransport(server)


def authenticate(_server: object, _session: object, _envelope: object, _mechanism: str, data: object) -> AuthResult:
    return AuthResult(success=getattr(data, "password", b"") == b"secret", handled=False)


async def test_mails_go_encrypted_and_authenticated(tmp_path: Path) -> None:
    context = server_context(tmp_path)
    options: dict[str, Any] = {
        "tls_context": context,
        "require_starttls": True,
        "authenticator": authenticate,
        "auth_required": True,
    }
    async with smtp_sink(**options) as sink:
        await over_tls(sink, tmp_path).deliver(a_message(), BOB)
        assert [mail.recipient for mail in sink.mails] == [BOB]
        assert "привет" in str(sink.mails[0].message.get_content())


async def test_t73_wrong_credentials_delay_mails_and_are_not_repeated(tmp_path: Path) -> None:
    context = server_context(tmp_path)
    async with smtp_sink(tls_context=context, authenticator=authenticate, auth_required=True) as sink:
        with pytest.raises(MailDelayedError) as delayed:
            await over_tls(sink, tmp_path, "canary").deliver(a_message(), BOB)
    assert "535" in str(delayed.value)
    assert "canary" not in f"{delayed.value} {delayed.value!r}"


async def test_nothing_is_sent_to_a_server_that_cannot_prove_its_name(tmp_path: Path) -> None:
    async with smtp_sink(tls_context=server_context(tmp_path)) as sink:
        with pytest.raises(MailDelayedError, match="certificate"):
            await over_tls(sink, None).deliver(a_message(), BOB)
        assert sink.mails == []


async def test_nothing_is_sent_in_clear_where_encryption_was_asked_for(tmp_path: Path) -> None:
    server_context(tmp_path)
    async with smtp_sink() as sink:
        with pytest.raises(MailDelayedError):
            await over_tls(sink, tmp_path).deliver(a_message(), BOB)
        assert sink.mails == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("450 4.2.1 later", MailDelayedError), ("550 5.1.1 nobody", MailRefusedError)],
)
async def test_a_refused_recipient_is_final_or_not_by_the_servers_word(answer: str, kind: type[Exception]) -> None:
    async with smtp_sink() as sink:
        sink.recipients = {BOB: answer}
        with pytest.raises(kind, match=answer):
            await SmtpTransport(sink.server).deliver(a_message(), BOB)


async def test_a_server_that_speaks_no_smtp_delays_mails() -> None:
    async with smtp_sink() as sink:
        transport = SmtpTransport(msgspec.structs.replace(sink.server, security="tls"))
        with pytest.raises(MailDelayedError):
            await transport.deliver(a_message(), BOB)
