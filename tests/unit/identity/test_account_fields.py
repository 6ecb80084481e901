"""What users write about themselves: one spelling of an address, names and data that fit, passwords that hold."""

import json
from typing import Any

import pytest
from zxcvbn import matching

from pyxiu.identity.accounts.fields import Invalid, clean_data, clean_email, clean_username, language_of, lookup_email
from pyxiu.identity.accounts.password_strength import (
    LENGTH_MAX,
    REQUIREMENTS,
    SPELLINGS_MAX,
    WEAK,
    entropy_of,
    password_problem,
    words_about,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Alice@Example.COM", "alice@example.com"),
        ("a+tag@example.com", "a+tag@example.com"),
        ("a@exämple.com", "a@xn--exmple-cua.com"),
        ("trader@demo.example", "trader@demo.example"),
        ("a@example.test", "a@example.test"),
    ],
)
def test_an_address_has_one_spelling(typed: str, kept: str) -> None:
    assert clean_email(typed) == kept
    assert lookup_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "a",
        "a@b",
        "a@@example.com",
        "a b@example.com",
        "a@example.com\r\nBcc: b@example.com",
        "a@[127.0.0.1]",
        '"a b"@example.com',
        "\u0430lice@example.com",
        "\ud800@example.com",
        f"{'a' * 250}@example.com",
        "<script>@example.com",
        "' OR 1=1 --@example.com",
    ],
)
def test_t71_what_is_no_address_is_refused_and_looked_up_as_nobody(typed: str) -> None:
    assert clean_email(typed) == Invalid("email.invalid")
    assert lookup_email(typed) == ""


def test_usernames_are_four_to_twelve_letters_and_digits() -> None:
    assert clean_username("Satoshi1") == "satoshi1"
    assert clean_username("abc") == Invalid("username.too_short")
    assert clean_username("a" * 13) == Invalid("username.too_long")
    for odd in ("with space", "naïve", "a<b>c", "under_score"):
        assert clean_username(odd) == Invalid("username.invalid")


def test_data_is_an_object_of_limited_length() -> None:
    assert clean_data('{"language":"en"}') == '{"language":"en"}'
    for odd in ("", "[]", "1", "null", "{", '{"a":NaN}', "[" * 1000, '{"a":"\x00"}'):
        assert clean_data(odd) == Invalid("data.invalid_format"), odd
    assert clean_data(json.dumps({"a": "b" * 1024})) == Invalid("data.too_long")


def test_the_language_is_taken_from_data_only_where_it_can_be_one() -> None:
    assert language_of('{"language":"RU"}') == "ru"
    assert language_of('{"language":"pt-br"}') == "pt-br"
    for odd in (None, "{}", '{"language":7}', '{"language":"../../etc"}', '{"language":"english"}', "["):
        assert language_of(odd) is None


def problem(password: str, *known: str) -> str | None:
    return password_problem(password, length_min=8, entropy_min=26, known=known)


def test_short_overlong_and_unprintable_passwords_break_the_requirements() -> None:
    for odd in ("", "Xk7!pQz", "a" * (LENGTH_MAX + 1), "Kq7-vulture\n", "\ud800" * 10):
        assert problem(odd) == REQUIREMENTS


@pytest.mark.parametrize(
    "guessable", ["password", "Password1!", "qwertyuiop", "aaaaaaaaaaaaaaaa", "12345678", "abcABC123"]
)
def test_guessable_passwords_are_weak_however_many_kinds_of_letters_they_have(guessable: str) -> None:
    assert problem(guessable) == WEAK


def test_random_passwords_and_long_phrases_will_do() -> None:
    for good in ("ZahSh8ei", "Kq7-vulture-Marsh", "correct horse battery staple", "пароль-из-четырёх-слов"):
        assert problem(good) is None, good


def test_what_is_known_of_the_user_makes_a_password_weaker() -> None:
    assert entropy_of("bartholomew77@mail", words_about("bartholomew77@mail.example")) < entropy_of(
        "bartholomew77@mail"
    )
    assert problem("Bartholomew77", *words_about("bartholomew77@example.com")) == WEAK


#: Some seven hundred readings of its signs as letters.
SIGNS = "1|!il7+t$5s0oO(c{[<@4a8b9g6&#%xX2z3eE1|!"


@pytest.mark.parametrize("password", [SIGNS, SIGNS[:20] * 2, "({[<1|!7+@4$5269" * 3, "1|7!+(" * 7])
def test_judging_a_password_takes_few_passes_whatever_is_written_in_it(
    password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look into the lists of words costs as much as the text is long."""
    passes = 0
    look = matching.dictionary_match

    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal passes
        passes += 1
        return look(*arguments, **named)

    monkeypatch.setattr(matching, "dictionary_match", counted)
    assert entropy_of(password) > 0
    assert passes <= 2 * (SPELLINGS_MAX + 3), "of the text, and of what is repeated in it"


@pytest.mark.parametrize("part", ["password", "qwertyuiop", "20240101", "!@#$%^&*()", "abcdefgh", "bartholomew"])
def test_many_signs_hide_nothing_that_is_weak(part: str) -> None:
    known, signs = words_about("bartholomew@example.com"), "({[<1|!7+"
    at_random = "kvxwzqjhrmb"[: len(part)]
    assert entropy_of(part + signs, known) <= entropy_of(at_random + signs, known) - 5
