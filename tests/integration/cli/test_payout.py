"""`pyxiu payout` and `pyxiu signer`: what is under way is shown, set aside, taken up; the signer's policy is set."""

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import text

from pyxiu.kit.errors import PermanentError
from pyxiu.storage.orm import open_database

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def payout(cli: Cli, database_dsn: str) -> int:
    """A planned payout on litecoin, of a catalog with litecoin in it."""

    async def put() -> int:
        database = open_database(database_dsn, "test")
        try:
            async with database.begin() as connection:
                await connection.execute(
                    text(
                        "INSERT INTO wallets (name, network, kind, key_id, xpub, address) "
                        "VALUES ('hot', 'litecoin', 'hot', 'hot', 'xpub', 'address')"
                    )
                )
                made = await connection.execute(
                    text(
                        "INSERT INTO payouts (network, purpose, wallet_id, currency) "
                        "SELECT 'litecoin', 'treasury', id, 'ltc' FROM wallets RETURNING id"
                    )
                )
                payout_id = int(made.scalar_one())
                await connection.execute(
                    text(
                        "INSERT INTO payout_outputs (payout_id, ordinal, address, destination, currency, chain_amount) "
                        "VALUES (:id, 0, 'rltc1q', '0014', 'ltc', 5)"
                    ),
                    {"id": payout_id},
                )
        finally:
            await database.dispose()
        return payout_id

    return asyncio.run(put())


def test_a_payout_is_listed_explained_parked_and_resumed(cli: Cli, payout: int) -> None:
    number = str(payout)
    assert f"{number}  litecoin  treasury  ltc  planned" in cli("payout", "list")[1]
    code, out, _ = cli("payout", "explain", number)
    assert code == 0
    assert "pays     5 to rltc1q" in out
    assert "next     the scheduler moves it on" in out
    assert "parked" in cli("payout", "park", number, "--reason", "a look")[1]
    assert "set aside by operator: a look" in cli("payout", "explain", number)[1]
    assert cli("payout", "list", "--state", "parked")[1].startswith(f"{number}  ")
    assert "planned" in cli("payout", "resume", number, "--reason", "seen")[1]
    with pytest.raises(PermanentError, match="not parked"):
        cli("payout", "resume", number, "--reason", "again")
    assert cli("payout", "explain", "TIDNONE")[0] == 1


def test_a_payout_that_was_never_signed_can_be_failed_but_not_settled(
    cli: Cli, payout: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = str(payout)
    cli("payout", "park", number, "--reason", "a look")
    with pytest.raises(PermanentError, match="no node for litecoin"):
        cli("payout", "fail", number, "--reason", "not wanted")


def test_the_key_of_approvals_is_made_once(cli: Cli) -> None:
    first, second = cli("payout", "approver")[1], cli("payout", "approver")[1]
    assert first == second
    assert len(bytes.fromhex(first.strip())) == 32


def test_the_signers_policy_is_set_shown_and_in_its_log(cli: Cli, tmp_path: object) -> None:
    cli("demo", "seed")
    assert "no policy" in cli("signer", "policy")[2]
    assert cli("signer", "fee", "litecoin", "1000000", "--reason", "enough")[0] == 0
    assert cli("signer", "limit", "litecoin", "ltc", "12.5", "--reason", "a day")[0] == 0
    shown = cli("signer", "policy")[1]
    assert "a transaction costs at most 1000000" in shown
    assert "ltc  12.5" in shown
    log = cli("signer", "log")[1]
    assert "policy.fee  litecoin  enough" in log
    assert "policy.limit  litecoin  a day" in log
    code, out, _ = cli("signer", "log", "--verify")
    assert (code, out.startswith("2 entries")) == (0, True)
    for wrong in (
        ("limit", "litecoin", "ltc", "much", "--reason", "x"),
        ("limit", "nowhere", "ltc", "1", "--reason", "x"),
        ("fee", "nowhere", "1", "--reason", "x"),
        ("allow", "litecoin", "0xnot", "--note", "x", "--reason", "x"),
    ):
        with pytest.raises(PermanentError):
            cli("signer", *wrong)
    assert cli("signer", "log", "--verify")[1].startswith("2 entries")
