"""GET /public/markets: what can be traded."""

from typing import Annotated, Final

from pyxiu.api.endpoint import Call, Reply, endpoint, paginated
from pyxiu.api.errors import ApiError
from pyxiu.api.pagination import Paged, paged
from pyxiu.api.params import Choice, Search, Text
from pyxiu.api.public.currencies import contains
from pyxiu.api.wire.catalog import Market, market_entity
from pyxiu.catalog import model
from pyxiu.catalog.model import MarketStatus
from pyxiu.catalog.reads import CatalogPicture

UNLISTED: Final = frozenset({MarketStatus.HIDDEN, MarketStatus.DISABLED})


class MarketsQuery(Paged, frozen=True):
    ordering: Annotated[str, Choice(("asc", "desc"), "public.markets.invalid_ordering", "Ascending or descending.")] = (
        "asc"
    )
    order_by: Annotated[str, Choice(("id", "position"), "public.markets.invalid_order_by", "What to sort by.")] = (
        "position"
    )
    base_unit: Annotated[str | None, Text("public.markets.base_unit_doesnt_exist", "Only markets of this base.")] = None
    quote_unit: Annotated[str | None, Text("public.markets.quote_unit_doesnt_exist", "Only markets of this quote.")] = (
        None
    )
    search: Annotated[
        dict[str, str] | None,
        Search(
            ("base_code", "quote_code", "base_name", "quote_name"),
            "public.markets.invalid_search",
            "Markets whose currencies' codes and names contain these.",
        ),
    ] = None


@endpoint(
    "GET",
    "/public/markets",
    tag="Public",
    query=MarketsQuery,
    returns=list[Market],
    headers=paginated(),
    errors={
        422: (
            "public.markets.invalid_ordering",
            "public.markets.invalid_order_by",
            "public.markets.base_unit_doesnt_exist",
            "public.markets.quote_unit_doesnt_exist",
            "public.markets.invalid_search",
        )
    },
)
async def list_markets(call: Call[MarketsQuery]) -> Reply:
    """All listed markets.

    The first one is where front-ends start.
    """
    query = call.query
    picture = await call.edge.catalog.picture()
    base, quote = _units(query, picture)
    found = [
        market
        for market in picture.markets.values()
        if market.state not in UNLISTED
        and base in {None, market.base_unit}
        and quote in {None, market.quote_unit}
        and _matches(market, query.search or {}, picture)
    ]
    found.sort(
        key=lambda market: (market.position if query.order_by == "position" else 0, market.id),
        reverse=query.ordering == "desc",
    )
    return paged(found, query, market_entity)


def _units(query: MarketsQuery, picture: CatalogPicture) -> tuple[str | None, str | None]:
    units: list[str | None] = []
    codes: list[str] = []
    for name, given in (("base", query.base_unit), ("quote", query.quote_unit)):
        unit = None if given is None else given.lower()
        if unit is not None and (unit not in picture.currencies or not picture.currencies[unit].visible):
            codes.append(f"public.markets.{name}_unit_doesnt_exist")
        units.append(unit)
    if codes:
        raise ApiError(422, codes)
    return units[0], units[1]


def _matches(market: model.Market, wanted: dict[str, str], picture: CatalogPicture) -> bool:
    base, quote = picture.currencies[market.base_unit], picture.currencies[market.quote_unit]
    return (
        contains(base.id, wanted.get("base_code"))
        and contains(base.name, wanted.get("base_name"))
        and contains(quote.id, wanted.get("quote_code"))
        and contains(quote.name, wanted.get("quote_name"))
    )


ENDPOINTS: Final = (list_markets,)
