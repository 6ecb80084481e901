"""The suites of what a chain needs: a reader, an address book, a payout side and a signer. Import them from `testing`.

Invariant: a suite asks only what the port's documentation promises. Limit: that a node takes what was signed, only a
payment on the author's own node can show.
"""

import copy
from collections.abc import Iterator
from typing import Any, Final

import pytest
from embit.bip32 import HDKey

from pyxiu.custody.chain import InvalidAddressError
from pyxiu.custody.payouts.ports import (
    AccountChain,
    Coin,
    GasCall,
    Key,
    PayloadRefusedError,
    PayoutChain,
    SigningChain,
    UtxoChain,
)
from pyxiu.custody.ports import ChainReader, PoolReader
from pyxiu.custody.wallets.ports import AddressBook
from pyxiu.kit.errors import PermanentError

#: No transaction of any chain.
NO_TXID: Final = "f" * 64
NOT_ADDRESSES: Final = ("", "x", "0x", "\0", "я" * 30, "1" * 5_000)
#: Words of a payload that are not about its bytes: the signer's own rules look at them.
FREE: Final = frozenset({"network", "payout", "attempt", "purpose", "currency"})


class ChainsContract:
    """Fixture `reader`: of a node with at least four blocks that nobody adds to meanwhile."""

    async def test_the_node_is_on_its_network(self, reader: ChainReader) -> None:
        await reader.check()

    async def test_the_tip_is_what_is_at_its_height(self, reader: ChainReader) -> None:
        tip = await reader.tip()
        assert await reader.hash_at(tip.height) == tip.hash
        assert await reader.hash_at(tip.height + 1_000) is None

    async def test_blocks_are_all_there_and_linked(self, reader: ChainReader) -> None:
        tip = await reader.tip()
        blocks = await reader.blocks(tip.height - 3, tip.height)
        assert [block.height for block in blocks] == [tip.height - 3 + number for number in range(4)]
        assert [block.parent for block in blocks[1:]] == [block.hash for block in blocks[:-1]]
        assert blocks[-1].hash == tip.hash

    async def test_a_pool_has_what_it_names_and_nothing_that_a_block_has(self, reader: ChainReader) -> None:
        """Of readers that tell what waits for a block."""
        if not isinstance(reader, PoolReader):
            return
        tip = await reader.tip()
        mined = {one.txid for block in await reader.blocks(tip.height - 3, tip.height) for one in block.payments}
        named = await reader.pool_ids()
        assert mined.isdisjoint(named)
        found = await reader.pool_transactions([*named[:20], *sorted(mined), NO_TXID])
        assert {one.txid for one in found} <= set(named)

    async def test_payments_have_one_identity_each(self, reader: ChainReader) -> None:
        tip = await reader.tip()
        payments = [one for block in await reader.blocks(tip.height - 3, tip.height) for one in block.payments]
        ids = [payment.id for payment in payments]
        assert len(set(ids)) == len(ids)
        assert all(type(payment.amount) is int and payment.amount >= 0 for payment in payments)

    async def test_a_transaction_that_nobody_sent_is_nowhere(self, reader: ChainReader) -> None:
        inclusion = await reader.inclusion(NO_TXID)
        assert (inclusion.block, inclusion.pooled) == (None, False)


class AddressesContract:
    """Fixtures `book`; `chain`: the network's name; `address`: one that it knows, as people write it."""

    def test_an_address_has_one_form_and_is_read_back_from_it(
        self, book: AddressBook, chain: str, address: str
    ) -> None:
        checked = book.check(chain, address)
        assert book.check(chain, checked.text) == checked
        assert checked.destination

    def test_what_is_no_address_is_refused(self, book: AddressBook, chain: str, address: str) -> None:
        for wrong in (*NOT_ADDRESSES, address[:-1], f"{address}0"):
            with pytest.raises(InvalidAddressError):
                book.check(chain, wrong)

    def test_addresses_come_from_the_public_key_alone_and_differ(self, book: AddressBook, chain: str) -> None:
        account = HDKey.from_seed(b"contract".ljust(32, b".")).derive("m/44h/0h/0h")
        xpub = book.account(chain, str(account.to_public()))
        derived = [book.derive(chain, xpub, index) for index in (0, 1, 2**31 - 1)]
        assert len({one.destination for one in derived}) == len(derived)
        assert [book.check(chain, one.text) for one in derived] == derived
        with pytest.raises(InvalidAddressError):
            book.account(chain, str(account))
        with pytest.raises(InvalidAddressError):
            book.account(chain, "xpub")


