"""What members send about themselves: valid fields, or what is wrong with which."""

import datetime

import phonenumbers
import pytest

from pyxiu.identity.kyc.countries import COUNTRIES, alpha_2
from pyxiu.identity.kyc.model import InvalidFields, ProfileFields
from pyxiu.identity.kyc.parse_number import parse_number
from pyxiu.identity.kyc.read_fields import missing_fields, parse_date, read_address, read_document, read_profile
from tests.support.kyc import DOCUMENT, PROFILE

TODAY = datetime.date(2026, 11, 25)


def profile(**changes: str | None) -> ProfileFields | InvalidFields:
    return read_profile({**PROFILE, **changes}, today=TODAY)


def findings(read: object) -> list[tuple[str, str]]:
    assert isinstance(read, InvalidFields), read
    return list(read.findings)


def test_a_whole_profile_is_read() -> None:
    read = profile(metadata='{"nationality": "FR"}')
    assert isinstance(read, ProfileFields)
    assert read.dob == datetime.date(1990, 10, 29)
    assert read.country == "FR"
    assert read.metadata == '{"nationality": "FR"}'
    assert missing_fields(read) is None


def test_a_draft_may_lack_anything_and_a_submission_nothing() -> None:
    read = read_profile({"first_name": "Ada", "city": "  "}, today=TODAY)
    assert isinstance(read, ProfileFields)
    assert findings(missing_fields(read)) == [
        (field, "missing") for field in ("last_name", "dob", "address", "postcode", "city", "country")
    ]


@pytest.mark.parametrize("name", ["Jean-Luc", "O'Neill", "O\u2019Neill", "Łukasz", "李小龍", "नरेन्द्र", "Ada Lovelace 2"])
def test_names_of_all_scripts_are_taken(name: str) -> None:
    read = profile(first_name=name)
    assert isinstance(read, ProfileFields)
    assert read.first_name == name


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "Robert'); DROP TABLE users;--", "{{7*7}}", "=1+1", "a\nb", "a\0b", "a@b"]
)
def test_t71_markup_is_no_name(name: str) -> None:
    assert ("last_name", "invalid") in findings(profile(last_name=name))


def test_all_findings_are_told_at_once() -> None:
    read = profile(first_name="x" * 256, dob="2026-11-26", country="Atlantis", city="a\x07b", metadata="[1]")
    assert set(findings(read)) == {
        ("first_name", "too_long"),
        ("dob", "in_future"),
        ("country", "invalid"),
        ("city", "invalid"),
        ("metadata", "invalid"),
    }


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1990-10-29", datetime.date(1990, 10, 29)),
        ("29/10/1990", datetime.date(1990, 10, 29)),
        ("1990-02-30", None),
        ("1990-1-1", None),
        ("\u0662\u0660\u0660\u0660-\u0660\u0661-\u0660\u0661", None),
        ("19901029", None),
        ("0000-01-01", None),
    ],
)
def test_dates_have_two_forms(text: str, date: datetime.date | None) -> None:
    assert parse_date(text) == date


def test_documents_have_known_types_numbers_and_a_future() -> None:
    good = read_document({**DOCUMENT, "doc_type": "passport"}, today=TODAY, expiry_required=True)
    assert not isinstance(good, InvalidFields)
    assert good.doc_type == "Passport"
    bad = read_document(
        {"doc_type": "Library card", "doc_number": "<b>", "doc_expire": "2020-01-01", "doc_category": "left"},
        today=TODAY,
        expiry_required=True,
    )
    assert set(findings(bad)) == {
        ("doc_type", "invalid"),
        ("doc_number", "invalid"),
        ("doc_expire", "expired"),
        ("doc_category", "invalid"),
    }
    assert findings(read_document({}, today=TODAY, expiry_required=True)) == [
        (field, "missing") for field in ("doc_type", "doc_number", "doc_expire")
    ]
    without = {name: text for name, text in DOCUMENT.items() if name != "doc_expire"}
    assert not isinstance(read_document(without, today=TODAY, expiry_required=False), InvalidFields)
    assert not isinstance(
        read_document({**DOCUMENT, "doc_expire": "2026-11-25"}, today=TODAY, expiry_required=True), InvalidFields
    )


def test_an_address_is_a_document_of_its_own_type() -> None:
    read = read_address({"address": "10 Rue <b>", "city": "Paris", "postcode": "75001", "country": "fr"})
    assert not isinstance(read, InvalidFields)
    assert (read.doc_type, read.doc_number) == ("Address", "10 Rue <b>")
    assert read.metadata == '{"city":"Paris","postcode":"75001","country":"FR"}'
    assert findings(read_address({"country": "XX"})) == [
        ("address", "missing"),
        ("city", "missing"),
        ("postcode", "missing"),
        ("country", "invalid"),
    ]


def test_countries_are_those_of_the_telephone_plans_and_more() -> None:
    # AC and TA are islands with a plan of their own and no code of ISO's.
    assert set(phonenumbers.SUPPORTED_REGIONS) - {"AC", "TA"} <= COUNTRIES
    assert (alpha_2("deu"), alpha_2(" DE "), alpha_2("xx"), alpha_2("")) == ("DE", "DE", None, None)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("+49 151 12345678", "4915112345678"),
        ("4915112345678", "4915112345678"),
        ("+1 (212) 555-2368", "12125552368"),
        ("+4915112345678;ext=5", None),
        ("+49", None),
        ("0151 12345678", None),
        ("+999123456789", None),
        ("+1 212 555 23681234", None),
        ("call me", None),
        ("", None),
        ("+" + "4" * 40, None),
        ("+49\x0015112345678", None),
    ],
)
def test_numbers_are_of_a_countrys_plan(text: str, digits: str | None) -> None:
    found = parse_number(text)
    assert (found and found.digits) == digits
