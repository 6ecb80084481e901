"""`pyxiu wallet`: wallets are made with keys of this home, listed, used for further currencies, retired."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pyxiu.adapters.chains.address_book import ChainAddressBook
from pyxiu.app.settings_error import SettingsError
from pyxiu.custody.chain import InvalidAddressError
from pyxiu.kit.errors import PermanentError

Cli = Callable[..., tuple[int, str, str]]

SEED = {
    "blockchains.yml": (
        "- {key: litecoin, client: bitcoin, chain: litecoin-regtest}\n- {key: eth, client: geth, chain: 'evm:31337'}\n"
        "- {key: strange, client: geth}\n"
    ),
    "currencies.yml": (
        "- {id: ltc, blockchain_key: litecoin, subunits: 8}\n- {id: eth, blockchain_key: eth, subunits: 18}\n"
        "- {id: usdt, parent_id: eth, subunits: 6}\n"
    ),
}
WHY = ("--reason", "a test")
ADD = ("add", "x", "--network", "eth", "--kind", "cold", *WHY)
COLD = "0x52908400098527886E0F7030069857D2E4169EE7"


@pytest.fixture
def ask(cli: Cli, tmp_path: Path) -> Callable[..., str]:
    """A seeded exchange; what a command prints, which must succeed."""
    for name, text in SEED.items():
        (tmp_path / name).write_text(text)

    def ask(*arguments: str) -> str:
        code, out, err = cli(*arguments)
        assert code == 0, err
        return out

    ask("seed", *(str(tmp_path / name) for name in SEED))
    return ask


def test_wallets_are_made_listed_and_changed(ask: Callable[..., str], cli: Cli) -> None:
    made = ask("wallet", "init").splitlines()
    assert [line.split()[0] for line in made] == [
        "eth-deposit", "eth-fee", "eth-hot", "litecoin-deposit", "litecoin-hot"
    ]  # fmt: skip
    assert ask("wallet", "init") == ""
    hot = ask("wallet", "address", "litecoin-hot").strip()
    assert ChainAddressBook().check("litecoin-regtest", hot).text == hot
    code, _, err = cli("wallet", "address", "litecoin-deposit")
    assert (code, "an address for each member" in err) == (1, True)

    ask("wallet", "add", "vault", "--network", "eth", "--kind", "cold", "--address", COLD, "--currencies", "usdt", *WHY)
    ask("wallet", "add", "warm", "--network", "litecoin", "--kind", "warm", "--max-balance", "5000", *WHY)
    ask("wallet", "carry", "vault", "eth", *WHY)
    ask("wallet", "status", "litecoin-hot", "retired", *WHY)
    lines = {line.split()[0]: line for line in ask("wallet", "list").splitlines()}
    assert lines["vault"].split()[1:] == ["eth", "cold", "active", COLD, "no", "key", "eth,usdt"]
    assert "retired" in lines["litecoin-hot"]
    assert "key warm" in lines["warm"]

    first = ask("wallet", "rotate-address", "alice", "ltc", "litecoin", *WHY).strip()
    assert ask("wallet", "rotate-address", "alice", "ltc", "litecoin", *WHY).strip() != first
    code, _, err = cli("wallet", "rotate-address", "alice", "ltc", "eth", *WHY)
    assert (code, err.strip()) == (1, "refused: network")


def test_a_key_of_another_machine_makes_a_wallet_and_a_private_one_does_not(ask: Callable[..., str], cli: Cli) -> None:
    xpub = ask("wallet", "key", "hot-2", "--chain", "litecoin-regtest").strip()
    add = ("wallet", "add", "hot-2", "--network", "litecoin", "--kind", "hot", "--key-id", "hot-2", *WHY)
    with pytest.raises(SettingsError, match="expected --xpub too"):
        cli(*add)
    private = (
        "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKm"
        "PGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi"
    )
    with pytest.raises(InvalidAddressError, match="belongs to the signer") as raised:
        cli(*add, "--xpub", private)
    assert private not in str(raised.value)
    assert "key hot-2" in ask(*add, "--xpub", xpub)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("init", "nowhere"), "no network 'nowhere' in the catalog"),
        (("init", "strange"), "no network 'strange'; there are"),
        (
            ("add", "x", "--network", "eth", "--kind", "cold", "--address", COLD, "--max-balance", "much", *WHY),
            "a number, 0",
        ),
        (("add", "x", "--network", "eth", "--kind", "cold", "--address", "0x12", *WHY), "40 hexadecimal digits"),
    ],
)
def test_what_cannot_be_is_said(ask: Callable[..., str], cli: Cli, arguments: tuple[str, ...], expected: str) -> None:
    with pytest.raises(PermanentError, match=expected):
        cli("wallet", *arguments)
    assert ask("wallet", "list") == ""


def test_a_wallet_that_is_not_there_is_named(ask: Callable[..., str], cli: Cli) -> None:
    code, _, err = cli("wallet", "address", "nobody")
    assert (code, "no wallet 'nobody'" in err) == (1, True)
    assert ask("wallet", "list") == ""
