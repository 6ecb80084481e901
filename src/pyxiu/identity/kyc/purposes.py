"""What personal fields are sealed for, and how they are found again.

Invariant: a value that is moved to another member's row or another column does not open there. Limit: equal values have
equal fingerprints, so whoever has the database sees that two members have one name, not which.
"""

from pyxiu.identity.ports import Sealer

PROFILE = "profile"
PHONE = "phone"
DOC_NUMBER = "doc_number"


def pii(user_id: int, field: str) -> str:
    """The purpose of a sealed personal field."""
    return f"pii:{user_id}:{field}"


def number_index(sealer: Sealer, number: str) -> tuple[bytes, ...]:
    """Of a phone number, E.164 without `+`; the first is what a new row gets."""
    return sealer.fingerprints(number.encode(), "pii:phone")


def name_index(sealer: Sealer, name: str, field: str) -> tuple[bytes, ...]:
    """Of a first or last name, whatever its case and spaces."""
    return sealer.fingerprints(" ".join(name.casefold().split()).encode(), f"pii:{field}")


def doc_number_index(sealer: Sealer, number: str) -> tuple[bytes, ...]:
    """Of a document's number, whatever its case and spaces."""
    return sealer.fingerprints("".join(number.casefold().split()).encode(), "pii:doc_number")
