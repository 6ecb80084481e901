"""What identity's use cases are given by app/, once, at construction."""

from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.identity.accounts.hashing import PasswordHashing
from pyxiu.identity.ports import (
    Captcha,
    CountryLookup,
    IdentityTokens,
    KycProvider,
    NoCaptcha,
    NoCountries,
    NoIdentityTokens,
    NoObjects,
    NoPhones,
    ObjectStore,
    PhoneSender,
    Sealer,
)
from pyxiu.identity.settings import IdentitySettings
from pyxiu.kit.clock import Clock, SystemClock


@dataclass(frozen=True)
class IdentityServices:
    database: AsyncEngine
    sealer: Sealer
    settings: IdentitySettings = field(default_factory=IdentitySettings)
    clock: Clock = field(default_factory=SystemClock)
    countries: CountryLookup = field(default_factory=NoCountries)
    captcha: Captcha = field(default_factory=NoCaptcha)
    objects: ObjectStore = field(default_factory=NoObjects)
    phones: PhoneSender = field(default_factory=NoPhones)
    #: Whoever else says who somebody is.
    identity_tokens: IdentityTokens = field(default_factory=NoIdentityTokens)
    #: None: staff reviews profiles and documents.
    kyc_provider: KycProvider | None = None
    #: What a provider signs its callbacks with.
    kyc_callback_key: bytes = field(default=b"", repr=False)
    #: A pool of its own for what is counted while a transaction is open, so that those who count never wait for those
    #: who wait to count. None: `database`, for processes that do one thing at a time.
    counters: AsyncEngine | None = None

    @property
    def counting(self) -> AsyncEngine:
        return self.counters or self.database

    @cached_property
    def passwords(self) -> PasswordHashing:
        return PasswordHashing(self.settings.hashing)
