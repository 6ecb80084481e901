"""What identity is plugged with on this instance: captcha, files, phones, an outside provider, from the settings.

Invariant: whatever is weaker than it could be is named in the log at the start. Limit: built once for each process.
"""

from dataclasses import replace
from urllib.parse import urlsplit

import structlog

from pyxiu.adapters.captcha.pow import ProofOfWork
from pyxiu.adapters.geo.geoip import GeoIpCountries
from pyxiu.adapters.objects.local import LocalObjects
from pyxiu.adapters.objects.s3 import S3Objects, S3Settings
from pyxiu.adapters.oidc.id_tokens import OidcTokens
from pyxiu.adapters.phone.mailbox import MailboxPhones
from pyxiu.adapters.phone.twilio import TwilioPhones
from pyxiu.app.account_settings import weaker_than_default
from pyxiu.app.context import Context
from pyxiu.app.kyc_settings import CaptchaKind, KycChoice
from pyxiu.app.mail_settings import Way
from pyxiu.app.settings import Settings
from pyxiu.identity.factors.settings import FactorSettings
from pyxiu.identity.ports import IdentityTokens, NoIdentityTokens, NoPhones, ObjectStore, PhoneSender, Sealer
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.settings import IdentitySettings
from pyxiu.kit.errors import PermanentError

log = structlog.stdlib.get_logger("pyxiu.identity")


def identity_services(context: Context, sealer: Sealer) -> IdentityServices:
    """Everything that use cases of identity are given."""
    choice = context.settings.kyc
    settings = identity_settings(context.settings)
    for finding in weaker_than_default(settings):
        log.warning(finding)
    bare = IdentityServices(
        context.identity,
        sealer,
        settings=settings,
        counters=context.counters,
        objects=_objects(choice, context.settings, sealer),
        phones=_phones(context),
        countries=GeoIpCountries(),
        identity_tokens=_identity_tokens(context.settings),
    )
    if choice.captcha is CaptchaKind.NONE:
        log.warning("no captcha: whoever likes can sign up as often as the limits allow")
        return bare
    return replace(bare, captcha=ProofOfWork(bare))


def identity_settings(settings: Settings) -> IdentitySettings:
    chosen = IdentitySettings(
        public_url=settings.mail.public_url or settings.url,
        captcha=settings.kyc.captcha_settings,
        kyc=settings.kyc.kyc,
        factors=factor_settings(settings),
        keys_need_second_factor=settings.access.keys_need_second_factor,
        level_deposit=settings.access.levels.deposit,
        level_trading=settings.access.levels.trading,
        level_withdraw=settings.access.levels.withdraw,
    )
    return settings.accounts.applied_to(chosen)


def factor_settings(settings: Settings) -> FactorSettings:
    """Passkeys belong to the domain of the public URL, or to one above it, and work on its page and on those of the
    other origins that may call the API. Raises PermanentError.
    """
    public_url = settings.mail.public_url or settings.url
    host = urlsplit(public_url).hostname or ""
    domain = (settings.access.passkey_domain or host).lower()
    if host != domain and not host.endswith(f".{domain}"):
        raise PermanentError(f"PYXIU_PASSKEY_DOMAIN: expected {host} or a domain above it, found {domain!r}")
    scheme, netloc = urlsplit(public_url)[:2]
    return FactorSettings(
        issuer=settings.mail.exchange_name,
        rp_id=domain,
        origins=(f"{scheme}://{netloc}", *settings.access.cors_origins),
    )


def _objects(choice: KycChoice, settings: Settings, sealer: Sealer) -> ObjectStore:
    if isinstance(choice.objects, S3Settings):
        return S3Objects(choice.objects)
    folder = choice.files_folder(settings.home)
    assert folder is not None, "no bucket, so a folder"
    return LocalObjects(folder, sealer)


def _identity_tokens(settings: Settings) -> IdentityTokens:
    auth0 = settings.accounts.auth0
    return NoIdentityTokens() if auth0 is None else OidcTokens(auth0.domain, auth0.client_id)


def _phones(context: Context) -> PhoneSender:
    twilio = context.settings.kyc.twilio
    if twilio is not None:
        return TwilioPhones(twilio.settings, twilio.auth_token)
    if context.settings.mail.way(context.settings.host) is Way.MAILBOX:
        return MailboxPhones(context.identity)
    log.warning("no provider of phone messages: nobody can verify a phone; see docs/operations/identity.md")
    return NoPhones()
