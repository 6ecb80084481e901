"""The knobs of second factors. Defaults suit an exchange on this machine; a public one names its domain and origins."""

import msgspec


class FactorSettings(msgspec.Struct, frozen=True, kw_only=True):
    #: Codes, of the app or for recovery, that an account may get wrong: over all flows, sessions and addresses.
    tries: int = 10
    tries_window_s: int = 900
    tries_a_day: int = 40
    #: How apps call us.
    issuer: str = "Pyxiu"
    #: The domain that passkeys belong to, and the origins of the pages that may use them.
    rp_id: str = "localhost"
    origins: tuple[str, ...] = ("http://localhost:8000",)
    passkeys_max: int = 20
    #: How long a challenge can be answered, and an approval be used.
    challenge_s: int = 120
    approval_s: int = 120
