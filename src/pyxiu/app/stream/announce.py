"""Deposits, withdrawals and deposit addresses on their members' streams, from the events of the outbox.

Invariant: what is told here is in the tables that the HTTP API reads already, since the event is committed with it.
Limit: only what happens while somebody listens; the past is the HTTP API's to tell.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec
import structlog

from pyxiu.app.stream.events import DepositAddressEvent, DepositEvent, WithdrawEvent
from pyxiu.core.types import MemberId
from pyxiu.storage.outbox_tail import OutboxTail, TailedEvent
from pyxiu.stream.names import Private
from pyxiu.stream.ports import Announce

log = structlog.get_logger(__name__)


class OutboxAnnouncements:
    """`stream.ports.Announcements`."""

    def __init__(self, dsn: str) -> None:
        self._tail = OutboxTail(dsn, list(PAYLOADS), name="stream")

    async def run(self, announce: Announce) -> None:
        def tell(event: TailedEvent) -> None:
            stream, payload_of = PAYLOADS[event.event]
            try:
                announce(MemberId(event.record["uid"]), stream, payload_of(event.record))
            except (KeyError, TypeError) as error:
                # Without a traceback: the record is personal.
                log.error("announcement_failed", kind=event.event, id=event.id, error=repr(error))  # noqa: TRY400

        await self._tail.run(tell)

    async def following(self) -> None:
        """Until whatever is committed from then on will be announced."""
        await self._tail.following.wait()


def deposit_event(record: dict[str, Any]) -> DepositEvent:
    on_chain = record.get("blockchain_key") is not None
    return DepositEvent(
        id=record["id"],
        tid=record["tid"],
        currency=record["currency"],
        amount=record["amount"],
        fee=record["fee"],
        txid=record.get("blockchain_txid"),
        state=record["state"],
        transfer_type=record["transfer_type"],
        created_at=record["created_at"],
        completed_at=record.get("completed_at"),
        blockchain_key=record.get("blockchain_key"),
        confirmations=record.get("blockchain_confirmations", 0) if on_chain else msgspec.UNSET,
    )


def withdraw_event(record: dict[str, Any]) -> WithdrawEvent:
    """`amount` is what leaves the balance, as over HTTP; the record's own is what arrives."""
    on_chain = record.get("blockchain_key") is not None
    return WithdrawEvent(
        id=record["id"],
        tid=record["tid"],
        currency=record["currency"],
        type="coin" if on_chain else "fiat",
        amount=record["sum"],
        fee=record["fee"],
        blockchain_txid=record.get("blockchain_txid"),
        rid=record["rid"],
        state=record["state"],
        note=record.get("note"),
        transfer_type=record["transfer_type"],
        created_at=record["created_at"],
        updated_at=record["updated_at"],
        done_at=record.get("done_at"),
        blockchain_key=record.get("blockchain_key"),
        confirmations=record.get("blockchain_confirmations", 0) if on_chain else msgspec.UNSET,
    )


def deposit_address_event(record: dict[str, Any]) -> DepositAddressEvent:
    return DepositAddressEvent(
        type="create",
        currencies=record["currencies"],
        address=record["address"],
        state=record["state"],
        blockchain_key=record["blockchain_key"],
    )


#: By event: the stream that tells of it, and what it tells.
PAYLOADS: Final[dict[str, tuple[Private, Callable[[dict[str, Any]], Any]]]] = {
    "model.deposit.created": (Private.DEPOSIT, deposit_event),
    "model.deposit.updated": (Private.DEPOSIT, deposit_event),
    "model.withdraw.created": (Private.WITHDRAW, withdraw_event),
    "model.withdraw.updated": (Private.WITHDRAW, withdraw_event),
    "model.deposit_address.created": (Private.DEPOSIT_ADDRESS, deposit_address_event),
}