class PayoutsContract:
    """Fixtures `payouts`: of a node that nobody adds to meanwhile; `address`: one that can be paid there."""

    async def test_it_has_a_name_and_knows_how_high_its_node_is(self, payouts: PayoutChain) -> None:
        assert payouts.name
        assert await payouts.height() >= 0

    async def test_an_address_has_one_destination_and_nonsense_has_none(
        self, payouts: PayoutChain, address: str
    ) -> None:
        assert payouts.destination(address)
        for wrong in NOT_ADDRESSES:
            assert payouts.destination(wrong) is None

    async def test_a_transaction_that_nobody_sent_is_nowhere(self, payouts: PayoutChain) -> None:
        found = await payouts.inclusion(NO_TXID)
        assert (found.block, found.pooled) == (None, False)

    async def test_outputs_are_built_alike_and_reckoned_by_their_size(self, payouts: PayoutChain, address: str) -> None:
        if not isinstance(payouts, UtxoChain):
            return
        paid = payouts.destination(address) or ""
        coins = [Coin(f"{'1' * 64}:{number}", 10**9, paid, Key("key", 0, 0)) for number in range(2)]
        outputs = [(paid, 10**8), (paid, 10**8 + 1)]
        assert payouts.build(coins, outputs) == payouts.build(coins, outputs)
        assert payouts.build(coins, outputs) != payouts.build(coins, outputs[::-1])
        assert 0 < payouts.dust(paid) < 10**8
        assert 0 < payouts.size([], [paid]) < payouts.size([paid], [paid]) < payouts.size([paid] * 2, [paid] * 2)

    async def test_fees_of_outputs_are_no_less_than_what_is_relayed(self, payouts: PayoutChain) -> None:
        if not isinstance(payouts, UtxoChain):
            return
        quote = await payouts.fees()
        assert quote.rate >= quote.floor > 0
        assert await payouts.pooled(NO_TXID) is None
        assert await payouts.fee_paid(NO_TXID) is None
        assert await payouts.spends(NO_TXID, await payouts.height()) is None

    async def test_a_pool_of_outputs_has_what_it_names(self, payouts: PayoutChain) -> None:
        if not isinstance(payouts, UtxoChain):
            return
        named = await payouts.pool_ids()
        found = await payouts.pool_transactions([*named[:20], NO_TXID])
        assert {one.txid for one in found} <= set(named)

    async def test_an_accounts_transaction_is_built_alike_and_depends_on_its_nonce(
        self, payouts: PayoutChain, address: str
    ) -> None:
        if not isinstance(payouts, AccountChain):
            return
        paid = payouts.destination(address) or ""
        call = GasCall(sender=paid, contract="", destination=paid, amount=5)
        built = [payouts.build(call, nonce=nonce, gas=21_000, max_fee=9, priority=1) for nonce in (0, 0, 1)]
        assert built[0] == built[1] != built[2]
        fees = await payouts.fees()
        assert fees.base >= 0
        assert fees.priority >= 0
        assert await payouts.pending_nonce(paid) >= await payouts.nonce(paid) >= 0
        assert await payouts.balance(paid, "") >= 0
        assert await payouts.taken_by(paid, 2**40) is None


class SigningContract:
    """Fixtures `signing`; `payload`: one that it signs, as `payload.py` has them, with an output that names a key of
    ours.
    """

    def test_what_is_signed_was_read_and_is_the_same_each_time(
        self, signing: SigningChain, payload: dict[str, Any]
    ) -> None:
        checked = signing.check(payload)
        assert checked.locks
        assert checked.fee >= 0
        assert [str(one.amount) for one in checked.payees] == [one["amount"] for one in payload["outputs"]]
        assert checked.own == {one["destination"] for one in payload["outputs"] if one.get("key")}
        signed = signing.sign(payload)
        assert signed == signing.sign(payload)
        assert signed.txid
        assert signed.raw

    def test_a_word_that_differs_from_the_bytes_is_refused(
        self, signing: SigningChain, payload: dict[str, Any]
    ) -> None:
        plain = signing.check(payload)
        for path in _leaves(payload):
            if path[0] in FREE or path[-1] == "withdrawal":
                continue
            try:
                read = signing.check(_changed(payload, path))
            except (PermanentError, KeyError):  # what a key store says of a key that it does not have, too
                continue
            assert read != plain, f"{path}: it says something else and is read as the same"
            # Whose key a payee claims to be of is no word of the bytes: it only stops counting as ours.
            assert path[0] == "outputs", f"{path}: it differs from the bytes and is taken"
            assert path[-1] in {"key", "path"}, f"{path}: it differs from the bytes and is taken"
            assert read.own < plain.own

    def test_unknown_and_missing_words_are_refused(self, signing: SigningChain, payload: dict[str, Any]) -> None:
        with pytest.raises(PayloadRefusedError):
            signing.check({**payload, "more": 1})
        for name, value in payload.items():
            if value != {}:
                with pytest.raises(PayloadRefusedError):
                    signing.check({key: kept for key, kept in payload.items() if key != name})

    def test_a_payload_of_another_chain_is_refused(self, signing: SigningChain, payload: dict[str, Any]) -> None:
        with pytest.raises(PayloadRefusedError):
            signing.check({**payload, "chain": "another"})


def _leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every plain value."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else None
    if items is None:
        yield path
        return
    for name, value in items:
        yield from _leaves(value, (*path, name))


def _changed(payload: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """The same with one value replaced by another of its kind."""
    copied = copy.deepcopy(payload)
    parent: Any = copied
    for name in path[:-1]:
        parent = parent[name]
    value = parent[path[-1]]
    if isinstance(value, bool):
        parent[path[-1]] = not value
    elif isinstance(value, int):
        parent[path[-1]] = value + 1
    elif isinstance(value, str) and value.isdecimal():
        parent[path[-1]] = str(int(value) + 1)
    else:
        parent[path[-1]] = f"{value}"[:-1] + ("1" if f"{value}"[-1:] != "1" else "2")
    return copied
