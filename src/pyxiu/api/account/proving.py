"""Who calls as custody wants to know it, and the second factor of the request as custody asks for it.

Invariant: a proof is looked at by identity, for exactly the action that custody names, and is used up by that. Limit: a
service account's token has no factor and speaks for nobody.
"""

from typing import Any, Final

import msgspec

from pyxiu.api import errors
from pyxiu.api.body import text_of
from pyxiu.api.endpoint import Call
from pyxiu.api.errors import ApiError, WireError, refuse
from pyxiu.api.identity.caller import caller_of
from pyxiu.api.identity.proofs import PROOF_PROPERTIES, proof_of
from pyxiu.custody.withdrawals.ports import MemberFacts, ProofRefusal, Proved
from pyxiu.identity.factors.check_factor import check_factor, enabled_factors
from pyxiu.identity.factors.model import FactorOutcome, FactorProof
from pyxiu.identity.factors.totp import DIGITS

OTP_PROPERTY: Final = {
    "otp": {
        "type": ["integer", "string"],
        "description": "The code that the authenticator app shows; a number may lack its leading zeros.",
    }
}
PROOF_FIELDS: Final[dict[str, Any]] = {**OTP_PROPERTY, **PROOF_PROPERTIES}
_REFUSALS: Final = {
    FactorOutcome.MISSING: ProofRefusal.MISSING,
    FactorOutcome.INVALID: ProofRefusal.INVALID,
    FactorOutcome.LOCKED: ProofRefusal.LOCKED,
}


class ProvedBody(msgspec.Struct):
    """The fields by which a request shows a second factor."""

    otp: Any = None
    recovery_code: Any = None
    assertion: Any = None
    approval: Any = None


async def member_of(call: Call[Any]) -> MemberFacts:
    facts = await call.custody.withdrawing.members.find(call.uid)
    if facts is None:
        raise refuse(errors.INVALID_PERMISSION)
    return facts


class CallProver:
    """Implements the port `Prover` for one request; `flow` says in the trail what it was for."""

    def __init__(self, call: Call[Any], flow: str) -> None:
        self._call = call
        self._flow = flow
        self._proof = factor_proof_of(call.body)

    async def prove(self, action: str) -> Proved:
        caller = await caller_of(self._call)
        identity = self._call.identity
        async with identity.database.begin() as connection:
            if not await enabled_factors(connection, caller.user.id):
                return Proved(ProofRefusal.NO_FACTOR)
            shown = await check_factor(
                connection,
                identity,
                caller.user,
                self._proof,
                flow=self._flow,
                client=caller.client,
                action=action,
                session_id=caller.session_id,
            )
        if shown.ok:
            return Proved()
        return Proved(_REFUSALS[shown.outcome], shown.retry_after_s)


def factor_proof_of(body: ProvedBody) -> FactorProof:
    proof = proof_of(body, code="otp")
    code = proof.otp_code
    # A code that was sent as a number has lost its leading zeros.
    if code is not None and code.isascii() and code.isdecimal() and len(code) < DIGITS:
        return proof._replace(otp_code=code.zfill(DIGITS))
    return proof


def otp_findings(body: ProvedBody, prefix: str) -> list[str]:
    """Codes of a field `otp` that can be no code, where nothing else stands in for it."""
    if body.recovery_code is not None or body.assertion is not None or body.approval is not None:
        return []
    text = text_of(body.otp)
    if body.otp is None:
        return [f"{prefix}.missing_otp"]
    if text == "":
        return [f"{prefix}.empty_otp"]
    digits = "".join((text or "").split())
    return [] if digits.isascii() and digits.isdecimal() else [f"{prefix}.non_integer_otp"]


def otp_codes(prefix: str) -> tuple[str, ...]:
    """What a request that needs a second factor can be refused with."""
    return tuple(
        f"{prefix}.{reason}"
        for reason in ("missing_otp", "empty_otp", "non_integer_otp", "invalid_otp", "no_second_factor")
    )


def proof_error(proved: Proved, prefix: str) -> ApiError:
    """The answer to a second factor that is none."""
    if proved.refusal is ProofRefusal.LOCKED:
        return refuse(errors.TOO_MANY_REQUESTS, ("Retry-After", str(proved.retry_after_s)))
    reasons = {ProofRefusal.NO_FACTOR: "no_second_factor", ProofRefusal.MISSING: "missing_otp"}
    reason = reasons.get(proved.refusal or ProofRefusal.INVALID, "invalid_otp")
    return refuse(WireError(422, f"{prefix}.{reason}"))
