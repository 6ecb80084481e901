"""/account/beneficiaries: the address book that withdrawals go to.

Invariant: each asks for the caller's own entries only; a PIN is in no answer. Limit: no API key changes the book.
"""

from typing import Annotated, Any, Final

from pyxiu.api import errors
from pyxiu.api.account.beneficiary_body import (
    BODY_CODES,
    BODY_PROPERTIES,
    BeneficiaryBody,
    PinBody,
    id_of,
    pin_of,
    request_of,
)
from pyxiu.api.account.levels import WITHDRAW_NOT_PERMITTED, require_withdraw_level
from pyxiu.api.account.proving import PROOF_FIELDS, CallProver, member_of, otp_codes, proof_error
from pyxiu.api.account.wanted_currency import UNKNOWN_CURRENCY, wanted_currency
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint, paginated
from pyxiu.api.errors import NOT_FOUND, WireError, refuse, refuse_for
from pyxiu.api.pagination import Paged, page_headers
from pyxiu.api.params import Choice, Text
from pyxiu.api.wire.beneficiaries import BeneficiaryEntity, beneficiary_entity
from pyxiu.custody.beneficiaries import store
from pyxiu.custody.beneficiaries.activate_beneficiary import activate_beneficiary
from pyxiu.custody.beneficiaries.archive_beneficiary import archive_beneficiary
from pyxiu.custody.beneficiaries.create_beneficiary import create_beneficiary
from pyxiu.custody.beneficiaries.model import Beneficiary, BeneficiaryState, Refusal, Refused
from pyxiu.custody.beneficiaries.resend_pin import resend_pin
from pyxiu.custody.withdrawals.ports import Proved

PREFIX: Final = "account.beneficiary"
_CODES: Final = {
    Refusal.CURRENCY: UNKNOWN_CURRENCY,
    Refusal.NETWORK: WireError(422, f"{PREFIX}.invalid_blockchain_key"),
    Refusal.MISSING_ADDRESS: WireError(422, f"{PREFIX}.missing_address_in_data"),
    Refusal.MISSING_FULL_NAME: WireError(422, f"{PREFIX}.missing_full_name_in_data"),
    Refusal.INVALID_DATA: WireError(422, f"{PREFIX}.invalid_data"),
    Refusal.INVALID_ADDRESS: WireError(422, f"{PREFIX}.invalid_address"),
    Refusal.PLATFORM_ADDRESS: WireError(422, f"{PREFIX}.platform_address"),
    Refusal.DUPLICATE: WireError(422, f"{PREFIX}.duplicate_address"),
    Refusal.TOO_MANY: WireError(422, f"{PREFIX}.too_many"),
}
_ACTIVATE: Final = {
    Refusal.UNKNOWN: NOT_FOUND,
    Refusal.NOT_PENDING: WireError(422, f"{PREFIX}.cant_activate"),
    Refusal.INVALID_PIN: WireError(422, f"{PREFIX}.invalid_pin"),
}
_RESEND: Final = {
    Refusal.UNKNOWN: NOT_FOUND,
    Refusal.NOT_PENDING: WireError(422, f"{PREFIX}.cant_resend"),
    Refusal.TOO_SOON: WireError(422, f"{PREFIX}.cant_resend_within_1_minute"),
    Refusal.TOO_MANY_PINS: WireError(422, f"{PREFIX}.too_many_pins"),
}


class BeneficiariesQuery(Paged, frozen=True):
    currency: Annotated[str | None, Text("account.currency.doesnt_exist", "Only entries of this currency.")] = None
    blockchain_key: Annotated[str | None, Text(f"{PREFIX}.invalid_blockchain_key", "Only entries on this network.")] = (
        None
    )
    state: Annotated[
        str | None, Choice(("pending", "active"), f"{PREFIX}.invalid_state", "Only entries in this state.")
    ] = None


@endpoint(
    "GET",
    "/account/beneficiaries",
    tag="Account",
    private=True,
    query=BeneficiariesQuery,
    returns=list[BeneficiaryEntity],
    headers=paginated(),
    errors={422: ("account.currency.doesnt_exist", f"{PREFIX}.invalid_state")},
)
async def list_beneficiaries(call: Call[BeneficiariesQuery]) -> Reply:
    """Your address book, the oldest entry first; those that wait for their PIN too."""
    query = call.query
    currency = await wanted_currency(call, query.currency)
    async with call.custody.database.connect() as connection:
        rows, total = await store.list_of(
            connection,
            call.custody.withdrawing.sealer,
            call.uid,
            currency=currency,
            network=query.blockchain_key,
            state=query.state,
            limit=query.limit,
            offset=(query.page - 1) * query.limit,
        )
    headers = page_headers(limit=query.limit, page=query.page, total=total)
    return Reply([beneficiary_entity(row) for row in rows], headers=headers)


@endpoint(
    "GET",
    "/account/beneficiaries/{id}",
    tag="Account",
    private=True,
    returns=BeneficiaryEntity,
    errors={404: (NOT_FOUND.code,), 422: (f"{PREFIX}.non_integer_id",)},
    path_parameters={"id": "The entry's id."},
)
async def show_beneficiary(call: Call[NoQuery]) -> Reply:
    """One entry of your address book."""
    return Reply(beneficiary_entity(await _own(call)))


