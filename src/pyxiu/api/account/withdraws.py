"""POST /account/withdraws and /account/withdraws/{id}/cancel: asking for a withdrawal, and taking it back.

Invariant: with a `client_withdrawal_id` a request may be sent again, however late: it happens once, and the answer
tells what became of it. Limit: paying takes its time; the lists and the stream tell how it goes.
"""

from typing import Any, Final

import msgspec

from pyxiu.api import errors
from pyxiu.api.account.levels import WITHDRAW_NOT_PERMITTED, require_withdraw_level
from pyxiu.api.account.proving import PROOF_FIELDS, CallProver, member_of, otp_codes, otp_findings, proof_error
from pyxiu.api.account.wanted_currency import UNKNOWN_CURRENCY
from pyxiu.api.account.withdraw_body import AMOUNT_REASONS, WITHDRAW, WithdrawBody, withdrawal_order
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.errors import NOT_FOUND, ApiError, WireError, refuse, refuse_for
from pyxiu.api.ids import row_id
from pyxiu.api.wire.withdraws import WithdrawEntity, withdraw_entity
from pyxiu.custody.store import last_block
from pyxiu.custody.withdrawals.cancel_withdrawal import BY_MEMBER, cancel_withdrawal
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.ports import Proved
from pyxiu.custody.withdrawals.refusals import Refusal, Refused
from pyxiu.custody.withdrawals.request_withdrawal import request_withdrawal
from pyxiu.custody.withdrawals.states import WithdrawalState

CODES: Final = {
    Refusal.DISABLED: WireError(422, f"{WITHDRAW}.disabled_api"),
    Refusal.NOT_PERMITTED: WITHDRAW_NOT_PERMITTED,
    Refusal.CURRENCY: UNKNOWN_CURRENCY,
    Refusal.CURRENCY_DISABLED: WireError(422, "account.currency.withdrawal_disabled"),
    Refusal.BENEFICIARY_UNKNOWN: WireError(422, "account.beneficiary.doesnt_exist"),
    Refusal.BENEFICIARY_NOT_ACTIVE: WireError(422, "account.beneficiary.invalid_state_for_withdrawal"),
    Refusal.BENEFICIARY_MISMATCH: WireError(422, "account.beneficiary.other_currency_or_network"),
    Refusal.BENEFICIARY_WAITS: WireError(422, "account.beneficiary.waits"),
    Refusal.AMOUNT: WireError(422, f"{WITHDRAW}.invalid_amount"),
    Refusal.BELOW_MINIMUM: WireError(422, f"{WITHDRAW}.below_minimum"),
    Refusal.CLIENT_ID_REUSED: WireError(422, f"{WITHDRAW}.client_withdrawal_id_reused"),
    Refusal.COOL_OFF: WireError(422, f"{WITHDRAW}.cooling_off"),
    Refusal.FROZEN: WireError(422, f"{WITHDRAW}.frozen"),
    Refusal.UNRIPE: WireError(422, f"{WITHDRAW}.funds_not_confirmed"),
    Refusal.INSUFFICIENT_BALANCE: WireError(422, f"{WITHDRAW}.insufficient_balance"),
}
CANT_CANCEL: Final = WireError(422, f"{WITHDRAW}.cant_cancel")
_FORM_CODES: Final = (
    *otp_codes(WITHDRAW),
    *(f"{WITHDRAW}.{reason}" for reason in AMOUNT_REASONS),
    f"{WITHDRAW}.missing_beneficiary_id",
    f"{WITHDRAW}.non_integer_beneficiary_id",
    f"{WITHDRAW}.missing_currency",
    f"{WITHDRAW}.too_long_note",
    f"{WITHDRAW}.invalid_note",
    f"{WITHDRAW}.invalid_client_withdrawal_id",
)
_PROPERTIES: Final[dict[str, Any]] = {
    **PROOF_FIELDS,
    "beneficiary_id": {"type": ["integer", "string"], "description": "An active entry of your address book."},
    "currency": {"type": "string", "description": "The code; it must be the entry's."},
    "amount": {"type": ["string", "number"], "description": "What leaves your balance, the fee included."},
    "note": {"type": "string", "maxLength": 256},
    "blockchain_key": {"type": "string", "description": "The network; where it is given it must be the entry's."},
    "client_withdrawal_id": {
        "type": "string",
        "pattern": "^[A-Za-z0-9._:-]{1,64}$",
        "description": "Your own id: sent again it has no further effect. Passkeys and approvals need one.",
    },
}


@endpoint(
    "POST",
    "/account/withdraws",
    tag="Account",
    private=True,
    scope="withdraw",
    status=201,
    body=WithdrawBody,
    body_schema={
        "type": "object",
        "properties": _PROPERTIES,
        "required": ["beneficiary_id", "currency", "amount"],
        "examples": [{"otp": "012345", "beneficiary_id": 1, "currency": "ltc", "amount": "1.5"}],
    },
    returns=WithdrawEntity,
    errors={
        403: (WITHDRAW_NOT_PERMITTED.code,),
        422: (*_FORM_CODES, *(error.code for error in CODES.values() if error.status == 422)),
        429: (errors.TOO_MANY_REQUESTS.code,),
    },
)
async def ask(call: Call[NoQuery]) -> Reply:
    """Withdraw to an entry of your address book.

    The funds are held at once. Within your limits it is approved by itself; above them, or above the exchange's own
    threshold, staff looks at it first. The second factor counts for exactly this withdrawal.
    """
    require_withdraw_level(call)
    fields = msgspec.structs.asdict(call.body)
    order = await withdrawal_order(call, fields, otp_findings(call.body, WITHDRAW))
    made = await request_withdrawal(call.custody, await member_of(call), order, CallProver(call, "withdrawal"))
    if isinstance(made, Refused):
        raise refusal_of(made)
    if isinstance(made, Proved):
        raise proof_error(made, WITHDRAW)
    return await _shown(call, made, status=201)


@endpoint(
    "POST",
    "/account/withdraws/{id}/cancel",
    tag="Account",
    private=True,
    scope="withdraw",
    status=201,
    path_parameters={"id": "The withdrawal's id."},
    returns=WithdrawEntity,
    errors={404: (NOT_FOUND.code,), 422: (CANT_CANCEL.code,)},
)
async def cancel(call: Call[NoQuery]) -> Reply:
    """Take a withdrawal back that nobody has approved yet. What was held is yours again."""
    row = await cancel_withdrawal(call.custody, call.uid, row_id(call.path["id"]) or 0)
    if row is None:
        raise refuse(NOT_FOUND)
    if row.state is not WithdrawalState.CANCELED or row.reason != BY_MEMBER:
        raise refuse(CANT_CANCEL)
    return await _shown(call, row, status=201)


def refusal_of(refused: Refused) -> ApiError:
    return refuse_for(CODES[refused.refusal], refused.retry_after_s)


async def _shown(call: Call[Any], row: Withdrawal, *, status: int) -> Reply:
    if row.hold_seq is not None:
        call.edge.freshness.told(call.uid, row.hold_seq)
    height = None
    if row.network is not None:
        async with call.custody.database.connect() as connection:
            last = await last_block(connection, row.network)
        height = None if last is None else last.height
    return Reply(withdraw_entity(row, height), status=status)


ENDPOINTS: Final = (ask, cancel)
