"""`pyxiu deposit` and `pyxiu chain`: staff's ways to a bank's money, exceptions, freezes, and the watcher's state."""

import asyncio
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from pyxiu.app.custody_services import custody_services
from pyxiu.app.session import database_session, engine_session
from pyxiu.app.settings import load_settings
from pyxiu.core.codec import encode_command
from pyxiu.core.commands import PutMember
from pyxiu.core.types import MemberId
from pyxiu.custody.deposits.read_payments import read_payments
from pyxiu.custody.scan_blocks import Scanner
from tests.support.deposits import watch
from tests.support.scripted_chain import ScriptedChain, pay

Cli = Callable[..., tuple[int, str, str]]
STAFF = ("--actor", "anna", "--reason", "statement 7")
FILES = {
    "blockchains.yml": "- {key: litecoin, name: Litecoin, client: bitcoin, min_confirmations: 2}\n",
    "currencies.yml": (
        "- {id: usd, type: fiat, precision: 2, subunits: 2}\n"
        "- {id: ltc, blockchain_key: litecoin, subunits: 8, min_deposit_amount: 0.01}\n"
    ),
}


@pytest.fixture
def member(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A uid, on an exchange that has a currency of a bank and one of a chain."""
    monkeypatch.setenv("PYXIU_ARGON2_TIME_COST", "1")
    monkeypatch.setenv("PYXIU_ARGON2_MEMORY_KIB", "8")
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    code, _, err = cli("seed", *(str(tmp_path / name) for name in FILES))
    assert code == 0, err
    monkeypatch.setattr("sys.stdin", io.StringIO("Kq7-vulture-Marsh\n"))
    code, out, err = cli("admin", "create", "one@example.com", "--role", "accountant")
    assert code == 0, err
    return out.partition("(")[2].partition(")")[0]


async def _tell_engine(uid: str) -> None:
    """What a running exchange does when somebody signs up."""
    async with engine_session(load_settings()) as context:
        [outcome] = await context.engine.submit_many([encode_command(PutMember(MemberId(uid)))])
    assert not outcome.rejection


def test_a_credit_that_the_engine_refuses_is_told_and_taken_up_again(cli: Cli, member: str) -> None:
    cli("deposit", "record", member, "usd", "5", "--tid", "bank1", *STAFF)
    code, out, _ = cli("deposit", "accept", "bank1", *STAFF)
    assert (code, "refused: MEMBER_UNKNOWN" in out) == (1, True)
    asyncio.run(_tell_engine(member))
    code, out, _ = cli("deposit", "accept", "bank1", *STAFF)
    assert (code, "credited" in out) == (0, True)


def test_a_banks_money_is_recorded_accepted_and_listed(cli: Cli, member: str) -> None:
    asyncio.run(_tell_engine(member))
    code, out, err = cli("deposit", "record", member, "usd", "100.50", "--fee", "0.50", "--tid", "bank1", *STAFF)
    assert (code, "submitted" in out) == (0, True), err
    code, out, err = cli("deposit", "accept", "bank1", *STAFF)
    assert (code, "credited" in out) == (0, True), err
    code, out, _ = cli("deposit", "list", "--uid", member)
    assert code == 0
    assert f"{member}  100.0 usd  credited  fiat" in out
    code, _, err = cli("deposit", "cancel", "bank1", *STAFF)
    assert (code, "being credited" in err) == (1, True)
    assert cli("audit")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("usd", "1.005"), "at most 2 decimals"),
        (("ltc", "1"), "no fiat currency"),
        (("usd", "0"), "amount above its fee"),
        (("usd", "5", "--transfer-type", "gift"), "expected one of fiat"),
    ],
)
def test_what_a_bank_cannot_have_sent_is_refused(cli: Cli, member: str, arguments: tuple[str, ...], told: str) -> None:
    code, _, err = cli("deposit", "record", member, *arguments, *STAFF)
    assert (code, told in err) == (1, True), err


def test_nobody_is_credited_who_is_not_there_and_nothing_is_done_without_a_reason(cli: Cli, member: str) -> None:
    code, _, err = cli("deposit", "record", "ID404", "usd", "5", *STAFF)
    assert (code, err.strip()) == (1, "no member 'ID404'")
    with pytest.raises(SystemExit):
        cli("deposit", "freeze", member, "--actor", "anna")


def test_a_member_is_frozen_and_let_go(cli: Cli, member: str) -> None:
    assert cli("deposit", "freeze", member, *STAFF)[0] == 0
    code, out, _ = cli("deposit", "freezes")
    assert code == 0
    number, _, rest = out.strip().partition("  ")
    assert f"{member}  by anna: statement 7" in rest
    assert cli("deposit", "lift", number, *STAFF)[0] == 0
    assert cli("deposit", "freezes")[1] == ""
    assert "lifted" in cli("deposit", "freezes", "--uid", member)[1]
    assert cli("deposit", "lift", number, *STAFF)[0] == 1


def test_an_exception_is_shown_explained_and_credited(cli: Cli, member: str) -> None:
    async def scanned() -> None:
        chain = ScriptedChain()
        chain.mine(pay("dust", "one", 5))
        async with database_session(load_settings()) as context:
            services = custody_services(context)
            await watch(services, "litecoin", {"one": member})
            await Scanner("litecoin", chain, services.database, first=0).step()
            await read_payments(services, "litecoin", chain)

    asyncio.run(scanned())
    code, out, _ = cli("deposit", "exceptions")
    assert code == 0
    assert "below_minimum" in out
    number = out.split()[0]
    code, out, _ = cli("chain", "explain", "litecoin", "dust")
    assert code == 0
    assert f"`pyxiu deposit credit {number}`" in out
    assert cli("deposit", "credit", number, *STAFF)[0] == 0
    assert "1 confirmations and is credited at 2" in cli("chain", "explain", "litecoin", "dust")[1]
    assert cli("deposit", "exceptions")[1] == ""
    assert "credited by anna" in cli("deposit", "exceptions", "--all")[1]
    code, out, _ = cli("chain", "status")
    assert code == 0
    assert "scanned to 1, no node" in out
    code, out, _ = cli("chain", "rescan", "litecoin", "--from", "1", "--forget", "--reason", "a test")
    assert (code, "1 payments wait to be found again" in out) == (0, True)


def test_a_network_or_node_that_is_not_there_is_named(cli: Cli, member: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, err = cli("chain", "explain", "dogecoin", "tx")
    assert (code, "no network 'dogecoin'" in err) == (1, True)
    code, _, err = cli("chain", "rescan", "litecoin", "--from", "1", "--reason", "a test")
    assert (code, "set PYXIU_WATCHER_NODES" in err) == (1, True)
    monkeypatch.setenv("PYXIU_WATCHER_NODES", "litecoin=http://user:hunter2@127.0.0.1:1/")
    code, out, err = cli("chain", "status")
    assert code == 0
    assert "the node fails: 127.0.0.1:1 does not answer" in out
    assert "hunter2" not in out + err
