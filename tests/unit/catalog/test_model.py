"""How the catalog writes decimals."""

from decimal import Decimal

import pytest

from pyxiu.catalog.engine_rules import asset_decimals, scaled
from pyxiu.catalog.model import plain


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0", "0.0"), ("1", "1.0"), ("0.0020", "0.002"), ("1E+3", "1000.0"), ("1E-8", "0.00000001"), ("10.00", "10.0")],
)
def test_decimals_are_written_without_exponent(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("subunits", "precision", "decimals"), [(0, 2, 10), (8, 8, 10), (18, 8, 18), (12, 4, 12), (0, 16, 16)]
)
def test_asset_decimals_cover_chain_precision_and_markets(subunits: int, precision: int, decimals: int) -> None:
    assert asset_decimals(subunits, precision) == decimals


def test_scaling_is_exact_or_refused() -> None:
    assert scaled(Decimal("12345678901234567890.123456789012345678"), 18) == 12345678901234567890123456789012345678
    with pytest.raises(ValueError, match=r"at most 2 digits after the point, found 0\.001"):
        scaled(Decimal("0.001"), 2)
