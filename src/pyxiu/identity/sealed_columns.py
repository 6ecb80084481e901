"""Every column of identity that holds sealed values: what the rotation of keys has to go through.

Invariant: a test compares this with the tables, so that no sealed column is forgotten. Limit: sealed tokens inside the
outbox are not here; they are of no use after some hours, before the key they need may be dropped.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Table

from pyxiu.identity.api_keys.model import key_purpose
from pyxiu.identity.factors.check_factor import totp_purpose
from pyxiu.identity.kyc.profile_store import name_indexes
from pyxiu.identity.kyc.purposes import DOC_NUMBER, PHONE, PROFILE, doc_number_index, number_index, pii
from pyxiu.identity.ports import Sealer
from pyxiu.identity.tables.factors import api_keys, totp_secrets
from pyxiu.identity.tables.kyc import documents, phones, profiles

Row = Mapping[Any, Any]


class SealedColumn(NamedTuple):
    """`purpose` gives what a row's value is sealed for, `indexes` the fingerprints that go with an opened value."""

    table: Table
    column: str
    purpose: Callable[[Row], str]
    indexes: Callable[[Sealer, bytes], dict[str, Any]] = lambda _sealer, _opened: {}

    @property
    def name(self) -> str:
        return f"{self.table.name}.{self.column}"


SEALED_COLUMNS: Final = (
    SealedColumn(profiles, "personal", lambda row: pii(row["user_id"], PROFILE), name_indexes),
    SealedColumn(
        phones,
        "number",
        lambda row: pii(row["user_id"], PHONE),
        lambda sealer, opened: {"number_index": number_index(sealer, opened.decode())[0]},
    ),
    SealedColumn(
        documents,
        "doc_number",
        lambda row: pii(row["user_id"], DOC_NUMBER),
        lambda sealer, opened: {"doc_number_index": doc_number_index(sealer, opened.decode())[0]},
    ),
    SealedColumn(totp_secrets, "secret_sealed", lambda row: totp_purpose(row["user_id"])),
    SealedColumn(api_keys, "secret_sealed", lambda row: key_purpose(row["kid"])),
)
