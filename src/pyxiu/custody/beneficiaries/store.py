"""The SQL of beneficiaries and their PINs.

Invariant: what a beneficiary pays to is written once, sealed for its own row; a wrong PIN is counted in the statement
that looks at it. Limit: who may do what is decided by the use cases, which hold the member's lock.
"""

import datetime
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import RowMapping, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.beneficiaries.model import Beneficiary, BeneficiaryState, Details
from pyxiu.custody.beneficiaries.tables import beneficiaries, beneficiary_pins
from pyxiu.custody.withdrawals.ports import Sealer

INDEX_PURPOSE: Final = "beneficiary-index"
_details: Final = msgspec.json.Decoder(Details)
LIVE: Final = (BeneficiaryState.PENDING.value, BeneficiaryState.ACTIVE.value)


def data_purpose(beneficiary_id: int) -> str:
    """What the data of a beneficiary is sealed for."""
    return f"beneficiary:{beneficiary_id}"


def index_of(sealer: Sealer, details: Details) -> bytes:
    return sealer.fingerprint(details.key.encode(), INDEX_PURPOSE)


def reindexed(sealer: Any, opened: bytes) -> dict[str, bytes]:
    """The index that goes with sealed data, for the rotation of keys."""
    return {"data_index": index_of(sealer, _details.decode(opened))}


class NewBeneficiary(NamedTuple):
    uid: str
    currency: str
    network: str | None
    name: str
    description: str | None
    details: Details
    internal_uid: str | None
    sent_at: datetime.datetime


async def insert_beneficiary(connection: AsyncConnection, sealer: Sealer, new: NewBeneficiary) -> Beneficiary:
    values = new._asdict()
    details = values.pop("details")
    values |= {"data_index": index_of(sealer, details), "created_at": new.sent_at, "updated_at": new.sent_at}
    # What is sealed is bound to its row's number, which comes with the row.
    statement = insert(beneficiaries).values(data_sealed=b"", **values).returning(beneficiaries.c.id)
    beneficiary_id: int = (await connection.execute(statement)).scalar_one()
    sealed = sealer.seal(msgspec.json.encode(details), data_purpose(beneficiary_id))
    await change(connection, beneficiary_id, data_sealed=sealed)
    found = await find(connection, sealer, beneficiary_id)
    assert found is not None, beneficiary_id
    return found


async def find(
    connection: AsyncConnection, sealer: Sealer, beneficiary_id: int, *, uid: str | None = None
) -> Beneficiary | None:
    """One, of this member only where a uid is given."""
    query = select(beneficiaries).where(beneficiaries.c.id == beneficiary_id)
    if uid is not None:
        query = query.where(beneficiaries.c.uid == uid)
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else _opened(sealer, row)


async def list_of(  # noqa: PLR0913 - what one may want to see is told apart by name
    connection: AsyncConnection,
    sealer: Sealer,
    uid: str,
    *,
    currency: str | None = None,
    network: str | None = None,
    state: str | None = None,
    limit: int,
    offset: int,
) -> tuple[list[Beneficiary], int]:
    """Those that are not archived, the oldest first, and how many there are."""
    where = [beneficiaries.c.uid == uid, beneficiaries.c.state.in_(LIVE)]
    wanted = {"currency": currency, "network": network, "state": state}
    where += [beneficiaries.c[name] == value for name, value in wanted.items() if value is not None]
    total = (await connection.execute(select(func.count()).select_from(beneficiaries).where(*where))).scalar_one()
    query = select(beneficiaries).where(*where).order_by(beneficiaries.c.id).limit(limit).offset(offset)
    return [_opened(sealer, row) for row in (await connection.execute(query)).mappings()], total


async def count_live(connection: AsyncConnection, uid: str) -> int:
    where = (beneficiaries.c.uid == uid, beneficiaries.c.state.in_(LIVE))
    count: int = (await connection.execute(select(func.count()).select_from(beneficiaries).where(*where))).scalar_one()
    return count