@endpoint(
    "POST",
    "/account/beneficiaries",
    tag="Account",
    private=True,
    status=201,
    body=BeneficiaryBody,
    body_schema={
        "type": "object",
        "properties": BODY_PROPERTIES,
        "required": ["currency", "name", "data"],
        "examples": [{"currency": "ltc", "name": "My wallet", "data": {"address": "rltc1q…"}}],
    },
    returns=BeneficiaryEntity,
    errors={
        403: (WITHDRAW_NOT_PERMITTED.code,),
        422: (*BODY_CODES, *(error.code for error in _CODES.values())),
        429: (errors.TOO_MANY_REQUESTS.code,),
    },
)
async def add_beneficiary(call: Call[NoQuery]) -> Reply:
    """Add an entry to your address book. A PIN is mailed to you; until you have confirmed it, nothing goes there.

    The answer to an address that is none of that network says in `message` what is wrong with it.
    """
    require_withdraw_level(call)
    request = request_of(call.body)
    made = await create_beneficiary(call.custody, await member_of(call), request)
    if not isinstance(made, Refused):
        return Reply(beneficiary_entity(made), status=201)
    if made.refusal is Refusal.TOO_MANY_PINS:
        raise refuse(errors.TOO_MANY_REQUESTS, ("Retry-After", "3600"))
    error = _CODES[made.refusal]
    if not made.text:
        raise refuse(error)
    return Reply({"errors": [error.code], "message": made.text}, status=error.status)


@endpoint(
    "PATCH",
    "/account/beneficiaries/{id}/activate",
    tag="Account",
    private=True,
    body=PinBody,
    body_schema={
        "type": "object",
        "properties": {
            "pin": {"type": ["integer", "string"], "description": "The six digits that were mailed."},
            **PROOF_FIELDS,
        },
        "required": ["pin"],
        "examples": [{"pin": "012345"}],
    },
    path_parameters={"id": "The entry's id."},
    returns=BeneficiaryEntity,
    errors={
        404: (NOT_FOUND.code,),
        422: (
            f"{PREFIX}.non_integer_id",
            f"{PREFIX}.missing_pin",
            f"{PREFIX}.non_integer_pin",
            *(error.code for error in _ACTIVATE.values() if error.status == 422),
            *otp_codes(PREFIX),
        ),
        429: (errors.TOO_MANY_REQUESTS.code,),
    },
)
async def activate(call: Call[NoQuery]) -> Reply:
    """Confirm an entry with the PIN that was mailed.

    A PIN is good for an hour and five tries. The entry can be used from the time in `usable_from` on. Who has turned
    the allow-list on shows a second factor as well.
    """
    beneficiary, pin = await _own(call), pin_of(call.body)
    member = await member_of(call)
    prover = CallProver(call, "beneficiary")
    activated = await activate_beneficiary(call.custody, member, beneficiary.id, pin, prover)
    if isinstance(activated, Refused):
        raise refuse(_ACTIVATE[activated.refusal])
    if isinstance(activated, Proved):
        raise proof_error(activated, PREFIX)
    return Reply(beneficiary_entity(activated))


@endpoint(
    "PATCH",
    "/account/beneficiaries/{id}/resend_pin",
    tag="Account",
    private=True,
    status=204,
    path_parameters={"id": "The entry's id."},
    returns=None,
    errors={
        404: (NOT_FOUND.code,),
        422: (f"{PREFIX}.non_integer_id", *(error.code for error in _RESEND.values() if error.status == 422)),
    },
)
async def resend(call: Call[NoQuery]) -> Reply:
    """Mail another PIN, a minute after the last one at the earliest; the one before does not work any more."""
    refused = await resend_pin(call.custody, await member_of(call), id_of(call.path["id"]))
    if refused is None:
        return Reply(None, status=204)
    raise refuse_for(_RESEND[refused.refusal], refused.retry_after_s)


@endpoint(
    "DELETE",
    "/account/beneficiaries/{id}",
    tag="Account",
    private=True,
    status=204,
    path_parameters={"id": "The entry's id."},
    returns=None,
    errors={404: (NOT_FOUND.code,), 422: (f"{PREFIX}.non_integer_id",)},
)
async def remove(call: Call[NoQuery]) -> Reply:
    """Take an entry out of your address book. Withdrawals that were asked for before go on."""
    refused = await archive_beneficiary(call.custody, await member_of(call), id_of(call.path["id"]))
    if refused is not None:
        raise refuse(NOT_FOUND)
    return Reply(None, status=204)


async def _own(call: Call[Any]) -> Beneficiary:
    """The caller's entry that the path names."""
    beneficiary_id = id_of(call.path["id"])
    async with call.custody.database.connect() as connection:
        row = await store.find(connection, call.custody.withdrawing.sealer, beneficiary_id, uid=call.uid)
    if row is None or row.state is BeneficiaryState.ARCHIVED:
        raise refuse(NOT_FOUND)
    return row


ENDPOINTS: Final[tuple[Any, ...]] = (list_beneficiaries, show_beneficiary, add_beneficiary, activate, resend, remove)
