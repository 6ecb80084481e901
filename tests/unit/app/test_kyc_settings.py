"""Captcha, files, phones and KYC from PYXIU_* variables."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pyxiu.adapters.objects.local import LocalObjects
from pyxiu.adapters.objects.s3 import S3Settings
from pyxiu.adapters.phone.mailbox import MailboxPhones
from pyxiu.adapters.phone.twilio import TwilioPhones
from pyxiu.app.identity_services import identity_services
from pyxiu.app.kyc_settings import KycSettingsError, read_kyc
from pyxiu.app.plugging import load_plugins
from pyxiu.app.secrets import KEY_BYTES, SecretBox
from pyxiu.app.settings import load_settings
from pyxiu.app.settings_error import SettingsError
from pyxiu.identity.ports import NoCaptcha, NoPhones
from pyxiu.identity.services import IdentityServices

TWILIO = {
    "PYXIU_TWILIO_ACCOUNT_SID": "AC1",
    "PYXIU_TWILIO_AUTH_TOKEN": "canary-token",
    "PYXIU_TWILIO_SENDER": "+15005550006",
}


def plugged(tmp_path: Path, **environment: str) -> IdentityServices:
    settings = load_settings(environment={"PYXIU_HOME": str(tmp_path), **environment})
    context = SimpleNamespace(settings=settings, identity=None, counters=None, plugins=load_plugins(settings))
    return identity_services(cast("Any", context), SecretBox(bytes(KEY_BYTES)))


def test_the_defaults_are_proof_of_work_and_the_homes_disk(tmp_path: Path) -> None:
    choice = read_kyc({})
    assert choice.captcha == "pow"
    assert choice.captcha_settings.wire_type == "none"
    assert choice.captcha_settings.flows["user_create"].limit > 0
    assert choice.files_folder(tmp_path) == tmp_path / "objects"
    services = plugged(tmp_path)
    assert isinstance(services.objects, LocalObjects)
    assert not isinstance(services.captcha, NoCaptcha)


def test_captcha_can_be_off_or_needed_always(tmp_path: Path) -> None:
    assert isinstance(plugged(tmp_path, PYXIU_CAPTCHA="none").captcha, NoCaptcha)
    flows = read_kyc({"PYXIU_CAPTCHA_ALWAYS": "1"}).captcha_settings.flows
    assert {free.limit for free in flows.values()} == {0}


def test_files_go_to_a_folder_or_a_bucket(tmp_path: Path) -> None:
    folder = read_kyc({"PYXIU_OBJECTS": "file:///mnt/k%20yc"})
    assert folder.objects == folder.files_folder(tmp_path) == Path("/mnt/k yc")
    assert read_kyc({"PYXIU_OBJECTS": "s3://bucket/a/b/?region=eu-central-1"}).objects == S3Settings(
        bucket="bucket", prefix="a/b/", region="eu-central-1"
    )
    kms = read_kyc({"PYXIU_OBJECTS": "s3://bucket?endpoint=https://minio.example.com&kms_key=K"})
    assert kms.objects == S3Settings(
        bucket="bucket",
        prefix="",
        endpoint_url="https://minio.example.com",
        encryption="aws:kms",
        kms_key_id="K",
    )
    assert kms.files_folder(tmp_path) is None


def test_codes_go_to_the_mailbox_only_where_mails_may(tmp_path: Path) -> None:
    assert isinstance(plugged(tmp_path).phones, MailboxPhones)
    assert isinstance(plugged(tmp_path, PYXIU_PRODUCTION="1").phones, NoPhones)
    assert isinstance(plugged(tmp_path, PYXIU_HOST="0.0.0.0").phones, NoPhones)
    assert isinstance(plugged(tmp_path, PYXIU_PRODUCTION="1", **TWILIO).phones, TwilioPhones)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"PYXIU_CAPTCHA_ALWAYS": "yes"}, "PYXIU_CAPTCHA_ALWAYS: expected 0 or 1"),
        ({"PYXIU_OBJECTS": "ftp://u:canary-token@x"}, "PYXIU_OBJECTS: expected file:"),
        ({"PYXIU_OBJECTS": "file:folder"}, "PYXIU_OBJECTS: expected file:"),
        ({"PYXIU_OBJECTS": "s3://key:canary-token@bucket"}, "without credentials"),
        ({"PYXIU_OBJECTS": "s3://bucket?secret=canary-token"}, "unknown parameter 'secret'"),
        ({"PYXIU_TWILIO_AUTH_TOKEN": "canary-token"}, "PYXIU_TWILIO_ACCOUNT_SID, PYXIU_TWILIO_SENDER: needed"),
        ({**TWILIO, "PYXIU_TWILIO_API_URL": "http://example.com"}, "PYXIU_TWILIO_API_URL: expected https"),
        ({"PYXIU_DATA_STORAGE_TITLES": "notes,profile"}, "that we do not use, found 'profile'"),
        ({"PYXIU_DATA_STORAGE_TITLES": "Notes"}, "found 'Notes'"),
    ],
)
def test_what_cannot_be_used_is_named_without_its_secret(given: dict[str, str], found: str) -> None:
    with pytest.raises(KycSettingsError) as caught:
        read_kyc(given)
    assert found in str(caught.value)
    assert "canary-token" not in str(caught.value)
    with pytest.raises(SettingsError):
        load_settings(environment=given)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"PYXIU_CAPTCHA": "recaptcha"}, "PYXIU_CAPTCHA: there is no captcha 'recaptcha'; there are none, pow"),
        ({"PYXIU_OBJECTS": "ftp://x"}, "PYXIU_OBJECTS: there is no object store 'ftp'; there are file, s3"),
    ],
)
def test_what_nobody_offers_is_refused_with_what_there_is(tmp_path: Path, given: dict[str, str], found: str) -> None:
    with pytest.raises(SettingsError, match=found):
        plugged(tmp_path, **given)


def test_t73_the_providers_secret_is_in_no_repr() -> None:
    assert "canary-token" not in repr(load_settings(environment=TWILIO))
