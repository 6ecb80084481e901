"""Identity's use cases on a real database, with users made by signing up.

    services = identity_services(database_dsn)              # close with `await services.database.dispose()`
    async with running_identity(database_dsn) as services:  # or so
        user = await a_user(services, level=3)

Passwords are hashed with the cheapest parameters, because their cost is not what is tested.
"""

import itertools
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.app.secrets import KEY_BYTES, SecretBox
from pyxiu.identity.accounts.change_user import change_user
from pyxiu.identity.accounts.hashing import HashingSettings
from pyxiu.identity.accounts.mail_tokens import EVENTS, Purpose
from pyxiu.identity.accounts.request_mail import answer_mail_requests, request_mail
from pyxiu.identity.accounts.sign_up import SignedUp, SignUp, sign_up
from pyxiu.identity.events import OUTBOX_PURPOSE
from pyxiu.identity.labels.change_labels import set_label
from pyxiu.identity.labels.store import all_levels
from pyxiu.identity.model import Client, User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.settings import IdentitySettings
from pyxiu.storage.database import as_role
from pyxiu.storage.orm import open_database
from pyxiu.storage.outbox import outbox
from pyxiu.storage.roles import role_of

CHEAP_HASHING = HashingSettings(time_cost=1, memory_kib=8, parallelism=1)
PASSWORD = "Kq7-vulture-Marsh"
CLIENT = Client("203.0.113.7", "Firefox/140", "DE")
API = role_of("api")
STAFF = role_of("admin")
_numbers = itertools.count(1)


def identity_services(
    dsn: str, *, settings: IdentitySettings | None = None, role: str = API, **fields: Any
) -> IdentityServices:
    """With the rights of the API, unless another role or none is given. `fields` are those of IdentityServices; a
    sealer with a key of its own unless one is given.
    """
    given = {"sealer": SecretBox(secrets.token_bytes(KEY_BYTES)), **fields}
    return IdentityServices(
        database=open_database(as_role(dsn, role) if role else dsn, "pyxiu test identity", pool_size=8),
        settings=settings or identity_settings(),
        **given,
    )


def identity_settings(**fields: Any) -> IdentitySettings:
    """The defaults, but for cheap passwords and what is given."""
    return IdentitySettings(**{"hashing": CHEAP_HASHING, **fields})


@asynccontextmanager
async def running_identity(dsn: str, **fields: Any) -> AsyncIterator[IdentityServices]:
    counters = open_database(as_role(dsn, API), "pyxiu test counters")
    services = identity_services(dsn, **{"counters": counters, **fields})
    try:
        yield services
    finally:
        await counters.dispose()
        await services.database.dispose()


async def signed_up(services: IdentityServices, *, client: Client | None = None, **fields: Any) -> SignedUp:
    """A new account with its session. Each from an address of its own, so that limits by address do not count."""
    number = next(_numbers)
    client = client or Client(f"198.18.{number // 250 % 250}.{number % 250}", CLIENT.user_agent, CLIENT.country)
    request = SignUp(**{"email": f"user-{number}@example.com", "password": PASSWORD, **fields})
    made = await sign_up(services, request, client)
    assert isinstance(made, SignedUp), made
    return made


async def a_user(
    services: IdentityServices, *, level: int = 1, role: str = "member", client: Client | None = None, **fields: Any
) -> User:
    """An active user (pending at level 0), whose level comes from the labels that it takes. `fields`: of SignUp."""
    user = (await signed_up(services, client=client, **fields)).user
    async with services.database.begin() as connection:
        for step in (await all_levels(connection))[:level]:
            user = await set_label(connection, services, user.id, step.key, step.value)
        if role != user.role:
            await as_staff(connection)
            user = await change_user(connection, services, user, role=role)
    return user


async def as_staff(connection: AsyncConnection) -> None:
    """With the rights of the admin until the transaction ends, whatever the connection's are."""
    await connection.execute(text(f"SET LOCAL ROLE {STAFF}"))


async def mailed_tokens(services: IdentityServices, email: str, purpose: Purpose) -> list[str]:
    """The tokens that were mailed to an address, the oldest first."""
    query = select(outbox.c.record).where(outbox.c.event == EVENTS[purpose]).order_by(outbox.c.id)
    async with services.database.connect() as connection:
        records = list((await connection.execute(query)).scalars())
    mine = [record for record in records if record["user"]["email"] == email]
    return [services.sealer.open(bytes.fromhex(record["token"]), OUTBOX_PURPOSE).decode() for record in mine]


async def reset_token(services: IdentityServices, email: str) -> str:
    """Ask for a mail to set a new password, and open it."""
    number = next(_numbers)
    client = Client(f"198.19.{number // 250 % 250}.{number % 250}")
    assert await request_mail(services, "reset", email, client, captcha_response=None) is None
    await answer_mail_requests(services)
    return (await mailed_tokens(services, email, "reset"))[-1]
