"""How this instance checks who its members are, from PYXIU_* variables: captcha, files, phones, KYC.

Invariant: codes to phones go to the development mailbox only where mails may, which is never in production; a
provider's secret shows in no repr and no message. Limit: one provider of each kind.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from pyxiu.adapters.objects.s3 import S3Settings
from pyxiu.adapters.phone.settings import API_URL, TwilioSettings
from pyxiu.app.setting_values import flag_of
from pyxiu.app.settings_error import SettingsError
from pyxiu.identity.captcha.settings import FLOWS, CaptchaSettings, FreeUse
from pyxiu.identity.kyc.settings import RESERVED_TITLES, KycSettings
from pyxiu.identity.labels.model import label_word

_S3_PARAMETERS: Final = frozenset({"region", "endpoint", "encryption", "kms_key"})
#: The captcha that is there unless another one is chosen.
POW: Final = "pow"
_TWILIO: Final = ("PYXIU_TWILIO_ACCOUNT_SID", "PYXIU_TWILIO_AUTH_TOKEN", "PYXIU_TWILIO_SENDER")


class KycSettingsError(SettingsError):
    """A setting about captcha, files, phones or KYC has a value that cannot be used."""


class Twilio(msgspec.Struct, frozen=True, kw_only=True):
    settings: TwilioSettings
    auth_token: str

    def __repr__(self) -> str:
        return f"Twilio({self.settings.account_sid})"


class KycChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator chose. `objects` is a folder, a bucket, a URL of a plugin's scheme, or None for the folder
    `objects` of the home.
    """

    #: By name: `pow`, `none`, or what a plugin offers.
    captcha: str = POW
    captcha_settings: CaptchaSettings = CaptchaSettings()
    objects: Path | S3Settings | str | None = None
    twilio: Twilio | None = None
    kyc: KycSettings = KycSettings()

    def files_folder(self, home: Path) -> Path | None:
        """Where files are on this machine; None if they are elsewhere."""
        if isinstance(self.objects, S3Settings | str):
            return None
        return self.objects or home / "objects"

    @property
    def objects_scheme(self) -> str:
        """What an object store is offered for: `file`, `s3`, or a plugin's."""
        if isinstance(self.objects, str):
            return urlsplit(self.objects).scheme
        return "s3" if isinstance(self.objects, S3Settings) else "file"


def read_kyc(given: Mapping[str, str]) -> KycChoice:
    """Raises KycSettingsError."""
    always = flag_of(given, "PYXIU_CAPTCHA_ALWAYS", KycSettingsError)
    flows = {flow: FreeUse(0, free.window_s) if always else free for flow, free in FLOWS.items()}
    return KycChoice(
        captcha=given.get("PYXIU_CAPTCHA", POW).lower(),
        captcha_settings=CaptchaSettings(
            flows=flows, wire_type=given.get("PYXIU_CAPTCHA_TYPE", CaptchaSettings().wire_type)
        ),
        objects=_objects(given.get("PYXIU_OBJECTS")),
        twilio=_twilio(given),
        kyc=KycSettings(
            mask_personal=flag_of(given, "PYXIU_KYC_MASK", KycSettingsError, default=True),
            double_verification=flag_of(given, "PYXIU_KYC_DOUBLE_VERIFICATION", KycSettingsError),
            document_expiry_required=flag_of(given, "PYXIU_KYC_EXPIRY_REQUIRED", KycSettingsError, default=True),
            data_storage_titles=_titles(given.get("PYXIU_DATA_STORAGE_TITLES", "")),
        ),
    )


def _objects(url: str | None) -> Path | S3Settings | str | None:
    """`file:///folder`, `s3://bucket/prefix?region=…&endpoint=…&encryption=…&kms_key=…`, or a plugin's URL."""
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return Path(unquote(parts.path))
    if parts.scheme not in ("", "file", "s3") and parts.username is None:
        return url
    if parts.scheme != "s3" or not parts.hostname or parts.username is not None:
        raise KycSettingsError("PYXIU_OBJECTS: expected file:///FOLDER or s3://BUCKET/PREFIX, without credentials")
    parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := set(parameters) - _S3_PARAMETERS:
        raise KycSettingsError(f"PYXIU_OBJECTS: unknown parameter {min(unknown)!r}; see docs/operations/identity.md")
    prefix = parts.path.strip("/")
    return S3Settings(
        bucket=parts.netloc,
        prefix=f"{prefix}/" if prefix else "",
        region=parameters.get("region"),
        endpoint_url=parameters.get("endpoint"),
        encryption=parameters.get("encryption", "aws:kms" if "kms_key" in parameters else "AES256"),
        kms_key_id=parameters.get("kms_key"),
    )


def _twilio(given: Mapping[str, str]) -> Twilio | None:
    missing = [name for name in _TWILIO if name not in given]
    if len(missing) == len(_TWILIO):
        return None
    if missing:
        raise KycSettingsError(f"{', '.join(missing)}: needed for Twilio beside the others")
    sid, token, sender = (given[name] for name in _TWILIO)
    api_url = given.get("PYXIU_TWILIO_API_URL", API_URL)
    if not api_url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise KycSettingsError(f"PYXIU_TWILIO_API_URL: expected https://HOST, found {api_url!r}")
    exchange = given.get("PYXIU_EXCHANGE_NAME", "Pyxiu")
    return Twilio(
        settings=TwilioSettings(account_sid=sid, sender=sender, exchange=exchange, api_url=api_url), auth_token=token
    )


def _titles(text: str) -> tuple[str, ...]:
    titles = tuple(title.strip() for title in text.split(",") if title.strip())
    for title in titles:
        if title in RESERVED_TITLES or label_word(title) != title or len(title) > 64:
            raise KycSettingsError(
                f"PYXIU_DATA_STORAGE_TITLES: expected words of a-z0-9_- that we do not use, found {title!r}"
            )
    return titles
