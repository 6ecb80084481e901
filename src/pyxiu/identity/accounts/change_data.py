"""What a member writes about itself: `data`, and the language of mails in it."""

from pyxiu.identity.accounts.change_user import change_user
from pyxiu.identity.accounts.fields import Invalid, clean_data, language_of
from pyxiu.identity.accounts.refusals import Refused
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices


async def change_data(services: IdentityServices, user: User, data: str) -> User | Refused:
    """The user as it is now."""
    cleaned = clean_data(data)
    if isinstance(cleaned, Invalid):
        return Refused(422, cleaned.code)
    language = language_of(cleaned) or user.language
    async with services.database.begin() as connection:
        return await change_user(connection, services, user, data=cleaned, language=language)
