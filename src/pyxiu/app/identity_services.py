"""What identity is plugged with on this instance: captcha, files, phones, an outside provider, from the settings.

Invariant: whatever is weaker than it could be is named in the log at the start. Limit: built once for each process.
"""

from dataclasses import replace
from urllib.parse import urlsplit

import structlog

from pyxiu.adapters.geo.geoip import GeoIpCountries
from pyxiu.adapters.oidc.id_tokens import OidcTokens
from pyxiu.app.account_settings import weaker_than_default
from pyxiu.app.builtin_plugin import Inside
from pyxiu.app.context import Context
from pyxiu.app.mail_settings import Way
from pyxiu.app.settings import Settings
from pyxiu.identity.factors.settings import FactorSettings
from pyxiu.identity.ports import IdentityTokens, NoIdentityTokens, PhoneSender, Sealer
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.settings import IdentitySettings
from pyxiu.kit.errors import PermanentError
from pyxiu.plugins.spec import CAPTCHAS, KYC, OBJECTS, PHONES

log = structlog.stdlib.get_logger("pyxiu.identity")


def identity_services(context: Context, sealer: Sealer) -> IdentityServices:
    """Everything that use cases of identity are given."""
    choice, plugins = context.settings.kyc, context.plugins
    inside = Inside(settings=context.settings, database=context.identity, sealer=sealer)
    settings = identity_settings(context.settings)
    for finding in weaker_than_default(settings):
        log.warning(finding)
    bare = IdentityServices(
        context.identity,
        sealer,
        settings=settings,
        counters=context.counters,
        objects=plugins.make(OBJECTS, choice.objects_scheme, inside=inside)(_url_of(choice.objects)),
        phones=_phones(context, inside),
        countries=GeoIpCountries(),
        identity_tokens=_identity_tokens(context.settings),
    )
    if choice.captcha == "none":
        log.warning("no captcha: whoever likes can sign up as often as the limits allow")
    captcha = plugins.make(CAPTCHAS, choice.captcha, inside=replace(inside, identity=bare))
    chosen = context.settings.plugins
    provider = None if chosen.kyc is None else plugins.make(KYC, chosen.kyc, inside=inside)
    return replace(bare, captcha=captcha, kyc_provider=provider, kyc_callback_key=chosen.kyc_callback_key)


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


def _url_of(objects: object) -> str:
    """The URL for a plugin's store; the built-in ones have read theirs."""
    return objects if isinstance(objects, str) else ""


def _identity_tokens(settings: Settings) -> IdentityTokens:
    auth0 = settings.accounts.auth0
    return NoIdentityTokens() if auth0 is None else OidcTokens(auth0.domain, auth0.client_id)


def _phones(context: Context, inside: Inside) -> PhoneSender:
    settings = context.settings
    name = settings.plugins.phones
    if name is None and settings.kyc.twilio is not None:
        name = "twilio"
    if name is None:
        name = "mailbox" if settings.mail.way(settings.host) is Way.MAILBOX else "none"
    if name == "none":
        log.warning("no provider of phone messages: nobody can verify a phone; see docs/operations/identity.md")
    return context.plugins.make(PHONES, name, inside=inside)
