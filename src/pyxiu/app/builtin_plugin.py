"""What comes with Pyxiu, offered through the door that plugins use.

Invariant: an adapter and the library below it are imported when it is made, so that nobody pays for what is not
chosen. Limit: makers here are given `Inside`, which no other plugin gets.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.adapters.chains.address_book import ChainAddressBook
from pyxiu.adapters.chains.networks import CHAIN_NAMES, make_reader
from pyxiu.adapters.chains.payouts import make_payout_chain, make_signing_chain
from pyxiu.app.settings import Settings
from pyxiu.app.settings_error import SettingsError
from pyxiu.app.token_keys import KeyringFolder
from pyxiu.custody.ports import KeyStore
from pyxiu.custody.wallets.ports import AddressBook
from pyxiu.identity.ports import Captcha, NoCaptcha, NoPhones, ObjectStore, PhoneSender, Sealer
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.tokens.keyring import Purpose, to_pem
from pyxiu.mailer.ports import Transport
from pyxiu.plugins.registry import BUILTIN
from pyxiu.plugins.spec import (
    INTERFACE,
    ErrorReporter,
    MakeSink,
    MarketData,
    Parts,
    PayoutsOfNode,
    Plugin,
    ReaderOfNode,
    SignerOfNetwork,
    StoreAtUrl,
)
from pyxiu.relay.envelope import EnvelopeSigner


@dataclass(frozen=True, kw_only=True)
class Inside:
    """What the process has for its own adapters; each maker knows which of it is there."""

    settings: Settings
    database: AsyncEngine | None = None
    sealer: Sealer | None = None
    #: Identity without a captcha, for the one that is built on it.
    identity: IdentityServices | None = None


def builtin_plugin() -> Plugin:
    return Plugin(
        name=BUILTIN,
        version=version("pyxiu"),
        interface=INTERFACE,
        about="what comes with Pyxiu",
        chains=dict.fromkeys(CHAIN_NAMES, _chain),
        addresses=dict.fromkeys(CHAIN_NAMES, _addresses),
        payouts=dict.fromkeys(CHAIN_NAMES, _payouts),
        signing=dict.fromkeys(CHAIN_NAMES, _signing),
        key_stores={"local": _local_keys},
        captchas={"pow": _proof_of_work, "none": _no_captcha},
        phones={"twilio": _twilio, "mailbox": _mailbox_phones, "none": _no_phones},
        mail={"smtp": _smtp, "mailbox": _mailbox, "none": _no_mail},
        objects={"file": _local_objects, "s3": _s3_objects},
        sinks={"rabbitmq": _rabbitmq, "webhook": _webhook, "sqs": _sqs, "sns": _sns},
        errors={"sentry": _sentry},
        market_data={"peatio": _peatio_tickers},
    )


def _inside(parts: Parts) -> Inside:
    assert isinstance(parts.inside, Inside), "built-in adapters are made with what is inside"
    return parts.inside


def _chain(_: Parts) -> ReaderOfNode:
    return make_reader


def _addresses(_: Parts) -> AddressBook:
    return ChainAddressBook()


def _payouts(_: Parts) -> PayoutsOfNode:
    return make_payout_chain


def _signing(_: Parts) -> SignerOfNetwork:
    return make_signing_chain


def _local_keys(parts: Parts) -> KeyStore:
    from pyxiu.app.key_store import open_key_store

    settings = _inside(parts).settings
    return open_key_store(settings.home, settings.keys)


def _proof_of_work(parts: Parts) -> Captcha:
    from pyxiu.adapters.captcha.pow import ProofOfWork

    identity = _inside(parts).identity
    assert identity is not None, "made by identity"
    return ProofOfWork(identity)


def _no_captcha(_: Parts) -> Captcha:
    return NoCaptcha()


def _twilio(parts: Parts) -> PhoneSender:
    from pyxiu.adapters.phone.twilio import TwilioPhones

    twilio = _inside(parts).settings.kyc.twilio
    if twilio is None:
        raise SettingsError("PYXIU_PHONES=twilio: expected PYXIU_TWILIO_ACCOUNT_SID and its fellows beside it")
    return TwilioPhones(twilio.settings, twilio.auth_token)


def _mailbox_phones(parts: Parts) -> PhoneSender:
    from pyxiu.adapters.phone.mailbox import MailboxPhones
    from pyxiu.app.mail_settings import Way

    inside = _inside(parts)
    if inside.settings.mail.way(inside.settings.host) is not Way.MAILBOX:
        raise SettingsError("PYXIU_PHONES=mailbox: whoever reads the development mailbox verifies any phone")
    return MailboxPhones(_there(inside.database))


def _no_phones(_: Parts) -> PhoneSender:
    return NoPhones()


def _smtp(parts: Parts) -> Transport:
    from pyxiu.adapters.mail.smtp import SmtpTransport

    smtp = _inside(parts).settings.mail.smtp
    if smtp is None:
        raise SettingsError("PYXIU_MAIL_TRANSPORT=smtp: expected PYXIU_SMTP_URL beside it")
    return SmtpTransport(smtp)


def _mailbox(parts: Parts) -> Transport:
    from pyxiu.adapters.mail.mailbox import MailboxTransport
    from pyxiu.app.mail_settings import Way

    inside = _inside(parts)
    if inside.settings.mail.way(inside.settings.host) is not Way.MAILBOX:
        raise SettingsError("PYXIU_MAIL_TRANSPORT=mailbox: everybody's links lie open there; for one machine alone")
    return MailboxTransport(_there(inside.database))


def _no_mail(_: Parts) -> Transport:
    from pyxiu.adapters.mail.mailbox import NoTransport

    return NoTransport()


def _local_objects(parts: Parts) -> StoreAtUrl:
    from pyxiu.adapters.objects.local import LocalObjects

    inside = _inside(parts)
    folder = inside.settings.kyc.files_folder(inside.settings.home)
    assert folder is not None, "its scheme is file"
    assert inside.sealer is not None, "files are sealed"
    store = LocalObjects(folder, inside.sealer)
    return lambda _url: store


def _s3_objects(parts: Parts) -> StoreAtUrl:
    from pyxiu.adapters.objects.s3 import S3Objects, S3Settings

    chosen = _inside(parts).settings.kyc.objects
    assert isinstance(chosen, S3Settings), "its scheme is s3"

    def store(_url: str) -> ObjectStore:
        return S3Objects(chosen)

    return store


def _rabbitmq(parts: Parts) -> MakeSink:
    from pyxiu.adapters.sinks.rabbitmq import RabbitMqSink

    settings = _inside(parts).settings
    choice = settings.relay
    key = KeyringFolder(settings.home, Purpose.EVENTS)().newest
    signer = EnvelopeSigner(to_pem(key), algorithm=key.algorithm.value)
    return lambda: RabbitMqSink(choice.rabbitmq_url or "", signer, durable=choice.rabbitmq_durable)


def _webhook(parts: Parts) -> MakeSink:
    from pyxiu.adapters.sinks.webhook import WebhookSink, WebhookUrlError

    choice = _inside(parts).settings.relay
    secret = (choice.webhook_secret or "").encode()
    try:
        WebhookSink(choice.webhook_url or "", secret)
    except WebhookUrlError as error:
        raise SettingsError(f"PYXIU_WEBHOOK_URL: {error}") from None
    return lambda: WebhookSink(choice.webhook_url or "", secret)


def _sqs(parts: Parts) -> MakeSink:
    from pyxiu.adapters.sinks.amazon import SqsSink

    choice = _inside(parts).settings.relay
    return lambda: SqsSink(_aws_client("sqs", choice.aws_endpoint_url), choice.sqs_queue_url or "")


def _sns(parts: Parts) -> MakeSink:
    from pyxiu.adapters.sinks.amazon import SnsSink

    choice = _inside(parts).settings.relay
    return lambda: SnsSink(_aws_client("sns", choice.aws_endpoint_url), choice.sns_topic_arn or "")


def _sentry(parts: Parts) -> ErrorReporter:
    try:
        from pyxiu.adapters.errors.sentry import SentryReporter
    except ImportError:
        raise SettingsError("PYXIU_ERRORS=sentry needs the extra `sentry`: pip install 'pyxiu[sentry]'") from None
    choice = _inside(parts).settings.plugins
    return SentryReporter(choice.sentry_dsn or "", release=parts.version, environment=choice.sentry_environment)


def _peatio_tickers(parts: Parts) -> MarketData:
    from pyxiu.adapters.market_data.peatio import PeatioTickers

    url = _inside(parts).settings.plugins.market_data_url
    if url is None:
        raise SettingsError("PYXIU_MARKET_DATA=peatio: expected PYXIU_MARKET_DATA_URL, as https://HOST, beside it")
    return PeatioTickers(url)


def _aws_client(service: str, endpoint_url: str | None) -> Callable[[], Any]:
    """Credentials and region come from where Amazon's tools look for them."""
    try:
        import boto3
    except ImportError:
        raise SettingsError("Amazon's queues need the extra `s3`: pip install 'pyxiu[s3]'") from None
    return lambda: boto3.client(service, endpoint_url=endpoint_url)


def _there(database: AsyncEngine | None) -> AsyncEngine:
    # Tests of the wiring have none, and do not send.
    return database  # type: ignore[return-value] # whoever sends has one
