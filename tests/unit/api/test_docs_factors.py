"""The page about second factors names every action, every code and the limits that hold."""

from pathlib import Path

import pytest

from pyxiu.api.identity import api_keys, otp, passkey_login, passkeys, service_accounts
from pyxiu.api.identity.approvable import ACTIONS
from pyxiu.identity.factors.recovery_codes import COUNT
from pyxiu.identity.factors.settings import FactorSettings
from pyxiu.identity.settings import IdentitySettings

PAGE = (Path(__file__).parents[3] / "docs/api/second-factors.md").read_text(encoding="utf-8")
ENDPOINTS = [
    endpoint for module in (otp, passkeys, passkey_login, api_keys, service_accounts) for endpoint in module.ENDPOINTS
]
CODES = {code for endpoint in ENDPOINTS for codes in endpoint.errors.values() for code in codes}
#: Told elsewhere: what every flow can answer, and what a log-in can.
ELSEWHERE = ("server.", "record.", "identity.session.")


@pytest.mark.parametrize("code", sorted(code for code in CODES if not code.startswith(ELSEWHERE)))
def test_every_code_is_explained(code: str) -> None:
    prefix, _, word = code.rpartition(".")
    spellings = {code, word}
    if prefix == "resource.api_key":
        # The fields of a key are many; what is wrong with one has its name.
        spellings.add(f"{prefix}.{word.partition('_')[0]}_*")
    assert any(f"`{spelling}`" in PAGE for spelling in spellings)


@pytest.mark.parametrize("kind", sorted(ACTIONS))
def test_every_action_that_can_be_approved_is_named(kind: str) -> None:
    assert f"`{kind}`" in PAGE


def test_figures_are_those_of_the_code() -> None:
    knobs, words = FactorSettings(), {10: "Ten", 40: "forty"}
    assert (knobs.tries_window_s, knobs.challenge_s, knobs.approval_s) == (15 * 60, 2 * 60, 2 * 60)
    assert f"{words[knobs.tries]} wrong codes in a quarter of an hour, or {words[knobs.tries_a_day]} in a day" in PAGE
    assert f"{words[COUNT]}, made with the first factor" in PAGE
    assert f"an account has at most {knobs.passkeys_max}" in PAGE
    assert f"at most {IdentitySettings().api_keys_max} keys" in PAGE
    assert IdentitySettings().withdraw_cool_off_s == 24 * 3600
