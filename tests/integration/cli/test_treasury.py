"""`pyxiu wallet balances | sweeps | move | …`: what staff sees of the treasury, and what it can decide."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pyxiu.adapters.chains.address_book import ChainAddressBook
from pyxiu.custody.treasury.move_funds import MoveRefusedError
from pyxiu.kit.errors import PermanentError
from tests.support.custody import xpub_of

Cli = Callable[..., tuple[int, str, str]]
FILES = {
    "blockchains.yml": "- {key: litecoin, name: Litecoin, client: bitcoin, min_confirmations: 2}\n",
    "currencies.yml": "- {id: ltc, blockchain_key: litecoin, subunits: 8}\n",
}
WHY = ("--reason", "a test")


def address_of(name: str) -> str:
    book = ChainAddressBook()
    return book.derive("litecoin", xpub_of(name.encode().ljust(32, b"."), "litecoin"), 0).text


@pytest.fixture
def vaults(cli: Cli, tmp_path: Path) -> None:
    """Two cold wallets that others sign for."""
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    code, _, err = cli("seed", *(str(tmp_path / name) for name in FILES))
    assert code == 0, err
    for name in ("vault", "bunker"):
        where = ("--network", "litecoin", "--kind", "cold", "--address", address_of(name))
        code, _, err = cli("wallet", "add", name, *where, *WHY)
        assert code == 0, err


def test_a_move_that_others_sign_is_printed_and_its_transaction_is_named_once(cli: Cli, vaults: None) -> None:
    code, out, err = cli("wallet", "move", "vault", "bunker", "LTC", "1.5", *WHY)
    assert code == 0, err
    assert out.strip() == f"move 1: sign elsewhere: 1.5 ltc from {address_of('vault')} to {address_of('bunker')}"
    assert "pyxiu wallet moved 1 TXID" in err
    assert cli("wallet", "moved", "1", "a" * 64, *WHY)[0] == 0
    with pytest.raises(MoveRefusedError, match="was carried out by"):
        cli("wallet", "moved", "1", "b" * 64, *WHY)


SHOWN: list[tuple[list[str], str]] = [
    (["balances"], "no balance was read yet"),
    (["sweeps"], ""),
    (["inflows"], ""),
    (["entries", "--owed"], ""),
    (["solvency"], "nothing was compared yet"),
]
REFUSED: list[tuple[list[str], str]] = [
    (["move", "vault", "vault", "ltc", "1"], "not two wallets"),
    (["book-inflow", "litecoin", "t:0"], "no payment t:0"),
    (["retry-sweep", "7"], "no sweep 7"),
    (["drop-sweep", "7"], "no sweep 7"),
]


def test_what_is_not_there_is_said_and_what_cannot_be_is_refused(cli: Cli, vaults: None) -> None:
    for command, told in SHOWN:
        code, out, err = cli("wallet", *command)
        assert (code, out, told in err) == (0, "", True), (command, err)
    for command, told in REFUSED:
        with pytest.raises(PermanentError, match=told):
            cli("wallet", *command, *WHY)
