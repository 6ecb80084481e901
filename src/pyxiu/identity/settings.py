"""The knobs of identity with their defaults; `app/settings.py` fills them from the environment.

Invariant: every default is the secure choice; one that is weakened is named in the log at the start.
"""

import msgspec

from pyxiu.identity.accounts.hashing import HashingSettings
from pyxiu.identity.captcha.settings import CaptchaSettings
from pyxiu.identity.factors.settings import FactorSettings
from pyxiu.identity.kyc.settings import KycSettings
from pyxiu.identity.rates import AccountRates


class IdentitySettings(msgspec.Struct, frozen=True, kw_only=True):
    #: What links in mails begin with; a request's Host header is never believed for that.
    public_url: str = "http://localhost:8000"
    uid_prefix: str = "ID"
    session_idle_s: int = 1800
    session_absolute_s: int = 24 * 3600
    #: More log-ins end the oldest session.
    sessions_max: int = 10
    #: A session belongs to the browser's exact name and to so many leading bits of its address; 0: to any address.
    session_user_agent: bool = True
    session_ipv4_bits: int = 16
    session_ipv6_bits: int = 48
    cookie_name: str = "_barong_session"
    #: Mark the cookie Secure whatever the request came over; over TLS it always is.
    cookie_secure: bool = False
    password_min_length: int = 8
    #: Bits that a password must have; 26 is what eight random letters and digits have.
    password_min_entropy: int = 26
    #: Answer a sign-up with a taken address by `email.taken`, and open a session for a new one, as the dialect has it.
    #: False: the answer is the same for all, and who has not confirmed the address cannot log in.
    signup_tells_taken: bool = True
    hashing: HashingSettings = HashingSettings()
    rates: AccountRates = AccountRates()
    #: How long a link in a mail works.
    confirmation_s: int = 3600
    reset_s: int = 3600
    bootstrap_s: int = 24 * 3600
    #: Private labels that make a pending user active.
    activation: tuple[tuple[str, str], ...] = (("email", "verified"),)
    labels_max: int = 100
    level_deposit: int = 1
    level_trading: int = 2
    level_withdraw: int = 3
    captcha: CaptchaSettings = CaptchaSettings()
    kyc: KycSettings = KycSettings()
    factors: FactorSettings = FactorSettings()
    #: How long withdrawals wait after security was lowered.
    withdraw_cool_off_s: int = 24 * 3600
    #: A user's key works only while the user has a second factor.
    keys_need_second_factor: bool = True
    api_keys_max: int = 50
    #: Staff acts only with a second factor on the account.
    staff_second_factor: bool = True
    #: Staff must say why, at every change.
    staff_reason: bool = False
