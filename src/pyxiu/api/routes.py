"""All endpoints of the API in one table.

Invariant: what is not here is 404, and what is here under another method is 405 with `Allow`. Limit: the order routes
are declared here for the document and for 405; `hot_routes.py` answers them.
"""

import re
from collections.abc import Iterator
from typing import Final

from pyxiu.api import health
from pyxiu.api.account import (
    balances,
    beneficiaries,
    deposit_address,
    deposits,
    faucet,
    internal_transfers,
    members,
    stats,
    transactions,
    withdraw_lists,
    withdraw_settings,
    withdraws,
)
from pyxiu.api.admin import group as admin
from pyxiu.api.aggregators import coingecko, coinmarketcap
from pyxiu.api.audience import Audience
from pyxiu.api.endpoint import Endpoint
from pyxiu.api.identity import (
    access,
    api_keys,
    auth0,
    auth_gateway,
    captcha,
    data_storage,
    documents,
    identity_tools,
    jwks,
    kyc,
    labels,
    otp,
    passkey_login,
    passkeys,
    passwords,
    phones,
    profiles,
    service_accounts,
    sessions,
    user_activities,
    users,
)
from pyxiu.api.market import cancel_orders, order_endpoints, orders, trades
from pyxiu.api.public import config, currencies, fees, market_data, markets, order_book, tools

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    *currencies.ENDPOINTS,
    *markets.ENDPOINTS,
    *order_book.ENDPOINTS,
    *market_data.ENDPOINTS,
    *fees.ENDPOINTS,
    *config.ENDPOINTS,
    *tools.ENDPOINTS,
    *health.ENDPOINTS,
    *balances.ENDPOINTS,
    *beneficiaries.ENDPOINTS,
    *withdraws.ENDPOINTS,
    *withdraw_lists.ENDPOINTS,
    *withdraw_settings.ENDPOINTS,
    *internal_transfers.ENDPOINTS,
    *stats.ENDPOINTS,
    *transactions.ENDPOINTS,
    *deposits.ENDPOINTS,
    *deposit_address.ENDPOINTS,
    *faucet.ENDPOINTS,
    *members.ENDPOINTS,
    *order_endpoints.ENDPOINTS,
    *orders.ENDPOINTS,
    *cancel_orders.ENDPOINTS,
    *trades.ENDPOINTS,
    *coinmarketcap.ENDPOINTS,
    *coingecko.ENDPOINTS,
    *access.ENDPOINTS,
    *auth_gateway.ENDPOINTS,
    *jwks.ENDPOINTS,
    *identity_tools.ENDPOINTS,
    *users.ENDPOINTS,
    *passwords.ENDPOINTS,
    *sessions.ENDPOINTS,
    *auth0.ENDPOINTS,
    *labels.ENDPOINTS,
    *user_activities.ENDPOINTS,
    *otp.ENDPOINTS,
    *passkeys.ENDPOINTS,
    *passkey_login.ENDPOINTS,
    *api_keys.ENDPOINTS,
    *service_accounts.ENDPOINTS,
    *captcha.ENDPOINTS,
    *profiles.ENDPOINTS,
    *phones.ENDPOINTS,
    *documents.ENDPOINTS,
    *data_storage.ENDPOINTS,
    *kyc.ENDPOINTS,
    *admin.ENDPOINTS,
)

_PATTERNS: Final = [
    (re.compile(re.sub(r"\{[a-z_]+\}", "[^/]+", endpoint.full_path)), endpoint) for endpoint in ENDPOINTS
]


def endpoints_for(audience: Audience) -> list[Endpoint]:
    """Those that are there for an audience."""
    return [endpoint for endpoint in ENDPOINTS if audience.takes(endpoint.tag, endpoint.path)]


def endpoints_at(path: str, audience: Audience = Audience.EVERYONE) -> Iterator[Endpoint]:
    """The endpoints whose path this is, the most literal ones first."""
    here = (endpoint for pattern, endpoint in _PATTERNS if pattern.fullmatch(path))
    found = [endpoint for endpoint in here if audience.takes(endpoint.tag, endpoint.path)]
    yield from sorted(found, key=lambda endpoint: endpoint.path.count("{"))


def allowed_methods(path: str, audience: Audience = Audience.EVERYONE) -> list[str]:
    """The methods that a path takes; none if there is no such path."""
    methods = {endpoint.method for endpoint in endpoints_at(path, audience)}
    return sorted(methods | {"OPTIONS"}) if methods else []
