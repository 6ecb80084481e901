"""Alarms of payouts: raised with what is wrong, cleared when it is not any more.

Invariant: one open alarm a network and kind. Limit: who looks at alarms is `pyxiu chain status` and the metrics.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.store import clear_alarm, raise_alarm

TEXT_MAX = 2_000


async def settle_alarm(connection: AsyncConnection, network: str, kind: str, told: str) -> None:
    """Raise it with a text, clear it with none."""
    if told:
        await raise_alarm(connection, network, kind, told[:TEXT_MAX])
    else:
        await clear_alarm(connection, network, kind)


async def open_texts(connection: AsyncConnection, network: str) -> dict[str, str]:
    """What is wrong on a network now, by kind."""
    rows = await connection.execute(
        text("SELECT kind, text FROM chain_alarms WHERE network = :network AND cleared_at IS NULL ORDER BY kind"),
        {"network": network},
    )
    return {row.kind: row.text for row in rows}


async def open_kinds(connection: AsyncConnection, network: str, prefix: str) -> set[str]:
    """The open alarms of a network whose kinds begin so."""
    rows = await connection.execute(
        text(
            "SELECT kind FROM chain_alarms "
            "WHERE network = :network AND cleared_at IS NULL AND starts_with(kind, :prefix)"
        ),
        {"network": network, "prefix": prefix},
    )
    return {row.kind for row in rows}
