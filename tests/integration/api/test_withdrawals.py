"""Withdrawals, the address book and transfers over HTTP, as a front-end uses them."""

import asyncio
from typing import Any

import httpx
import pytest

from pyxiu.custody.withdrawals.payload import new_tid, transfer_hash, withdrawal_hash
from pyxiu.custody.withdrawals.request_withdrawal import KIND
from pyxiu.kit.decimals import parse_decimal
from tests.support.api import PREFIX, Exchange
from tests.support.members import BTC_ADDRESSES, Withdrawer, a_withdrawer

pytestmark = pytest.mark.asyncio(loop_scope="module")

APPROVALS = "/api/v2/barong/resource/factors/approvals"
BOOK = "/account/beneficiaries"


def errors_of(response: httpx.Response) -> tuple[int, list[str]]:
    return response.status_code, response.json()["errors"]


async def minted(member: Withdrawer, client_id: str, amount: str = "0.01", address: str = BTC_ADDRESSES[0]) -> str:
    """An approval of exactly this withdrawal."""
    units = await units_of(member.exchange, amount)
    action = withdrawal_hash(
        tid=new_tid(KIND, member.uid, client_id), network="bitcoin", currency="btc", address=address, amount=units
    )
    return await member.approval(action)


async def units_of(exchange: Exchange, amount: str) -> int:
    units = parse_decimal(amount, (await exchange.services.catalog.currencies())["btc"].decimals)
    assert units is not None
    return units


async def test_an_address_is_added_confirmed_by_its_pin_used_and_taken_out(exchange: Exchange) -> None:
    alice = await a_withdrawer(exchange, btc="1")
    body = {"currency": "BTC", "name": "Cold", "description": "mine", "data": {"address": f" {BTC_ADDRESSES[1]} "}}
    added = await alice.post(BOOK, **body)
    assert added.status_code == 201, added.text
    entry = added.json()
    assert (entry["state"], entry["currency"], entry["blockchain_key"]) == ("pending", "btc", "bitcoin")
    assert entry["data"] == {"address": BTC_ADDRESSES[1]}
    path = f"{BOOK}/{entry['id']}"
    assert errors_of(await alice.request("PATCH", f"{path}/resend_pin")) == (
        422,
        ["account.beneficiary.cant_resend_within_1_minute"],
    )
    pin = await alice.pin(entry["id"])
    wrong = f"{(int(pin) + 1) % 10**6:06d}"
    refused = await alice.request("PATCH", f"{path}/activate", json={"pin": wrong})
    assert errors_of(refused) == (422, ["account.beneficiary.invalid_pin"])
    # A number loses its leading zeros on the way.
    activated = await alice.request("PATCH", f"{path}/activate", json={"pin": int(pin)})
    assert (activated.status_code, activated.json()["state"]) == (200, "active")
    waits = await alice.withdraw(beneficiary_id=entry["id"])
    assert errors_of(waits) == (422, ["account.beneficiary.waits"])
    assert int(waits.headers["Retry-After"]) > 23 * 3600
    listed = await alice.request("GET", BOOK, params={"state": "active"})
    assert {row["id"] for row in listed.json()} == {entry["id"], alice.beneficiary_id}
    assert (await alice.request("DELETE", path)).status_code == 204
    assert errors_of(await alice.request("GET", path)) == (404, ["record.not_found"])
    gone = await alice.withdraw(beneficiary_id=entry["id"])
    assert errors_of(gone) == (422, ["account.beneficiary.doesnt_exist"])


@pytest.mark.parametrize(
    ("fields", "code", "says"),
    [
        ({"data": {"address": "ltc1qvgumufpjfadkwzj6ldcec4wjlzdzufnz8v7a50"}}, "invalid_address", "BTC on Bitcoin"),
        ({"data": {"address": BTC_ADDRESSES[0][:-1] + "q"}}, "invalid_address", "mistyped"),
        ({"data": {"address": "<script>"}}, "invalid_address", "letters and digits"),
        ({"data": {"address": ""}}, "missing_address_in_data", ""),
        ({"data": {}}, "missing_address_in_data", ""),
        ({"data": "{no json"}, "non_json_data", ""),
        ({"data": [1]}, "non_json_data", ""),
        ({"data": None}, "missing_data", ""),
        ({"name": None}, "missing_name", ""),
        ({"name": "  "}, "empty_name", ""),
        ({"name": "n" * 65}, "too_long_name", ""),
        ({"description": "d" * 256}, "too_long_description", ""),
        ({"blockchain_key": "ethereum"}, "invalid_blockchain_key", ""),
        ({"currency": "usd", "data": {"account_number": "1"}}, "missing_full_name_in_data", ""),
        ({"data": {"address": BTC_ADDRESSES[0]}}, "duplicate_address", ""),
    ],
)
async def test_t38_an_entry_that_cannot_be_paid_is_refused_with_what_is_wrong(
    exchange: Exchange, fields: dict[str, Any], code: str, says: str
) -> None:
    alice = await a_withdrawer(exchange)
    body = {"currency": "btc", "name": "wallet", "data": {"address": BTC_ADDRESSES[1]}, **fields}
    refused = await alice.post(BOOK, **body)
    assert errors_of(refused) == (422, [f"account.beneficiary.{code}"])
    assert says in refused.json().get("message", "")


