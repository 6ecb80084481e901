"""What identity announces to the outside: names as the Event API has them, records as plain JSON.

Invariant: no secret but a sealed mail token, and no more of a person than the event is about. Limit: delivery is the
outbox readers' (mailer, relay).
"""

from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.labels.model import Label
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices
from pyxiu.storage.outbox import emit

#: What tokens in outbox rows are sealed for.
OUTBOX_PURPOSE: Final = "outbox"


def user_record(user: User) -> dict[str, Any]:
    """A user as events show it."""
    return {
        "uid": user.uid,
        "username": user.username,
        "email": user.email,
        "role": user.role,
        "level": user.level,
        "otp": user.otp,
        "state": user.state.value,
        "language": user.language,
        "created_at": user.created_at.isoformat(),
        "updated_at": user.updated_at.isoformat(),
    }


def label_record(label: Label, user: User) -> dict[str, Any]:
    return {
        "id": label.id,
        "key": label.key,
        "value": label.value,
        "scope": label.scope,
        "description": label.description,
        "user": user_record(user),
    }


def aggregate_of(user: User) -> str:
    return f"user:{user.uid}"


def domain_of(services: IdentityServices) -> str:
    """The host of the configured public URL: never that of a request."""
    return urlsplit(services.settings.public_url).netloc


async def emit_about_user(
    connection: AsyncConnection, services: IdentityServices, event: str, user: User, **more: Any
) -> None:
    """An event whose record is the user and the domain."""
    record = {"user": user_record(user), "domain": domain_of(services), **more}
    await emit(connection, event, record, aggregate=aggregate_of(user))


async def emit_token(
    connection: AsyncConnection, services: IdentityServices, event: str, user: User, token: str
) -> None:
    """An event whose token only the mailer can read."""
    sealed = services.sealer.seal(token.encode(), OUTBOX_PURPOSE).hex()
    await emit_about_user(connection, services, event, user, token=sealed)
