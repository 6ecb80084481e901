"""The demo's three members and their credentials, made once and kept in a file for its owner only.

Invariant: user ids are always the same, so that funding them twice is noticed by its keys; passwords and API secrets
are random. Limit: how they become users of the exchange is in `users.py`.
"""

import secrets
from pathlib import Path

import msgspec

from pyxiu.kit.private_files import write_private

FILE_NAME = "demo-credentials.json"


class DemoMember(msgspec.Struct, frozen=True):
    """A member as `pyxiu demo credentials` prints it."""

    name: str
    uid: str
    email: str
    password: str
    api_key: str
    api_secret: str
    #: What the demo funds the member with, once: asset to amount.
    funds: dict[str, str]

    def __repr__(self) -> str:
        return f"DemoMember({self.name})"


class DemoCredentials(msgspec.Struct, frozen=True):
    trader: DemoMember
    maker: DemoMember
    taker: DemoMember

    @property
    def members(self) -> tuple[DemoMember, ...]:
        return (self.trader, self.maker, self.taker)


FUNDS = {
    "trader": {"btc": "2", "eth": "40", "ltc": "500", "usdt": "100000"},
    "maker": {"btc": "500", "eth": "10000", "ltc": "100000", "usdt": "50000000"},
    "taker": {"btc": "250", "eth": "5000", "ltc": "50000", "usdt": "25000000"},
}


def credentials_of(home: Path) -> DemoCredentials | None:
    """The demo's credentials of this home; None if it has no demo."""
    try:
        return msgspec.json.decode((home / FILE_NAME).read_bytes(), type=DemoCredentials)
    except FileNotFoundError:
        return None


def make_credentials(home: Path) -> DemoCredentials:
    """The credentials of this home, made now if there are none."""
    found = credentials_of(home)
    if found is not None:
        return found
    made = DemoCredentials(*(_new_member(number, name) for number, name in enumerate(FUNDS, start=1)))
    write_private(home / FILE_NAME, msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n")
    return made


def _new_member(number: int, name: str) -> DemoMember:
    return DemoMember(
        name=name,
        uid=f"IDDEMO{number:06}",
        email=f"{name}@demo.example",
        password=secrets.token_urlsafe(15),
        api_key=secrets.token_hex(8),
        api_secret=secrets.token_hex(16),
        funds=FUNDS[name],
    )