async def test_a_bank_account_is_shown_masked(exchange: Exchange) -> None:
    alice = await a_withdrawer(exchange, usd="100")
    data = '{"full_name": "Alice Example", "account_number": "DE89370400440532013000"}'
    entry = (await alice.post(BOOK, currency="usd", name="bank", data=data)).json()
    assert entry["data"] == {"full_name": "Alice Example", "account_number": "DE****************3000"}
    assert (entry["blockchain_key"], entry["internal"]) == (None, False)


async def test_a_withdrawal_is_asked_for_listed_and_counted(exchange: Exchange) -> None:
    alice = await a_withdrawer(exchange, btc="1")
    made = await alice.withdraw(amount="0.02", note="rent", client_withdrawal_id="rent")
    assert made.status_code == 201, made.text
    row = made.json()
    assert (row["amount"], row["fee"], row["state"], row["type"]) == ("0.02", "0.0", "processing", "coin")
    assert (row["rid"], row["note"], row["confirmations"]) == (BTC_ADDRESSES[0], "rent", 0)
    assert await alice.balance() == ("0.98", "0.02")
    shown = await alice.request("GET", f"/account/withdraws/{row['id']}")
    assert shown.json() == row
    for params, rows in (({}, [row]), ({"state": "processing"}, [row]), ({"state": "succeed"}, []), ({"rid": "x"}, [])):
        listed = await alice.request("GET", "/account/withdraws", params=params)
        assert (listed.json(), listed.headers["Total"]) == (rows, str(len(rows)))
    sums = (await alice.request("GET", "/account/withdraws/sums")).json()
    assert (sums["last_24_hours"], sums["last_1_month"], sums["limit_24_hours"]) == ("400.0", "400.0", "1000.0")
    again = await alice.withdraw(amount="0.02", note="rent", client_withdrawal_id="rent", otp="000000")
    assert again.json() == row
    other = await alice.withdraw(amount="0.03", client_withdrawal_id="rent", otp="000000")
    assert errors_of(other) == (422, ["account.withdraw.client_withdrawal_id_reused"])
    transactions = await alice.request("GET", "/account/transactions", params={"currency": "btc"})
    assert [(one["type"], one["tid"], one["address"]) for one in transactions.json()] == [
        ("Withdraw", row["tid"], BTC_ADDRESSES[0])
    ]


async def test_over_the_limit_it_is_held_for_staff_and_may_be_taken_back(exchange: Exchange) -> None:
    alice = await a_withdrawer(exchange, btc="1")
    made = (await alice.withdraw(amount="0.9")).json()
    assert made["state"] == "accepted"
    assert await alice.balance() == ("0.1", "0.9")
    canceled = await alice.post(f"/account/withdraws/{made['id']}/cancel")
    assert (canceled.status_code, canceled.json()["state"]) == (201, "canceled")
    assert await alice.balance() == ("1.0", "0.0")
    again = await alice.post(f"/account/withdraws/{made['id']}/cancel")
    assert again.status_code == 201
    approved = (await alice.withdraw(amount="0.01")).json()
    refused = await alice.post(f"/account/withdraws/{approved['id']}/cancel")
    assert errors_of(refused) == (422, ["account.withdraw.cant_cancel"])


async def test_a_body_that_cannot_be_is_told_all_that_is_wrong(exchange: Exchange) -> None:
    alice = await a_withdrawer(exchange)
    wrong = {"beneficiary_id": "x", "amount": "NaN", "note": "n" * 257, "client_withdrawal_id": " ", "otp": "abc"}
    refused = await alice.post("/account/withdraws", **wrong)
    assert errors_of(refused) == (
        422,
        [
            "account.withdraw.non_integer_otp",
            "account.withdraw.non_integer_beneficiary_id",
            "account.withdraw.missing_currency",
            "account.withdraw.non_decimal_amount",
            "account.withdraw.too_long_note",
            "account.withdraw.invalid_client_withdrawal_id",
        ],
    )
    empty = await alice.post("/account/withdraws")
    assert set(errors_of(empty)[1]) >= {"account.withdraw.missing_otp", "account.withdraw.missing_amount"}


