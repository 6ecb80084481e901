"""The domain and the pages of passkeys follow from where this instance is reached."""

from pathlib import Path

import pytest

from pyxiu.app.identity_services import factor_settings
from pyxiu.app.settings import load_settings
from pyxiu.identity.factors.settings import FactorSettings
from pyxiu.kit.errors import PermanentError


def of(**environment: str) -> FactorSettings:
    return factor_settings(load_settings(home=Path("/nowhere"), environment=environment))


def test_on_this_machine_they_belong_to_localhost() -> None:
    knobs = of(PYXIU_PORT="8001")
    assert (knobs.rp_id, knobs.origins) == ("localhost", ("http://localhost:8001",))


def test_they_belong_to_the_host_of_the_public_address_and_work_on_the_other_front_ends_too() -> None:
    knobs = of(
        PYXIU_PUBLIC_URL="https://trade.example.com",
        PYXIU_CORS_ORIGINS="https://pro.example.com",
        PYXIU_PASSKEY_DOMAIN="example.com",
    )
    assert knobs.rp_id == "example.com"
    assert knobs.origins == ("https://trade.example.com", "https://pro.example.com")
    assert of(PYXIU_PUBLIC_URL="https://trade.example.com").rp_id == "trade.example.com"


@pytest.mark.parametrize("domain", ["example.org", "rade.example.com", "x.trade.example.com", "."])
def test_a_domain_that_is_not_above_the_public_host_is_refused(domain: str) -> None:
    with pytest.raises(PermanentError, match="PYXIU_PASSKEY_DOMAIN"):
        of(PYXIU_PUBLIC_URL="https://trade.example.com", PYXIU_PASSKEY_DOMAIN=domain)
