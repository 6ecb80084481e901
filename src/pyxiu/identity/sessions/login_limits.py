"""How often somebody may try to log in, by whatever proof.

Invariant: counted before the try; only a complete log-in gives back what it took from the account. Limit: strangers who
try cannot lock out a browser that the account was used from before.
"""

from pyxiu.identity.accounts.refusals import Refused, too_many
from pyxiu.identity.model import Client
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions import store
from pyxiu.identity.throttle import forget, give_back, network_of, take_rate


async def count_address(services: IdentityServices, client: Client) -> Refused | None:
    """A try from this network, to whatever account."""
    throttled = await take_rate(services, "login_address", network_of(client), services.settings.rates.login_address)
    return None if throttled is None else too_many(throttled)


async def count_account(services: IdentityServices, email: str, client: Client) -> Refused | None:
    """A try to get into this account; there need not be one."""
    rates = services.settings.rates
    throttled = await take_rate(services, "login_pair", _pair(email, client), rates.login_pair)
    if throttled is not None:
        return too_many(throttled)
    throttled = await take_rate(services, "login_account", email, rates.login_account)
    async with services.database.connect() as connection:
        known = await store.has_device_of(connection, email, client)
    return None if throttled is None or known else too_many(throttled)


async def forgive(services: IdentityServices, email: str, client: Client) -> None:
    """The try has succeeded."""
    await forget(services, "login_pair", _pair(email, client))
    await give_back(services, "login_account", email)


def _pair(email: str, client: Client) -> str:
    return f"{email}\n{network_of(client)}"