async def test_a_low_level_a_wrong_code_and_too_little_are_refused(exchange: Exchange) -> None:
    low = await a_withdrawer(exchange, level=1)
    assert errors_of(await low.withdraw(otp="1")) == (403, ["account.withdraw.not_permitted"])
    alice = await a_withdrawer(exchange, btc="0.5")
    assert errors_of(await alice.withdraw(otp=1)) == (422, ["account.withdraw.invalid_otp"])
    refused = await alice.withdraw(amount="0.6")
    assert errors_of(refused) == (422, ["account.withdraw.insufficient_balance"])
    small = await alice.withdraw(amount="0.001", otp="1")
    assert errors_of(small) == (422, ["account.withdraw.below_minimum"])


async def test_an_api_key_withdraws_only_with_its_scope(exchange: Exchange) -> None:
    alice = await a_withdrawer(exchange, btc="1")
    reader = await exchange.api_key(alice.uid, scopes=("read", "trade"))
    path = f"{PREFIX}/account/withdraws"
    body = {"beneficiary_id": alice.beneficiary_id, "currency": "btc", "amount": "0.01", "otp": alice.code()}
    refused = await exchange.anyone.post(path, json=body, auth=reader)
    assert errors_of(refused) == (403, ["authz.apikey_scope_not_allowed"])
    withdrawer = await exchange.api_key(alice.uid, scopes=("withdraw",))
    made = await exchange.anyone.post(path, json=body, auth=withdrawer)
    assert made.status_code == 201, made.text
    added = await exchange.anyone.post(f"{PREFIX}{BOOK}", json={"currency": "btc"}, auth=withdrawer)
    assert errors_of(added) == (403, ["authz.apikey_scope_not_allowed"])


async def test_t65_a_proof_for_one_withdrawal_is_none_for_another(exchange: Exchange) -> None:
    """S-2: id, amount, address and network are what was approved."""
    alice = await a_withdrawer(exchange, btc="1")
    other = await alice.add_beneficiary(data={"address": BTC_ADDRESSES[1]})
    given = {"client_withdrawal_id": "w1", "approval": ""}
    for changed in ({"amount": "0.02"}, {"beneficiary_id": other}, {"client_withdrawal_id": "w2"}):
        token = await minted(alice, "w1")
        refused = await alice.withdraw(**{**given, "approval": token, **changed})
        assert errors_of(refused) == (422, ["account.withdraw.invalid_otp"])
        # Shown once, it is gone, whether it fitted or not.
        refused = await alice.withdraw(**{**given, "approval": token})
        assert errors_of(refused) == (422, ["account.withdraw.invalid_otp"])
    token = await minted(alice, "w1")
    made = await alice.withdraw(**{**given, "approval": token})
    assert made.status_code == 201, made.text
    used = await alice.withdraw(**{**given, "client_withdrawal_id": "w3", "approval": token})
    assert errors_of(used) == (422, ["account.withdraw.invalid_otp"])


async def test_an_approval_is_had_for_a_withdrawal_and_used_by_it(exchange: Exchange) -> None:
    alice = await a_withdrawer(exchange, btc="1")
    fields = {"beneficiary_id": alice.beneficiary_id, "currency": "BTC", "amount": "0.010"}
    body = {"kind": "withdrawal.create", "fields": fields, "otp_code": alice.code()}
    without_id = await alice.browser.request("POST", APPROVALS, json=body)
    assert errors_of(without_id) == (422, ["resource.factors.invalid_fields"])
    body["fields"] = {**fields, "client_withdrawal_id": "w1"}
    approved = await alice.browser.request("POST", APPROVALS, json=body)
    assert approved.status_code == 201, approved.text
    made = await alice.withdraw(client_withdrawal_id="w1", approval=approved.json()["approval"])
    assert made.status_code == 201, made.text


async def test_t64_one_code_in_fifty_parallel_withdrawals_lets_one_through(exchange: Exchange) -> None:
    alice = await a_withdrawer(exchange, btc="1")
    code = alice.code()
    answers = await asyncio.gather(*(alice.withdraw(otp=code, client_withdrawal_id=f"w{n}") for n in range(50)))
    assert [answer.status_code for answer in answers].count(201) == 1
    assert {answer.status_code for answer in answers} <= {201, 422, 429}
    assert (await alice.balance())[1] == "0.01"


