"""`pyxiu withdrawal`: what waits is shown, and decided by staff with a name and a reason."""

import asyncio
import io
from collections.abc import Callable
from typing import Any

import pytest

from pyxiu.app.custody_services import custody_services
from pyxiu.app.secrets import open_secret_box
from pyxiu.app.session import engine_session
from pyxiu.app.settings import Settings, load_settings
from pyxiu.core.codec import encode_command
from pyxiu.core.commands import CreditDeposit, PutAsset, PutMember
from pyxiu.core.money import pack
from pyxiu.core.types import AssetId, MemberId
from pyxiu.custody.beneficiaries.model import Details
from pyxiu.custody.beneficiaries.store import NewBeneficiary, insert_beneficiary
from pyxiu.custody.withdrawals.deliver import deliver
from pyxiu.custody.withdrawals.model import NewWithdrawal
from pyxiu.custody.withdrawals.store import insert_withdrawal
from pyxiu.kit.clock import now_of

Cli = Callable[..., tuple[int, str, str]]
TID = "TIDCLI"


@pytest.fixture
def staff(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The uids of two people of staff."""
    monkeypatch.setenv("PYXIU_ARGON2_TIME_COST", "1")
    monkeypatch.setenv("PYXIU_ARGON2_MEMORY_KIB", "8")
    uids = []
    for name in ("one", "two"):
        monkeypatch.setattr("sys.stdin", io.StringIO("Kq7-vulture-Marsh\n"))
        code, out, err = cli("admin", "create", f"{name}@example.com", "--role", "accountant")
        assert code == 0, err
        uids.append(out.partition("(")[2].partition(")")[0])
    return uids


async def _waiting(settings: Settings, network: str | None) -> None:
    """A withdrawal of 5 from 8 that two people must approve."""
    async with engine_session(settings) as context:
        services = custody_services(context)
        commands: list[Any] = [PutAsset(AssetId("usd"), 2), PutMember(MemberId("alice"))]
        commands.append(CreditDeposit("d1", MemberId("alice"), AssetId("usd"), pack(800)))
        outcomes = await context.engine.submit_many([encode_command(command) for command in commands])
        assert not [outcome for outcome in outcomes if outcome.rejection]
        now = now_of(services.clock)
        async with services.database.begin() as connection:
            details = Details({"full_name": "Alice"}, "alice")
            new = NewBeneficiary("alice", "usd", network, "bank", None, details, None, now)
            beneficiary = await insert_beneficiary(connection, open_secret_box(settings.home), new)
            row = await insert_withdrawal(
                connection,
                NewWithdrawal(
                    tid=TID,
                    uid="alice",
                    client_id=None,
                    request_hash="h",
                    currency="usd",
                    network=network,
                    beneficiary_id=beneficiary.id,
                    rid="alice-usd-1",
                    decimals=2,
                    sum=500,
                    fee=0,
                    amount=500,
                    value=5,  # type: ignore[arg-type] # the database makes a decimal of it
                    hold_id=f"wd:{TID}",
                    review="fiat four_eyes",
                    approvals_needed=2,
                    proof_hash="0" * 64,
                    note=None,
                    transfer_type="fiat",
                    created_at=now,
                ),
            )
        await deliver(services, row.id)


@pytest.fixture
def waiting(cli: Cli) -> None:
    assert cli("migrate")[0] == 0
    asyncio.run(_waiting(load_settings(), None))


@pytest.mark.usefixtures("waiting")
def test_what_waits_is_approved_by_two_and_paid_by_hand(cli: Cli, staff: list[str]) -> None:
    one, two = staff
    assert f"{TID}" in cli("withdrawal", "list")[1]
    said = ("--reason", "looked at it")
    code, _, err = cli("withdrawal", "approve", TID, "--actor", "nobody", *said)
    assert (code, "expected the uid of somebody of staff" in err) == (1, True)
    code, out, err = cli("withdrawal", "approve", TID, "--actor", one, *said)
    assert (code, "held" in out) == (0, True), err
    assert cli("withdrawal", "approve", TID, "--actor", one, *said)[0] == 1
    code, out, _ = cli("withdrawal", "approve", TID, "--actor", two, *said)
    assert (code, "approved" in out) == (0, True)
    shown = cli("withdrawal", "show", TID)[1]
    assert f"approve by {one}" in shown
    assert "approvals needed: 2" in shown
    code, out, _ = cli("withdrawal", "paid", TID, "--actor", one, "--reference", "REF9", *said)
    assert (code, "confirmed" in out, "REF9" in out) == (0, True, True)
    assert cli("withdrawal", "list")[1] == ""
    assert "nothing; it is paid" in cli("withdrawal", "show", TID)[1]


@pytest.mark.usefixtures("waiting")
def test_a_rejected_one_says_why_and_a_decided_one_cannot_be_decided_again(cli: Cli, staff: list[str]) -> None:
    decided = ("--actor", staff[0], "--reason", "stolen card")
    code, out, _ = cli("withdrawal", "reject", TID, *decided)
    assert (code, "rejected  stolen card" in out) == (0, True)
    code, _, err = cli("withdrawal", "reject", TID, *decided)
    assert (code, "does not wait for this decision" in err) == (1, True)
    assert cli("withdrawal", "retry", TID)[0] == 0
    code, _, err = cli("withdrawal", "show", "TIDNONE")
    assert (code, "there is no such withdrawal" in err) == (1, True)
