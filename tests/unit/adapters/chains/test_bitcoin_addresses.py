"""Addresses of the Bitcoin family: published vectors, no mistyped character, no other network's address (T-38)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyxiu.adapters.chains.bitcoin.addresses import (
    AddressDeriver,
    account_xpub,
    address_of,
    script_of,
)
from pyxiu.adapters.chains.bitcoin.params import NETWORKS
from pyxiu.custody.chain import InvalidAddressError

BITCOIN, LITECOIN, CASH = NETWORKS["bitcoin"], NETWORKS["litecoin"], NETWORKS["bitcoin-cash"]

#: BIP 173, BIP 350, and addresses everybody knows: network, address, script.
VECTORS = [
    ("bitcoin", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "0014751e76e8199196d454941c45d1b3a323f1433bd6"),
    (
        "bitcoin",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    ),
    ("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac"),
    ("bitcoin", "3P14159f73E4gFr7JterCCQh9QjiTjiZrG", "a914e9c3dd0c07aac76179ebc76a6c78d4d67c6c160a87"),
    (
        "bitcoin-cash",
        "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
        "76a91476a04053bda0a88bda5177b86a15c3b29f55987388ac",
    ),
    (
        "bitcoin-cash",
        "bitcoincash:ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq",
        "a91476a04053bda0a88bda5177b86a15c3b29f55987387",
    ),
]

HASHES = st.binary(min_size=20, max_size=20)


@pytest.mark.parametrize(("network", "address", "script"), VECTORS)
def test_published_addresses_mean_their_scripts(network: str, address: str, script: str) -> None:
    assert script_of(address, NETWORKS[network]) == script
    canonical = address_of(script, NETWORKS[network])
    assert canonical is not None
    assert canonical.lower() == address.lower()


@given(st.sampled_from(sorted(NETWORKS)), HASHES, st.sampled_from(["76a914{}88ac", "a914{}87", "0014{}"]))
def test_what_is_written_is_read_back(name: str, digest: bytes, form: str) -> None:
    script = form.format(digest.hex())
    address = address_of(script, NETWORKS[name])
    if address is None:
        assert form.startswith("0014")
        assert not NETWORKS[name].segwit
        return
    assert script_of(address, NETWORKS[name]) == script


@given(HASHES, st.data())
def test_t38_one_mistyped_character_is_noticed(digest: bytes, data: st.DataObject) -> None:
    for network, form in ((BITCOIN, "0014{}"), (LITECOIN, "76a914{}88ac"), (CASH, "a914{}87")):
        address = address_of(form.format(digest.hex()), network)
        assert address is not None
        position = data.draw(st.integers(len(address) - 30, len(address) - 1))
        others = [c for c in "023456789acdefghjklmnpqrstuvwxyz" if c != address[position]]
        other = data.draw(st.sampled_from(others))
        with pytest.raises(InvalidAddressError):
            script_of(address[:position] + other + address[position + 1 :], network)


@given(HASHES)
def test_t38_another_networks_address_is_refused(digest: bytes) -> None:
    for ours, theirs in ((BITCOIN, LITECOIN), (LITECOIN, BITCOIN), (BITCOIN, NETWORKS["bitcoin-testnet"])):
        for form in ("76a914{}88ac", "0014{}"):
            address = address_of(form.format(digest.hex()), theirs)
            assert address is not None
            with pytest.raises(InvalidAddressError):
                script_of(address, ours)


def test_t38_litecoins_p2sh_is_read_in_both_spellings_and_bitcoins_is_its_old_one() -> None:
    digest = bytes(range(20)).hex()
    new = address_of(f"a914{digest}87", LITECOIN)
    old = address_of(f"a914{digest}87", BITCOIN)
    assert new is not None
    assert old is not None
    assert (new[0], old[0]) == ("M", "3")
    assert script_of(new, LITECOIN) == script_of(old, LITECOIN) == f"a914{digest}87"
    with pytest.raises(InvalidAddressError):
        script_of(new, BITCOIN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "x" * 200,
        "bc1",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "ltcmweb1qqd5",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7KV8f3t4",
        "\uff11A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    ],
)
@pytest.mark.parametrize("name", ["bitcoin", "litecoin", "bitcoin-cash", "dogecoin"])
def test_nonsense_is_refused(text: str, name: str) -> None:
    with pytest.raises(InvalidAddressError):
        script_of(text, NETWORKS[name])


def test_derived_addresses_are_those_of_bip_84() -> None:
    """The test vector of BIP 84: abandon … about."""
    xpub = (
        "zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3Ef"
        "H1r1ADqtfSdVCToUG868RvUUkgDKf31mGDtKsAYz2oz2AGutZYs"
    )
    deriver = AddressDeriver(xpub, BITCOIN)
    assert deriver.address(0) == "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"
    assert deriver.address(1) == "bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g"


def test_a_watcher_takes_no_private_key() -> None:
    with pytest.raises(InvalidAddressError, match="belongs to the signer") as raised:
        AddressDeriver(
            "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi",
            BITCOIN,
        )
    assert "xprv" not in str(raised.value)


def test_addresses_of_an_account_are_many_and_always_the_same() -> None:
    for name in ("litecoin-regtest", "dogecoin"):
        xpub = account_xpub(bytes(range(32)), NETWORKS[name])
        first, second = AddressDeriver(xpub, NETWORKS[name]), AddressDeriver(xpub, NETWORKS[name])
        addresses = [first.address(index) for index in range(20)]
        assert len(set(addresses)) == 20
        assert addresses == [second.address(index) for index in range(20)]
