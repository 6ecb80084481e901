"""Ledger against chains, the arithmetic: what is true on both sides is explained to the unit, and nothing else is."""

from hypothesis import given
from hypothesis import strategies as st

from pyxiu.custody.chain import BlockRef
from pyxiu.custody.solvency.check_solvency import report_of
from pyxiu.custody.solvency.model import AssetReport, Item, ItemKind
from pyxiu.custody.solvency.snapshot import Ledger, PaidIn, PaidOut, Snapshot
from pyxiu.custody.solvency.watch_solvency import findings_of
from tests.support.custody import network_asset

#: One asset, on its own chain with 18 digits and as a token with 6 on another; the ledger counts 8.
COIN = network_asset("eth", "ethereum", chain_decimals=18, decimals=8)
TOKEN = network_asset("eth", "litecoin", contract="0xaa", chain_decimals=6, decimals=8)
FACTORS = {"ethereum": 1, "litecoin": 10**12}
AMOUNTS = st.integers(min_value=0, max_value=10**24)
SMALL = st.integers(min_value=0, max_value=10**12)
KINDS = ("credited", "confirming", "below_minimum", "inflow")


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Snapshot, dict[str, int], list[PaidOut], int]:
    """A snapshot that is consistent, what each network holds, what has left, and the members' part of the ledger."""
    came = [PaidIn(asset.network, asset.contract, kind, draw(AMOUNTS)) for asset in (COIN, TOKEN) for kind in KINDS]
    left = [PaidOut(network, "eth", draw(SMALL), draw(SMALL)) for network in FACTORS]
    held = {network: sum(one.amount for one in came if one.network == network) for network in FACTORS}
    for one in left:
        # A token's transfer costs the other chain's coin, not the token.
        held[one.network] -= one.amount + (one.fee if one.network == "ethereum" else 0)
    classes = {"deposits": draw(SMALL), "inflows": draw(SMALL), "adjustments": draw(SMALL) - 10**11}
    classes |= {"withdrawals": -draw(SMALL), "fees": -draw(SMALL)}
    total = sum(classes.values())
    members = draw(st.integers(min_value=0, max_value=max(0, total)))
    snapshot = Snapshot(
        seq=1,
        heights={network: BlockRef(9, "h") for network in FACTORS},
        assets={"eth": [COIN, TOKEN]},
        ledgers={"eth": Ledger(total, members, classes, ())},
        paid_in=came,
        outputs={},
        accounts=set(FACTORS),
        places={},
        final=[],
        attempts=[],
        strange=[],
    )
    return snapshot, held, left, members


@given(worlds(), st.sampled_from(sorted(FACTORS)), st.integers(min_value=-(10**20), max_value=10**20))
def test_a_consistent_world_is_explained_and_a_difference_of_one_unit_is_not(
    world: tuple[Snapshot, dict[str, int], list[PaidOut], int], network: str, change: int
) -> None:
    snapshot, held, left, members = world
    report = report_of("eth", [COIN, TOKEN], snapshot, held, left)
    assert report.unexplained == 0
    assert report.decimals == 18
    assert report.members == members * 10**10
    assert report.short == max(0, report.members - report.covering)
    other = report_of("eth", [COIN, TOKEN], snapshot, {**held, network: held[network] + change}, left)
    assert other.unexplained == change * FACTORS[network]
    assert bool(findings_of(other)) >= bool(change)


def report(**fields: object) -> AssetReport:
    given = {
        "asset": "ltc", "decimals": 8, "seq": 1, "heights": {}, "holdings": 0, "ledger": 0, "members": 0, "items": (),
        **fields,
    }  # fmt: skip
    return AssetReport(**given)  # type: ignore[arg-type] # by name


def test_what_is_owed_to_members_besides_covers_nobody() -> None:
    waiting = Item(ItemKind.DEPOSITS, 30, {"confirming": 30})
    assert report(holdings=100, ledger=70, members=70, items=(waiting,)).short == 0
    assert report(holdings=100, ledger=70, members=71, items=(waiting,)).short == 1


def test_what_members_were_paid_already_is_not_asked_for_again() -> None:
    paid = Item(ItemKind.WITHDRAWALS, -20)
    assert report(holdings=80, ledger=100, members=100, items=(paid,)).short == 0


def test_a_finding_says_how_much_what_is_known_and_what_is_strange() -> None:
    found = findings_of(report(holdings=150, ledger=100, members=90, strange=("litecoin: tx spends 5",)))
    assert len(found) == 1
    assert "0.0000005 of the difference is not explained (litecoin: tx spends 5)" in found[0]
    assert findings_of(report(holdings=100, ledger=100, members=100)) == []
