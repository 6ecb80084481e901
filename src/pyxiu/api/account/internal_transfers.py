"""/account/internal_transfers: from one member to another, at once and without a fee.

Invariant: gated, limited and proved as withdrawals are. Limit: who has sent to whom is told to these two only.
"""

from typing import Annotated, Any, Final

import msgspec

from pyxiu.api import errors
from pyxiu.api.account.levels import WITHDRAW_NOT_PERMITTED, require_withdraw_level
from pyxiu.api.account.proving import PROOF_FIELDS, CallProver, member_of, otp_codes, otp_findings, proof_error
from pyxiu.api.account.wanted_currency import UNKNOWN_CURRENCY, wanted_currency
from pyxiu.api.account.withdraw_body import AMOUNT_REASONS, TRANSFER, TransferBody, transfer_order
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint, paginated
from pyxiu.api.errors import ApiError, WireError, refuse_for
from pyxiu.api.pagination import Paged, page_headers
from pyxiu.api.params import Choice, Text, Words
from pyxiu.api.wire.internal_transfers import InternalTransferEntity, internal_transfer_entity
from pyxiu.custody.transfers.model import InternalTransfer, TransferState
from pyxiu.custody.transfers.store import list_of
from pyxiu.custody.transfers.transfer_funds import transfer_funds
from pyxiu.custody.withdrawals.ports import Proved
from pyxiu.custody.withdrawals.refusals import Refusal, Refused

CODES: Final = {
    Refusal.DISABLED: WireError(422, f"{TRANSFER}.disabled_api"),
    Refusal.NOT_PERMITTED: WITHDRAW_NOT_PERMITTED,
    Refusal.CURRENCY: UNKNOWN_CURRENCY,
    Refusal.CURRENCY_DISABLED: WireError(422, "account.currency.withdrawal_disabled"),
    Refusal.RECEIVER_UNKNOWN: WireError(422, f"{TRANSFER}.receiver_not_found"),
    # Spelt as the wire has always spelt it.
    Refusal.RECEIVER_IS_SENDER: WireError(422, f"{TRANSFER}.can_not_tranfer_to_yourself"),
    Refusal.AMOUNT: WireError(422, f"{TRANSFER}.invalid_amount"),
    Refusal.CLIENT_ID_REUSED: WireError(422, f"{TRANSFER}.client_transfer_id_reused"),
    Refusal.COOL_OFF: WireError(422, f"{TRANSFER}.cooling_off"),
    Refusal.FROZEN: WireError(422, f"{TRANSFER}.frozen"),
    Refusal.UNRIPE: WireError(422, f"{TRANSFER}.funds_not_confirmed"),
    Refusal.OVER_LIMIT: WireError(422, f"{TRANSFER}.over_limit"),
    Refusal.INSUFFICIENT_BALANCE: WireError(422, f"{TRANSFER}.insufficient_balance"),
}
_FORM_CODES: Final = (
    *otp_codes(TRANSFER),
    *(f"{TRANSFER}.{reason}" for reason in AMOUNT_REASONS),
    f"{TRANSFER}.missing_currency",
    f"{TRANSFER}.missing_username_or_uid",
    f"{TRANSFER}.invalid_client_transfer_id",
)
_PROPERTIES: Final[dict[str, Any]] = {
    **PROOF_FIELDS,
    "currency": {"type": "string", "description": "The code."},
    "amount": {"type": ["string", "number"]},
    "username_or_uid": {"type": "string", "description": "Who gets it."},
    "client_transfer_id": {
        "type": "string",
        "pattern": "^[A-Za-z0-9._:-]{1,64}$",
        "description": "Your own id: sent again it has no further effect. Passkeys and approvals need one.",
    },
}


class TransfersQuery(Paged, frozen=True):
    currency: Annotated[str | None, Text("account.currency.doesnt_exist", "Only transfers of this currency.")] = None
    state: Annotated[
        tuple[str, ...] | None,
        Words(f"{TRANSFER}.invalid_state", "Only transfers in this state.", tuple(state for state in TransferState)),
    ] = None
    sender: Annotated[
        str | None, Choice(("true", "false", "in", "out"), f"{TRANSFER}.invalid_sender", "Only what you sent, or got.")
    ] = None


@endpoint(
    "GET",
    "/account/internal_transfers",
    tag="Account",
    private=True,
    query=TransfersQuery,
    returns=list[InternalTransferEntity],
    headers=paginated(),
    errors={422: ("account.currency.doesnt_exist", f"{TRANSFER}.invalid_state", f"{TRANSFER}.invalid_sender")},
)
async def list_transfers(call: Call[TransfersQuery]) -> Reply:
    """Transfers between you and other members, the newest first."""
    query = call.query
    currency = await wanted_currency(call, query.currency)
    async with call.custody.database.connect() as connection:
        rows, total = await list_of(
            connection,
            call.uid,
            currency=currency,
            states=query.state,
            sent=None if query.sender is None else query.sender in {"true", "out"},
            limit=query.limit,
            offset=(query.page - 1) * query.limit,
        )
    headers = page_headers(limit=query.limit, page=query.page, total=total)
    return Reply(await _shown(call, rows), headers=headers)


@endpoint(
    "POST",
    "/account/internal_transfers",
    tag="Account",
    private=True,
    scope="transfer",
    status=201,
    body=TransferBody,
    body_schema={
        "type": "object",
        "properties": _PROPERTIES,
        "required": ["currency", "amount", "username_or_uid"],
        "examples": [{"otp": "012345", "currency": "ltc", "amount": "1.5", "username_or_uid": "alice"}],
    },
    returns=InternalTransferEntity,
    errors={
        403: (WITHDRAW_NOT_PERMITTED.code,),
        422: (*_FORM_CODES, *(error.code for error in CODES.values() if error.status == 422)),
        429: (errors.TOO_MANY_REQUESTS.code,),
    },
)
async def send(call: Call[NoQuery]) -> Reply:
    """Send funds to another member. They are there when the answer is; the way back is another transfer."""
    require_withdraw_level(call)
    fields = msgspec.structs.asdict(call.body)
    order = await transfer_order(call, fields, otp_findings(call.body, TRANSFER))
    made = await transfer_funds(call.custody, await member_of(call), order, CallProver(call, "transfer"))
    if isinstance(made, Refused):
        raise transfer_refusal_of(made)
    if isinstance(made, Proved):
        raise proof_error(made, TRANSFER)
    if made.moved_seq is not None:
        call.edge.freshness.told(made.sender_uid, made.moved_seq)
        call.edge.freshness.told(made.receiver_uid, made.moved_seq)
    (entity,) = await _shown(call, [made])
    return Reply(entity, status=201)


def transfer_refusal_of(refused: Refused) -> ApiError:
    return refuse_for(CODES[refused.refusal], refused.retry_after_s)


async def _shown(call: Call[Any], rows: list[InternalTransfer]) -> list[InternalTransferEntity]:
    uids = {uid for row in rows for uid in (row.sender_uid, row.receiver_uid)}
    usernames = await call.custody.withdrawing.members.usernames(sorted(uids))
    return [internal_transfer_entity(row, call.uid, usernames) for row in rows]


ENDPOINTS: Final = (list_transfers, send)
