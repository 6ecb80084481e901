"""Every column of every context that holds sealed values: what the rotation of keys goes through.

Limit: each context's own table of them is held against its tables by a test.
"""

from typing import Final

from pyxiu.custody.beneficiaries.store import data_purpose, reindexed
from pyxiu.custody.beneficiaries.tables import beneficiaries
from pyxiu.identity.sealed_columns import SEALED_COLUMNS, SealedColumn

ALL_SEALED_COLUMNS: Final = (
    *SEALED_COLUMNS,
    SealedColumn(beneficiaries, "data_sealed", lambda row: data_purpose(row["id"]), reindexed),
)
