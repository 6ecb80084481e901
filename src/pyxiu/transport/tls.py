"""Who is who between services: certificates of one authority.

    pyxiu certs DIR     writes ca.crt, ca.key, and NAME.crt / NAME.key for each service

Both sides of a connection show a certificate of this authority; its common name is the service's. Invariant: a key
file is for its owner only and is never overwritten; a certificate that is about to end is renewed with its key. Limit:
no revocation list: to shut a service out, make a new authority. `ca.key` belongs on no machine that runs a service.
"""

import datetime
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pyxiu.kit.errors import PermanentError
from pyxiu.kit.private_files import write_private

SERVICES: Final = (
    "engine",
    "api",
    "admin",
    "stream",
    "projector",
    "relay",
    "watcher",
    "signer",
    "mailer",
    "scheduler",
)
CA_DAYS: Final = 3_650
LEAF_DAYS: Final = 397
RENEW_BEFORE_DAYS: Final = 30
#: Every engine's certificate names it, so that callers check a service and not the address that they happen to dial.
DOMAIN: Final = "pyxiu.internal"
_CLOCK_SKEW: Final = datetime.timedelta(minutes=5)

Key = ec.EllipticCurvePrivateKey


class CertificateError(PermanentError):
    """A certificate or key is missing, damaged, of another authority or over."""


class Identity(NamedTuple):
    """One service's certificate and key, and the authority it trusts, as PEM. The key never shows itself."""

    name: str
    ca: bytes
    certificate: bytes
    key: bytes

    def __repr__(self) -> str:
        return f"Identity({self.name!r})"


def server_name(service: str) -> str:
    """The name that a service's certificate is checked against, wherever it runs."""
    return f"{service}.{DOMAIN}"


def load_identity(folder: Path, name: str) -> Identity:
    """What `make_certificates` wrote for this service. Raises CertificateError that says what is missing."""
    try:
        ca, certificate, key = ((folder / file).read_bytes() for file in ("ca.crt", f"{name}.crt", f"{name}.key"))
    except OSError as error:
        raise CertificateError(f"no certificate for {name}: {error}; make them with `pyxiu certs {folder}`") from error
    ends = _certificate(certificate, folder / f"{name}.crt").not_valid_after_utc
    if ends < datetime.datetime.now(datetime.UTC):
        raise CertificateError(f"{folder / name}.crt ended at {ends:%Y-%m-%d}: renew it with `pyxiu certs {folder}`")
    return Identity(name, ca, certificate, key)


def make_certificates(folder: Path, services: tuple[str, ...] = SERVICES) -> list[str]:
    """Make what is missing and renew what ends soon; the names of the services that got a new certificate.

    Raises CertificateError for a folder that cannot be one and for files that are damaged.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CertificateError(f"{folder}: {error.strerror}") from error
    ca_key = _key(folder / "ca.key")
    ca_path = folder / "ca.crt"
    if not ca_path.exists():
        ca_path.write_bytes(_pem(_authority(ca_key)))
    ca = _certificate(ca_path.read_bytes(), ca_path)
    if ca.public_key() != ca_key.public_key():
        raise CertificateError(f"{folder}: ca.key does not belong to ca.crt")
    made = []
    for name in services:
        path = folder / f"{name}.crt"
        if path.exists() and _lasts(path):
            continue
        path.write_bytes(_pem(_leaf(name, _key(folder / f"{name}.key"), ca, ca_key)))
        made.append(name)
    return made


def _lasts(path: Path) -> bool:
    ends = _certificate(path.read_bytes(), path).not_valid_after_utc
    return ends - datetime.datetime.now(datetime.UTC) > datetime.timedelta(days=RENEW_BEFORE_DAYS)


def _certificate(pem: bytes, path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise CertificateError(f"{path} is damaged: {error}") from error


def _key(path: Path) -> Key:
    """The key of that file, made now if there is none."""
    if not path.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_private(path, pem)
    try:
        loaded = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise CertificateError(f"{path} is damaged: {error}") from error
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        raise CertificateError(f"{path}: expected an elliptic-curve key")
    return loaded


def _authority(key: Key) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Pyxiu services")])
    builder = _builder(name, name, key, CA_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    usage = _usage(key_cert_sign=True)
    return builder.add_extension(usage, critical=True).sign(key, hashes.SHA256())


def _leaf(name: str, key: Key, ca: x509.Certificate, ca_key: Key) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _builder(subject, ca.subject, key, LEAF_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    names = x509.SubjectAlternativeName([x509.DNSName(server_name(name))])
    both = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    builder = builder.add_extension(names, critical=False).add_extension(both, critical=False)
    return builder.add_extension(_usage(key_cert_sign=False), critical=True).sign(ca_key, hashes.SHA256())


def _builder(subject: x509.Name, issuer: x509.Name, key: Key, days: int) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _usage(*, key_cert_sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not key_cert_sign,
        key_cert_sign=key_cert_sign,
        crl_sign=key_cert_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
