"""T-11 over HTTP: hostile amounts in every field that takes one, as texts and as JSON numbers."""

import pytest

from tests.support.api import Exchange
from tests.support.members import a_withdrawer

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = [
    ('"0"', "non_positive"),
    ("0", "non_positive"),
    ("-0", "non_positive"),
    ('"-0"', "non_positive"),
    ("-0.0", "non_positive"),
    ("-1", "non_positive"),
    ('"-0.01"', "non_positive"),
    ('"NaN"', "non_decimal"),
    ('"Infinity"', "non_decimal"),
    ('"-Infinity"', "non_decimal"),
    ("1e400", "invalid"),
    ('"1e400"', "invalid"),
    ("1e-30", "invalid"),
    ('"0.000000000000000000000000000001"', "invalid"),
    ("0.000000000000000000000000000001", "invalid"),
    ('"\u0661\u0662"', "non_decimal"),
    ('"\uff11"', "non_decimal"),
    ('"1_000"', "non_decimal"),
    ('"+1"', "non_decimal"),
    ('" 1"', "non_decimal"),
    ('"1\\u0000"', "non_decimal"),
    ('"0x1"', "non_decimal"),
    ('""', "non_decimal"),
    ("true", "non_decimal"),
    ("[1]", "non_decimal"),
    ("{}", "non_decimal"),
    (str(2**63), "invalid"),
    (f'"{2**63}"', "invalid"),
    (f'"{2**256 - 1}"', "invalid"),
    (str(2**256 - 1), "invalid"),
]


def expected(field: str, finding: str) -> str:
    return "market.order.invalid_volume_or_price" if finding == "invalid" else f"market.order.{finding}_{field}"


@pytest.mark.parametrize(("literal", "finding"), HOSTILE)
async def test_hostile_amounts_are_refused_with_their_code(exchange: Exchange, literal: str, finding: str) -> None:
    """T-11."""
    alice = await exchange.member(usd="1000")
    bodies = {
        "volume": f'{{"market":"btcusd","side":"buy","volume":{literal},"price":"100"}}',
        "price": f'{{"market":"btcusd","side":"buy","volume":"1","price":{literal}}}',
        "quote_amount": f'{{"market":"btcusd","side":"buy","ord_type":"market","quote_amount":{literal}}}',
    }
    for field, body in bodies.items():
        if field == "quote_amount" and literal.strip('"') == str(2**63):
            continue  # fits into 128 bits: the book decides
        response = await alice.post("/market/orders", content=body.encode())
        assert (response.status_code, response.json()["errors"]) == (422, [expected(field, finding)]), body
        item = await alice.post("/market/orders/batch", content=f'{{"items":[{body}]}}'.encode())
        assert item.json() == [{"status": 422, "errors": [expected(field, finding)]}], body
    assert await alice.balance("usd") == ("1000.0", "0.0")


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1_000", "+1", ".5", "01", "0x1", "1e", "--1"])
async def test_what_is_no_json_is_400(exchange: Exchange, literal: str) -> None:
    """T-11."""
    alice = await exchange.member(usd="1000")
    body = f'{{"market":"btcusd","side":"buy","volume":{literal},"price":"100"}}'
    assert (await alice.post("/market/orders", content=body.encode())).status_code == 400


async def test_a_json_number_stays_exact_all_the_way(exchange: Exchange) -> None:
    """T-11: digits that a float would not keep."""
    alice = await exchange.member(eth="100")
    await exchange.deposit(alice.uid, "usd", "9007199254740993.01")
    assert (await alice.balance("usd"))[0] == "9007199254740993.01"
    body = b'{"market":"btcusd","side":"buy","volume":1000000000.000001,"price":0.03}'
    order = (await alice.post("/market/orders", content=body)).json()
    assert (order["origin_volume"], order["price"]) == ("1000000000.000001", "0.03")
    assert (await alice.balance("usd"))[1] == "30000000.00000003"


async def test_amounts_beyond_64_bits_are_exact(exchange: Exchange) -> None:
    """T-13: price times quantity needs more."""
    whale = await exchange.member()
    await exchange.deposit(whale.uid, "usd", "99999999999999999999")
    order = await whale.place(side="buy", volume="9000000000.123456", price="999999.99")
    held = 9000000000_123456 * 99999999
    assert (await whale.balance("usd"))[1] == f"{held // 10**8}.{held % 10**8:08}"
    assert order["state"] == "wait"
    await whale.post("/market/orders/cancel")


async def test_hostile_amounts_neither_leave_nor_move(exchange: Exchange) -> None:
    """T-11, of withdrawals and transfers."""
    alice = await a_withdrawer(exchange, btc="1")
    for literal, finding in HOSTILE:
        if literal.strip('"') == str(2**63):
            continue  # fits into 128 bits: the balance decides
        fields = f'"currency":"btc","otp":"1","amount":{literal}'
        bodies = {
            "withdraw": f'{{"beneficiary_id":{alice.beneficiary_id},{fields}}}',
            "internal_transfer": f'{{"username_or_uid":"nobody",{fields}}}',
        }
        for kind, body in bodies.items():
            response = await alice.request("POST", f"/account/{kind}s", content=body.encode())
            code = f"account.{kind}.invalid_amount" if finding == "invalid" else f"account.{kind}.{finding}_amount"
            assert (response.status_code, response.json()["errors"]) == (422, [code]), body
    assert await alice.balance() == ("1.0", "0.0")
