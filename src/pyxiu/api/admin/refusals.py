"""How each refusal of a staff action is told over HTTP: one row each."""

from typing import Final

from pyxiu.api.errors import NOT_FOUND, ApiError, WireError, refuse
from pyxiu.identity.kyc.model import InvalidFields
from pyxiu.identity.staff.model import InvalidRow, Refusal

NOT_PERMITTED: Final = WireError(401, "admin.ability.not_permitted")
SECOND_FACTOR_NEEDED: Final = WireError(401, "admin.second_factor.required")
REASON_MISSING: Final = WireError(422, "admin.reason.missing")
USER_UNKNOWN: Final = WireError(404, "admin.user.doesnt_exist")

REFUSALS: Final[dict[Refusal, WireError]] = {
    Refusal.USER_UNKNOWN: USER_UNKNOWN,
    Refusal.TARGET_IS_SUPERADMIN: WireError(422, "admin.user.superadmin_change"),
    Refusal.TARGET_IS_STAFF: WireError(422, "admin.user.staff_change"),
    Refusal.TARGET_IS_SELF: WireError(422, "admin.user.update_himself"),
    Refusal.ONLY_SUPERADMIN_CHANGES_EMAIL: WireError(422, "superadmin.user.update_email"),
    Refusal.OTP_IS_ENABLED_BY_USERS: WireError(422, "admin.user.enable_2fa"),
    Refusal.ACTOR_CHANGED: NOT_PERMITTED,
    Refusal.STATE_UNCHANGED: WireError(422, "admin.user.state_no_change"),
    Refusal.OTP_UNCHANGED: WireError(422, "admin.user.otp_no_change"),
    Refusal.EMAIL_UNCHANGED: WireError(422, "admin.user.email_no_change"),
    Refusal.ROLE_UNCHANGED: WireError(422, "admin.user.role_no_change"),
    Refusal.STATE_INVALID: WireError(422, "admin.user.invalid_state"),
    Refusal.EMAIL_INVALID: WireError(422, "email.invalid"),
    Refusal.EMAIL_TAKEN: WireError(422, "email.taken"),
    Refusal.ROLE_UNKNOWN: WireError(422, "role.doesnt_exist"),
    Refusal.LABEL_INVALID: WireError(422, "admin.label.invalid"),
    Refusal.LABEL_UNKNOWN: WireError(404, "admin.label.doesnt_exist"),
    Refusal.LABEL_TAKEN: WireError(422, "key.taken"),
    Refusal.COMMENT_UNKNOWN: WireError(404, "admin.comment.doesnt_exist"),
    Refusal.STORAGE_UNKNOWN: WireError(404, "admin.storage.doesnt_exist"),
    Refusal.ROW_UNKNOWN: NOT_FOUND,
    Refusal.PROFILE_OPEN: WireError(422, "state.exists"),
    Refusal.PROFILE_NOT_EDITABLE: WireError(404, "admin.profiles.doesnt_exist_or_not_editable"),
    Refusal.SECOND_REVIEWER_NEEDED: WireError(422, "admin.profiles.second_admin_approval"),
}
#: What can come of every action on a user.
ABOUT_USERS: Final = (
    Refusal.USER_UNKNOWN,
    Refusal.TARGET_IS_SUPERADMIN,
    Refusal.TARGET_IS_STAFF,
    Refusal.TARGET_IS_SELF,
)


def refused(refusal: Refusal | InvalidRow | InvalidFields) -> ApiError:
    """The exception that answers a refusal."""
    match refusal:
        case InvalidRow():
            return ApiError(422, refusal.codes)
        case InvalidFields():
            return ApiError(422, [f"admin.profile.{finding}_{field}" for field, finding in refusal.findings])
        case Refusal():
            return refuse(REFUSALS[refusal])


def error_codes(*refusals: Refusal) -> dict[int, tuple[str, ...]]:
    """What an endpoint can answer, by status, for its declaration."""
    codes: dict[int, tuple[str, ...]] = {}
    for refusal in refusals:
        status, code = REFUSALS[refusal]
        codes[status] = (*codes.get(status, ()), code)
    return codes
