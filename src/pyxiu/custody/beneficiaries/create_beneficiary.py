"""Add an entry to a member's address book. It pays nobody before the PIN that is mailed for it.

Invariant: the address is one of this network, written in one way, and no wallet of ours; the same one twice is refused.
Limit: a memo or tag is no part of any network that is supported.
"""

import datetime
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.beneficiaries import store
from pyxiu.custody.beneficiaries.data import ADDRESS, fiat_key, read_coin_data, read_fiat_data
from pyxiu.custody.beneficiaries.events import emit_beneficiary
from pyxiu.custody.beneficiaries.model import Beneficiary, Details, Refusal, Refused
from pyxiu.custody.beneficiaries.pins import send_pin
from pyxiu.custody.beneficiaries.store import NewBeneficiary
from pyxiu.custody.chain import InvalidAddressError
from pyxiu.custody.model import WALLET_OWNER, NetworkInfo
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.withdrawals.ports import CurrencyFacts, MemberFacts
from pyxiu.custody.withdrawals.store import lock_member
from pyxiu.kit.clock import now_of

_DAY = datetime.timedelta(days=1)


class BeneficiaryRequest(msgspec.Struct, frozen=True, kw_only=True):
    """As it was typed. `network` None: the only one that the coin moves on."""

    currency: str
    network: str | None
    name: str
    description: str | None
    data: Mapping[str, Any]


async def create_beneficiary(
    services: CustodyServices, member: MemberFacts, request: BeneficiaryRequest
) -> Beneficiary | Refused:
    """Pending, until its PIN is typed in."""
    currency = await services.withdrawing.rules.currency(request.currency)
    if currency is None or not currency.visible:
        return Refused(Refusal.CURRENCY)
    network: NetworkInfo | None = None
    if not currency.fiat:
        network = await network_for(services, currency, request.network)
        if network is None:
            return Refused(Refusal.NETWORK)
    details = _details(services, currency, network, request.data)
    if isinstance(details, Refused):
        return details
    async with services.database.begin() as connection:
        await lock_member(connection, member.uid)
        refused = await _refused(connection, services, member, currency, network, details)
        if isinstance(refused, Refused):
            return refused
        new = NewBeneficiary(
            uid=member.uid,
            currency=currency.code,
            network=None if network is None else network.key,
            name=request.name,
            description=request.description,
            details=details,
            internal_uid=refused,
            sent_at=now_of(services.clock),
        )
        row = await store.insert_beneficiary(connection, services.withdrawing.sealer, new)
        await emit_beneficiary(connection, member, row)
        await send_pin(connection, services, member, row)
    return row


async def network_for(services: CustodyServices, currency: CurrencyFacts, wanted: str | None) -> NetworkInfo | None:
    """The network that is named, or the only one, if the currency moves on it."""
    fitting = []
    for network in await services.assets.networks():
        if not network.enabled or wanted not in {None, network.key}:
            continue
        if any(asset.asset == currency.code for asset in await services.assets.assets(network.key)):
            fitting.append(network)
    return fitting[0] if len(fitting) == 1 else None


def _details(
    services: CustodyServices, currency: CurrencyFacts, network: NetworkInfo | None, data: Mapping[str, Any]
) -> Details | Refused:
    if network is None:
        texts = read_fiat_data(data)
        return texts if isinstance(texts, Refused) else Details(texts, fiat_key(texts))
    address = read_coin_data(data)
    if isinstance(address, Refused):
        return address
    try:
        checked = services.address_book.check(network.chain, address)
    except InvalidAddressError as error:
        return Refused(Refusal.INVALID_ADDRESS, f"{currency.code.upper()} on {network.name}: {error}")
    return Details({ADDRESS: checked.text}, checked.destination)


async def _refused(
    connection: AsyncConnection,
    services: CustodyServices,
    member: MemberFacts,
    currency: CurrencyFacts,
    network: NetworkInfo | None,
    details: Details,
) -> Refused | str | None:
    """Why not; or the member whose deposit address it is, if anybody's."""
    owner = None if network is None else await store.owner_of(connection, network.key, details.key)
    if owner is not None and (owner == member.uid or owner.startswith(WALLET_OWNER)):
        return Refused(Refusal.PLATFORM_ADDRESS)
    indexes = services.withdrawing.sealer.fingerprints(details.key.encode(), store.INDEX_PURPOSE)
    key = None if network is None else network.key
    if await store.has_same(connection, member.uid, currency.code, key, indexes):
        return Refused(Refusal.DUPLICATE)
    settings = services.settings.withdrawals
    if await store.count_live(connection, member.uid) >= settings.beneficiaries_max:
        return Refused(Refusal.TOO_MANY)
    if await store.pins_since(connection, member.uid, now_of(services.clock) - _DAY) >= settings.pins_a_day:
        return Refused(Refusal.TOO_MANY_PINS)
    return owner
