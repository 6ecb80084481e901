"""How what KYC refuses is told over HTTP.

Invariant: every refusal has a row; codes that the dialect knows are spelt as it spells them. Limit: which field is
wrong is in the code, its value never is.
"""

from typing import Final

from pyxiu.api.errors import ApiError, WireError, refuse
from pyxiu.identity.accounts.refusals import TOO_MANY_REQUESTS
from pyxiu.identity.kyc.check_upload import Unfit
from pyxiu.identity.kyc.model import InvalidFields, Refusal
from pyxiu.identity.ports import PhoneRefusal
from pyxiu.identity.throttle import Throttled

THROTTLED: Final = WireError(429, TOO_MANY_REQUESTS)

REFUSALS: Final[dict[Refusal, WireError]] = {
    Refusal.PROFILE_OPEN: WireError(422, "state.exists"),
    Refusal.PROFILE_NOT_EDITABLE: WireError(404, "resource.profile.doesnt_exist_or_not_editable"),
    Refusal.SECOND_REVIEWER_NEEDED: WireError(422, "admin.profiles.second_admin_approval"),
    Refusal.NUMBER_INVALID: WireError(400, "resource.phone.invalid_num"),
    Refusal.NUMBER_VERIFIED: WireError(400, "resource.phone.number_exist"),
    Refusal.NUMBER_REPEATED: WireError(400, "resource.phone.exists"),
    Refusal.NUMBER_UNKNOWN: WireError(404, "resource.phone.doesnt_exist"),
    Refusal.PHONES_TOO_MANY: WireError(400, "resource.phone.limit_reached"),
    Refusal.CODE_WRONG: WireError(404, "resource.phone.verification_invalid"),
    Refusal.DOCUMENTS_TOO_MANY: WireError(400, "resource.documents.limit_reached"),
    Refusal.DOCUMENTS_WOULD_BE_TOO_MANY: WireError(400, "resource.documents.limit_will_be_reached"),
    Refusal.DOCUMENT_UNKNOWN: WireError(404, "record.not_found"),
    Refusal.TITLE_UNKNOWN: WireError(422, "title.inclusion"),
    Refusal.TITLE_TAKEN: WireError(422, "title.taken"),
    Refusal.PROVIDER_IS_LOCAL: WireError(422, "public.kyc.provider_is_local"),
    Refusal.CALLBACK_UNSIGNED: WireError(401, "public.kyc.invalid_signature"),
    Refusal.CALLBACK_UNREADABLE: WireError(422, "public.kyc.invalid_payload"),
}
UNFIT: Final[dict[Unfit, WireError]] = {
    Unfit.EMPTY: WireError(422, "resource.documents.invalid_format"),
    Unfit.TOO_LARGE: WireError(422, "resource.documents.file_too_large"),
    Unfit.TOO_MANY_PIXELS: WireError(422, "resource.documents.picture_too_large"),
    Unfit.FORMAT: WireError(422, "resource.documents.invalid_format"),
    Unfit.BROKEN: WireError(422, "resource.documents.invalid_format"),
    Unfit.ACTIVE: WireError(422, "resource.documents.invalid_pdf"),
}
PHONE_REFUSALS: Final = tuple(f"resource.phone.{refusal.value}" for refusal in PhoneRefusal)


def refused(refusal: Refusal | Unfit | Throttled | InvalidFields, *, prefix: str = "") -> ApiError:
    """`prefix` is what codes of missing fields begin with, as `resource.profile`."""
    match refusal:
        case Throttled():
            return refuse(THROTTLED, ("Retry-After", str(refusal.retry_after_s)))
        case InvalidFields():
            return ApiError(422, [field_code(field, finding, prefix) for field, finding in refusal.findings])
        case Unfit():
            return refuse(UNFIT[refusal])
        case _:
            return refuse(REFUSALS[refusal])


def field_code(field: str, finding: str, prefix: str) -> str:
    """`resource.profile.missing_city`, `first_name.invalid`; `resource.documents.already_expired` as ever."""
    if finding == "missing":
        return f"{prefix}.missing_{field}"
    return "resource.documents.already_expired" if finding == "expired" else f"{field}.{finding}"


def field_codes(prefix: str, required: tuple[str, ...], checked: tuple[str, ...]) -> tuple[str, ...]:
    """All codes that fields can be refused with, for the declaration of an endpoint."""
    missing = [f"{prefix}.missing_{field}" for field in required]
    wrong = [f"{field}.{finding}" for field in checked for finding in ("invalid", "too_long")]
    return (*missing, *wrong)