async def test_t05_one_id_in_a_hundred_parallel_requests_is_one_withdrawal(exchange: Exchange) -> None:
    alice = await a_withdrawer(exchange, btc="1")
    code = alice.code()
    answers = await asyncio.gather(*(alice.withdraw(otp=code, client_withdrawal_id="w") for _ in range(100)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert await alice.balance() == ("0.99", "0.01")


async def test_the_allow_list_needs_a_factor_for_new_addresses_and_cools_off_when_turned_off(
    exchange: Exchange,
) -> None:
    alice = await a_withdrawer(exchange, btc="1")
    path = "/account/withdraw_settings"
    assert (await alice.request("GET", path)).json() == {"allow_list": False}
    missing = await alice.request("PUT", path, json={"allow_list": True})
    assert errors_of(missing) == (422, ["account.withdraw_settings.missing_otp"])
    turned_on = await alice.request("PUT", path, json={"allow_list": True, "otp": alice.code()})
    assert turned_on.json() == {"allow_list": True}
    entry = (await alice.post(BOOK, currency="btc", name="new", data={"address": BTC_ADDRESSES[1]})).json()
    activate, pin = f"{BOOK}/{entry['id']}/activate", await alice.pin(entry["id"])
    without = await alice.request("PATCH", activate, json={"pin": pin})
    assert errors_of(without) == (422, ["account.beneficiary.missing_otp"])
    assert (await alice.request("PATCH", activate, json={"pin": pin, "otp": alice.code()})).status_code == 200


async def test_turning_the_allow_list_off_makes_withdrawals_wait(exchange: Exchange) -> None:
    alice = await a_withdrawer(exchange, btc="1")
    path = "/account/withdraw_settings"
    for enabled in (True, False):
        changed = await alice.request("PUT", path, json={"allow_list": enabled, "otp": alice.code()})
        assert changed.json() == {"allow_list": enabled}
    refused = await alice.withdraw(otp="1")
    assert errors_of(refused) == (422, ["account.withdraw.cooling_off"])
    assert int(refused.headers["Retry-After"]) > 0


async def test_funds_go_to_another_member_at_once_and_both_see_it(exchange: Exchange) -> None:
    alice, bob = await a_withdrawer(exchange, btc="1"), await a_withdrawer(exchange)
    body = {"currency": "btc", "amount": "0.02", "username_or_uid": bob.uid, "client_transfer_id": "t1"}
    sent = await alice.post("/account/internal_transfers", **body, otp=alice.code())
    assert sent.status_code == 201, sent.text
    assert (sent.json()["direction"], sent.json()["status"], sent.json()["amount"]) == ("out", "completed", "0.02")
    assert (await alice.balance(), await bob.balance()) == (("0.98", "0.0"), ("0.02", "0.0"))
    assert (await alice.post("/account/internal_transfers", **body, otp="0")).json() == sent.json()
    (seen,) = (await bob.request("GET", "/account/internal_transfers")).json()
    assert (seen["direction"], seen["sender_uid"], seen["client_transfer_id"]) == ("in", alice.uid, None)
    assert (await bob.request("GET", "/account/internal_transfers", params={"sender": "true"})).json() == []
    sums = (await alice.request("GET", "/account/withdraws/sums")).json()
    assert sums["last_24_hours"] == "400.0"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"username_or_uid": "nobody"}, "receiver_not_found"),
        ({"username_or_uid": "self"}, "can_not_tranfer_to_yourself"),
        ({"amount": "0.9"}, "over_limit"),
        ({"amount": "-1"}, "non_positive_amount"),
        ({"amount": "0.000000001"}, "invalid_amount"),
        ({"amount": None}, "missing_amount"),
        ({"otp": None}, "missing_otp"),
        ({"otp": "000000"}, "invalid_otp"),
        ({"username_or_uid": None}, "missing_username_or_uid"),
    ],
)
async def test_a_transfer_that_may_not_be_is_refused(exchange: Exchange, fields: dict[str, Any], code: str) -> None:
    alice, bob = await a_withdrawer(exchange, btc="1"), await a_withdrawer(exchange)
    body = {"currency": "btc", "amount": "0.01", "username_or_uid": bob.uid, "otp": "1", **fields}
    if body["username_or_uid"] == "self":
        body["username_or_uid"] = alice.uid
    refused = await alice.post("/account/internal_transfers", **body)
    assert errors_of(refused) == (422, [f"account.internal_transfer.{code}"])
    assert await alice.balance() == ("1.0", "0.0")


async def test_more_than_there_is_is_not_transferred(exchange: Exchange) -> None:
    alice, bob = await a_withdrawer(exchange, btc="0.01"), await a_withdrawer(exchange)
    tid = new_tid("transfer", alice.uid, "t1")
    token = await alice.approval(
        transfer_hash(tid=tid, receiver=bob.uid, currency="btc", amount=await units_of(exchange, "0.02"))
    )
    body = {"currency": "btc", "amount": "0.02", "username_or_uid": bob.uid, "client_transfer_id": "t1"}
    refused = await alice.post("/account/internal_transfers", **body, approval=token)
    assert errors_of(refused) == (422, ["account.internal_transfer.insufficient_balance"])
    assert (await bob.request("GET", "/account/internal_transfers")).json() == []
