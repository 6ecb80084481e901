"""The SQL of codes and approvals: totp_secrets, recovery_codes, factor_approvals.

Invariant: what may be used once is used by one UPDATE or DELETE whose condition is that it was not, so that of any
number of transactions one wins. Limit: passkeys are in `passkey_store.py`.
"""

import datetime
from collections.abc import Iterable
from typing import Final, NamedTuple

from sqlalchemy import Column, delete, false, func, insert, select, true, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.tables.accounts import users
from pyxiu.identity.tables.factors import factor_approvals, passkeys, recovery_codes, totp_secrets

#: Expired rows that go with one new one.
EXPIRED_MAX: Final = 100


class TotpSecret(NamedTuple):
    sealed: bytes
    enabled: bool


async def put_pending_totp(connection: AsyncConnection, user_id: int, sealed: bytes) -> bool:
    """A secret that is not in force yet, in place of an older such one; False when one is in force."""
    statement = upsert(totp_secrets).values(user_id=user_id, secret_sealed=sealed, enabled=False, last_step=0)
    statement = statement.on_conflict_do_update(
        index_elements=["user_id"],
        set_={"secret_sealed": sealed, "last_step": 0, "updated_at": func.now()},
        where=totp_secrets.c.enabled.is_(false()),
    )
    return (await connection.execute(statement.returning(totp_secrets.c.user_id))).first() is not None


async def find_totp(connection: AsyncConnection, user_id: int) -> TotpSecret | None:
    columns = (totp_secrets.c.secret_sealed, totp_secrets.c.enabled)
    row = (await connection.execute(select(*columns).where(totp_secrets.c.user_id == user_id))).first()
    return None if row is None else TotpSecret(row.secret_sealed, row.enabled)


async def enable_totp(connection: AsyncConnection, user_id: int, step: int) -> bool:
    """Put the pending secret in force and use up the code of `step`; False when it is in force already."""
    return await _use_step(connection, user_id, step, enabled=False)


async def use_totp_step(connection: AsyncConnection, user_id: int, step: int) -> bool:
    """Use up the codes up to `step`; False when they were."""
    return await _use_step(connection, user_id, step, enabled=True)


async def _use_step(connection: AsyncConnection, user_id: int, step: int, *, enabled: bool) -> bool:
    table = totp_secrets
    unused = (table.c.user_id == user_id, table.c.enabled.is_(enabled), table.c.last_step < step)
    statement = update(table).where(*unused).values(last_step=step, enabled=True, updated_at=func.now())
    return (await connection.execute(statement.returning(table.c.user_id))).first() is not None


async def delete_totp(connection: AsyncConnection, user_id: int) -> None:
    await connection.execute(delete(totp_secrets).where(totp_secrets.c.user_id == user_id))


async def lock_user(connection: AsyncConnection, user_id: int) -> None:
    """Until the end of the transaction, whoever else changes this user's factors or keys waits.

    Rows that refer to the user (an activity) can still be written meanwhile, by this or another transaction.
    """
    await connection.execute(select(users.c.id).where(users.c.id == user_id).with_for_update(key_share=True))


async def kinds_of(connection: AsyncConnection, user_id: int) -> tuple[bool, bool]:
    """Whether there is an enabled TOTP secret, and whether there is a passkey, active or flagged."""
    totp = select(true()).where(totp_secrets.c.user_id == user_id, totp_secrets.c.enabled.is_(true())).exists()
    passkey = select(true()).where(passkeys.c.user_id == user_id).exists()
    row = (await connection.execute(select(totp, passkey))).one()
    return bool(row[0]), bool(row[1])


async def replace_recovery_codes(connection: AsyncConnection, user_id: int, hashes: Iterable[bytes]) -> None:
    await delete_recovery_codes(connection, user_id)
    rows = [{"user_id": user_id, "code_hash": code_hash} for code_hash in hashes]
    await connection.execute(insert(recovery_codes), rows)


async def delete_recovery_codes(connection: AsyncConnection, user_id: int) -> None:
    await connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))


async def use_recovery_code(connection: AsyncConnection, user_id: int, code_hash: bytes) -> bool:
    table = recovery_codes
    unused = (table.c.user_id == user_id, table.c.code_hash == code_hash, table.c.used_at.is_(None))
    statement = update(table).where(*unused).values(used_at=func.now()).returning(table.c.user_id)
    return (await connection.execute(statement)).first() is not None


async def recovery_codes_left(connection: AsyncConnection, user_id: int) -> int:
    table = recovery_codes
    statement = select(func.count()).where(table.c.user_id == user_id, table.c.used_at.is_(None))
    return int((await connection.execute(statement)).scalar_one())


async def forget_expired(connection: AsyncConnection, key: Column[bytes], now: datetime.datetime) -> None:
    """Delete rows of `key`'s table that are past their `expires_at`; what another transaction deletes is left to it."""
    over = select(key).where(key.table.c.expires_at <= now).limit(EXPIRED_MAX).with_for_update(skip_locked=True)
    await connection.execute(delete(key.table).where(key.in_(over)))


class Approval(NamedTuple):
    token_hash: bytes
    user_id: int
    action: str
    factor: str
    bound_to: str
    expires_at: datetime.datetime


async def put_approval(connection: AsyncConnection, approval: Approval, now: datetime.datetime) -> None:
    """Keep an approval; those that nobody used in time go."""
    await forget_expired(connection, factor_approvals.c.token_hash, now)
    await connection.execute(insert(factor_approvals).values(approval._asdict()))


async def take_approval(connection: AsyncConnection, token_hash: bytes) -> Approval | None:
    """The approval of a token, which is gone with that."""
    table = factor_approvals
    row = (await connection.execute(delete(table).where(table.c.token_hash == token_hash).returning(table))).first()
    return None if row is None else Approval(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


async def hold_withdrawals(connection: AsyncConnection, user_id: int, until: datetime.datetime) -> None:
    """Withdrawals wait until then; what holds them longer already stays."""
    later = func.greatest(func.coalesce(users.c.withdraw_from, until), until)
    await connection.execute(update(users).where(users.c.id == user_id).values(withdraw_from=later))
