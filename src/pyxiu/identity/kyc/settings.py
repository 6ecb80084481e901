"""The knobs of KYC with their defaults.

Invariant: every limit is named here; 0 or an empty tuple switches a thing off where that makes sense, and says so.
"""

from typing import Final

import msgspec

MEBIBYTE: Final = 1024 * 1024
#: Labels and tables of ours: a title of a member's own data like them would pass for what staff decides.
RESERVED_TITLES: Final = frozenset({"document", "address", "label", "profile", "phone", "user", "email", "otp"})


class KycSettings(msgspec.Struct, frozen=True, kw_only=True):
    #: Show members their own names, numbers and dates only in part.
    mask_personal: bool = True
    #: Whoever made a profile for a member cannot verify it, except with one of `verification_roles`.
    double_verification: bool = False
    verification_roles: tuple[str, ...] = ("superadmin",)

    phones_per_member: int = 5
    phone_code_lifetime_s: int = 600
    #: Wrong codes after which a new code must be asked for.
    phone_code_tries: int = 5
    #: Wrong codes of a member a day, over all codes and numbers.
    phone_tries_per_day: int = 20
    #: Messages a member can cause an hour, and those that reach one number a day, whoever asks.
    phone_sends_per_hour: int = 5
    phone_sends_per_number_day: int = 10

    #: Without those that were rejected.
    documents_per_member: int = 10
    #: Files that one request may bring.
    files_per_request: int = 3
    upload_bytes_max: int = 10 * MEBIBYTE
    #: Width times height; what is larger is refused before it is decoded.
    upload_pixels_max: int = 40_000_000
    uploads_per_hour: int = 30
    document_expiry_required: bool = True
    #: How long a link to a file opens it.
    link_lifetime_s: int = 60

    #: What members may keep in their data storage; nothing by default.
    data_storage_titles: tuple[str, ...] = ()