async def pins_since(connection: AsyncConnection, uid: str, since: datetime.datetime) -> int:
    """How many entries, archived ones too, a member was sent a PIN for since then."""
    where = (beneficiaries.c.uid == uid, beneficiaries.c.sent_at > since)
    count: int = (await connection.execute(select(func.count()).select_from(beneficiaries).where(*where))).scalar_one()
    return count


async def has_same(
    connection: AsyncConnection, uid: str, currency: str, network: str | None, indexes: Sequence[bytes]
) -> bool:
    """Whether the member has an entry for the same address or account already."""
    where = (
        beneficiaries.c.uid == uid,
        beneficiaries.c.currency == currency,
        beneficiaries.c.network.is_(None) if network is None else beneficiaries.c.network == network,
        beneficiaries.c.data_index.in_(list(indexes)),
        beneficiaries.c.state.in_(LIVE),
    )
    return (await connection.execute(select(beneficiaries.c.id).where(*where).limit(1))).first() is not None


async def owner_of(connection: AsyncConnection, network: str, destination: str) -> str | None:
    """Whose destination it is on this platform: a uid, or a wallet of ours."""
    query = text("SELECT owner FROM chain_destinations WHERE network = :network AND destination = :destination")
    found: str | None = (
        await connection.execute(query, {"network": network, "destination": destination})
    ).scalar_one_or_none()
    return found


async def change(connection: AsyncConnection, beneficiary_id: int, **values: Any) -> None:
    await connection.execute(update(beneficiaries).where(beneficiaries.c.id == beneficiary_id).values(values))


async def put_pin(
    connection: AsyncConnection, beneficiary_id: int, pin_hash: bytes, expires_at: datetime.datetime
) -> None:
    """The one PIN that counts from now on."""
    values: dict[str, Any] = {"pin_hash": pin_hash, "tries": 0, "expires_at": expires_at}
    statement = upsert(beneficiary_pins).values(beneficiary_id=beneficiary_id, **values)
    again = {**values, "pins_sent": beneficiary_pins.c.pins_sent + 1}
    await connection.execute(statement.on_conflict_do_update(index_elements=["beneficiary_id"], set_=again))


async def pins_sent(connection: AsyncConnection, beneficiary_id: int) -> int:
    query = select(beneficiary_pins.c.pins_sent).where(beneficiary_pins.c.beneficiary_id == beneficiary_id)
    sent: int | None = (await connection.execute(query)).scalar_one_or_none()
    return sent or 0


class Pin(NamedTuple):
    """`tries` counts the one that is being made."""

    pin_hash: bytes
    tries: int
    expires_at: datetime.datetime


async def try_pin(connection: AsyncConnection, beneficiary_id: int) -> Pin | None:
    """Count a try of the PIN, whatever comes of it."""
    table = beneficiary_pins
    statement = (
        update(table)
        .where(table.c.beneficiary_id == beneficiary_id)
        .values(tries=table.c.tries + 1)
        .returning(table.c.pin_hash, table.c.tries, table.c.expires_at)
    )
    row = (await connection.execute(statement)).first()
    return None if row is None else Pin(bytes(row.pin_hash), row.tries, row.expires_at)


async def drop_pin(connection: AsyncConnection, beneficiary_id: int) -> None:
    await connection.execute(delete(beneficiary_pins).where(beneficiary_pins.c.beneficiary_id == beneficiary_id))


def _opened(sealer: Sealer, row: RowMapping) -> Beneficiary:
    names = [name for name in Beneficiary.__struct_fields__ if name not in {"details", "state"}]
    details = _details.decode(sealer.open(bytes(row["data_sealed"]), data_purpose(row["id"])))
    state = BeneficiaryState(row["state"])
    return Beneficiary(details=details, state=state, **{name: row[name] for name in names})
