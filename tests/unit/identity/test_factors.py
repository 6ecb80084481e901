"""The pure parts of second factors: codes, recovery codes, the hash of an action."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyxiu.identity.factors.actions import action_hash
from pyxiu.identity.factors.model import FactorProof
from pyxiu.identity.factors.recovery_codes import COUNT, code_hash, new_codes
from pyxiu.identity.factors.totp import PERIOD_S, clean_code, code_at, matching_step, new_secret, provisioning_url

#: Of RFC 6238, appendix B: the SHA-1 secret in base32, and the last six digits of the table's codes.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_CODES = [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924")]


@pytest.mark.parametrize(("moment", "code"), RFC_CODES)
def test_codes_are_those_of_the_standard(moment: int, code: str) -> None:
    assert code_at(RFC_SECRET, moment) == code
    assert matching_step(RFC_SECRET, code, moment) == moment // PERIOD_S


def test_a_code_matches_one_period_to_either_side_and_no_further() -> None:
    secret, now = new_secret(), 1_790_000_000
    code = code_at(secret, now)
    for periods in (-1, 0, 1):
        assert matching_step(secret, code, now + periods * PERIOD_S) == now // PERIOD_S
    for periods in (-3, 3):
        assert matching_step(secret, code, now + periods * PERIOD_S) != now // PERIOD_S


def test_secrets_are_160_random_bits() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(len(secret) * 5 == 160 for secret in secrets)


def test_the_address_for_the_app_holds_the_secret_as_front_ends_look_for_it() -> None:
    url = provisioning_url(RFC_SECRET, issuer="Pyxiu", account="a+b@example.com")
    assert url.startswith("otpauth://totp/Pyxiu:a%2Bb%40example.com?")
    assert f"secret={RFC_SECRET}" in url
    assert "issuer=Pyxiu" in url


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "12345a", "\uff11\uff12\uff13\uff14\uff15\uff16", "-12345", "123\n456x"]
)
def test_what_can_be_no_code_is_none(typed: str) -> None:
    assert clean_code(typed) is None


def test_a_code_may_have_spaces() -> None:
    assert clean_code(" 123 456 ") == "123456"


def test_recovery_codes_are_ten_and_read_however_they_are_typed() -> None:
    codes = new_codes()
    assert len(set(codes)) == COUNT
    assert not set("".join(codes)) & set("ilo1")
    for code in codes:
        hashed = code_hash(code, 7)
        assert hashed is not None
        assert hashed == code_hash(code.upper().replace("-", ""), 7) == code_hash(f" {code.replace('-', ' ')}", 7)
        assert hashed != code_hash(code, 8)


@pytest.mark.parametrize("typed", ["", "abcd", "abcd-efgh-jkmn-pqr1", "abcd-efgh-jkmn-pqrst"])
def test_what_can_be_no_recovery_code_is_none(typed: str) -> None:
    assert code_hash(typed, 7) is None


FIELDS = st.dictionaries(
    st.sampled_from(["amount", "address", "id"]),
    st.one_of(st.text(max_size=5), st.integers(), st.booleans(), st.none()),
)


@given(FIELDS, FIELDS)
def test_s2_two_actions_have_one_hash_only_if_they_are_the_same(
    one: dict[str, str | int | bool | None], other: dict[str, str | int | bool | None]
) -> None:
    same = {name: (type(value), value) for name, value in one.items()} == {
        name: (type(value), value) for name, value in other.items()
    }
    assert (action_hash("x", **one) == action_hash("x", **other)) is same
    assert action_hash("x", **one) != action_hash("y", **one)


def test_an_actions_hash_does_not_depend_on_the_order_of_its_fields() -> None:
    assert action_hash("x", a="1", b=["2", "3"]) == action_hash("x", b=["2", "3"], a="1")
    assert action_hash("x", b=["2", "3"]) != action_hash("x", b=["3", "2"])


def test_a_proof_does_not_show_what_it_holds() -> None:
    assert repr(FactorProof("123456", "abcd", {"id": "secret"})) == "FactorProof(otp_code, recovery_code, assertion)"
    assert not FactorProof()
    assert not FactorProof(otp_code="")
