"""What the signer makes of a payload, without a chain: a cancellation is one by all that it says, or it is refused."""

from typing import Any

import pytest
from msgspec.structs import replace

from pyxiu.custody.payouts.payload import AccountPayload, GasWords, PayeeWords
from pyxiu.custody.payouts.ports import Checked, Payee
from pyxiu.custody.signing.judge import Known, judge, outputs_hash
from pyxiu.custody.signing.model import Group, Limit, Policy, Refused

ACCOUNT, TOKEN, MEMBER = "0xaccount", "0xtoken", "0xmember"
LOCKS = (f"nonce:{ACCOUNT}:7",)
PAYEE = Payee(MEMBER, MEMBER, 5, "TID1")
PAYS = Checked((PAYEE,), 10, LOCKS, TOKEN, frozenset())
CANCELS = Checked((), 10, LOCKS, "", frozenset())
SIGNED = Group(outputs_hash(PAYS), frozenset(LOCKS))
KNOWN = Known(
    policy=Policy((Limit("net", "usdt", 60, 100),), fee_max=10),
    group=SIGNED,
    proofs={"TID1": ("proof", "proof")},
    payers={"TID1": 1},
    spent={60: 5},
    contract=TOKEN,
)


def payload(*, cancel: bool) -> AccountPayload:
    """The second attempt of a payout of a token."""
    outputs = [] if cancel else [PayeeWords(address=MEMBER, destination=MEMBER, amount="5", withdrawal="TID1")]
    return AccountPayload(
        form="account-1",
        network="net",
        chain="evm:1",
        payout=1,
        attempt=2,
        purpose="withdrawal",
        currency="usdt",
        unsigned="",
        sender=ACCOUNT,
        key="hot",
        path="0/0",
        nonce=7,
        contract="" if cancel else TOKEN,
        outputs=outputs,
        cancel=cancel,
        gas=GasWords(limit="1", max_fee="10", priority="1"),
        fee="10",
    )


def test_t56_a_cancellation_of_a_tokens_payout_is_signed_although_it_moves_no_token() -> None:
    assert judge(payload(cancel=False), PAYS, KNOWN) is None
    assert judge(payload(cancel=True), CANCELS, KNOWN) is None
    # Also when the token is not listed any more: there is nothing that its contract would say.
    assert judge(payload(cancel=True), CANCELS, replace(KNOWN, contract="unknown")) is None


@pytest.mark.parametrize(
    ("cancel", "checked", "known", "reason"),
    [
        (True, replace(CANCELS, payees=(PAYEE,)), KNOWN, "a cancellation pays nobody"),
        (True, replace(CANCELS, contract=TOKEN), KNOWN, "a cancellation pays nobody"),
        (True, replace(CANCELS, fee=11), KNOWN, "above the signer's bound"),
        (True, replace(CANCELS, locks=("nonce:0xaccount:8",)), KNOWN, "mined beside it"),
        (True, CANCELS, replace(KNOWN, group=None), "what was never signed"),
        (False, replace(PAYS, payees=()), KNOWN, "pays nobody, and is no cancellation"),
        (False, CANCELS, KNOWN, "the payload moves the coin"),
    ],
)
def test_t61_nothing_else_passes_as_a_cancellation(*, cancel: bool, checked: Checked, known: Any, reason: str) -> None:
    verdict = judge(payload(cancel=cancel), checked, known)
    assert isinstance(verdict, Refused)
    assert reason in verdict.reason
