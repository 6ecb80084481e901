"""GET /public/currencies and /public/currencies/{id}: what is held here."""

from typing import Annotated, Final

from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint, paginated
from pyxiu.api.errors import WireError, refuse
from pyxiu.api.pagination import Paged, paged
from pyxiu.api.params import Choice, Search
from pyxiu.api.wire.catalog import Currency, currency_entity
from pyxiu.catalog import model
from pyxiu.catalog.reads import CatalogPicture

UNKNOWN: Final = WireError(422, "public.currency.doesnt_exist")


class CurrenciesQuery(Paged, frozen=True):
    type: Annotated[
        str | None, Choice(("fiat", "coin"), "public.currency.invalid_type", "Only coins or only fiat.")
    ] = None
    search: Annotated[
        dict[str, str] | None,
        Search(("code", "name"), "public.currency.invalid_search", "Currencies whose code and name contain these."),
    ] = None


@endpoint(
    "GET",
    "/public/currencies",
    tag="Public",
    query=CurrenciesQuery,
    returns=list[Currency],
    headers=paginated(),
    errors={422: ("public.currency.invalid_type", "public.currency.invalid_search")},
)
async def list_currencies(call: Call[CurrenciesQuery]) -> Reply:
    """All visible currencies, in the order in which they are listed."""
    picture = await call.edge.catalog.picture()
    wanted = call.query.search or {}
    found = [
        currency
        for currency in picture.currencies.values()
        if currency.visible
        and call.query.type in {None, currency.type.value}
        and contains(currency.id, wanted.get("code"))
        and contains(currency.name, wanted.get("name"))
    ]
    return paged(found, call.query, lambda currency: shown(currency, picture))


@endpoint(
    "GET",
    "/public/currencies/{id}",
    tag="Public",
    returns=Currency,
    errors={422: (UNKNOWN.code,)},
    path_parameters={"id": "The code, in upper or lower case."},
)
async def show_currency(call: Call[NoQuery]) -> Reply:
    """One currency."""
    picture = await call.edge.catalog.picture()
    currency = picture.currencies.get(call.path["id"].lower())
    if currency is None or not currency.visible:
        raise refuse(UNKNOWN)
    return Reply(shown(currency, picture))


def shown(currency: model.Currency, picture: CatalogPicture) -> Currency:
    return currency_entity(currency, picture.blockchains)


def contains(text: str, part: str | None) -> bool:
    """Whether `part` occurs in `text`, whatever the case; nothing occurs everywhere."""
    return part is None or part.lower() in text.lower()


ENDPOINTS: Final = (list_currencies, show_currency)
