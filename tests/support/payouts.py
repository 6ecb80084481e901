"""Payouts from end to end on a real node: a desk, a signer with keys of its own, a sender, a scanner.

    async with paying(database_dsn, tmp_path, LITECOIN, node.url) as paid:
        await paid.fund_litecoin(node, 5)
        withdrawal = await paid.approved("alice", "ltc", address, 10**8)
        await paid.run()                     # every job of scheduler and signer, until nothing moves any more

`run` catches what a failpoint raises, so a crash is `with armed("payout_reserved=raise"): await paid.run()`.
"""

import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.adapters.chains.address_book import ChainAddressBook
from pyxiu.adapters.chains.networks import make_reader
from pyxiu.adapters.chains.payouts import make_payout_chain, make_signing_chain
from pyxiu.adapters.keys.local_file import LocalKeys, open_local_keys
from pyxiu.custody.model import NetworkInfo
from pyxiu.custody.payouts import store
from pyxiu.custody.payouts.bump_payout import bump_stuck
from pyxiu.custody.payouts.confirm_payout import confirm_payouts, watch_confirmed
from pyxiu.custody.payouts.desk import Desk
from pyxiu.custody.payouts.finish import finish_payouts
from pyxiu.custody.payouts.gate import Gate
from pyxiu.custody.payouts.model import Attempt, Payout
from pyxiu.custody.payouts.pass_on_nonces import fill_gaps, pass_on_nonces
from pyxiu.custody.payouts.plan_withdrawals import plan_withdrawals
from pyxiu.custody.payouts.request_signature import request_signatures
from pyxiu.custody.payouts.reserve_planned import reserve_planned
from pyxiu.custody.payouts.settings import PayoutSettings
from pyxiu.custody.payouts.take_refused import take_refused
from pyxiu.custody.payouts.watch_states import watch_states
from pyxiu.custody.ports import Broadcaster
from pyxiu.custody.scan_blocks import Scanner
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.signing import store as signing_store
from pyxiu.custody.signing.broadcast_payout import Sender, broadcast_signed
from pyxiu.custody.signing.model import Limit
from pyxiu.custody.signing.sign_attempt import SigningBench, sign_requested
from pyxiu.custody.wallets.add_wallet import add_wallet
from pyxiu.custody.wallets.model import NewWallet, Wallet, WalletKind
from pyxiu.custody.withdrawals.deliver import deliver
from pyxiu.custody.withdrawals.model import NewWithdrawal, Withdrawal
from pyxiu.custody.withdrawals.payload import withdrawal_hash
from pyxiu.custody.withdrawals.store import find, insert_withdrawal
from pyxiu.kit.clock import ManualClock, now_of
from pyxiu.kit.failpoints import FAILPOINTS, FailpointError
from tests.support.custody import FixedAssets, RecordingEngine, custody_services, recording_engine

PASSPHRASE = "correct horse battery staple"
FEE_MAX = 10**18
_numbers = itertools.count(1)
#: Every place of the payout path where something can die.
FAILPOINTS_OF_PAYOUTS = sorted(name for name in FAILPOINTS if name.startswith(("payout_", "signer_")))


@dataclass
class Paying:
    """Everything that pays on one network."""

    services: CustodyServices
    engine: RecordingEngine
    keys: LocalKeys
    desk: Desk
    bench: SigningBench
    sender: Sender
    gate: Gate
    scanner: Scanner
    reader: Any
    clock: ManualClock

    async def wallet(self, kind: WalletKind = WalletKind.HOT, name: str | None = None) -> Wallet:
        """A wallet with a new key."""
        name = name or f"{self.desk.key}-{kind}"
        xpub = self.keys.create(name, self.desk.network.chain)
        new = NewWallet(name=name, network=self.desk.key, kind=kind, key_id=name, xpub=xpub)
        return await add_wallet(self.services, new, actor="test", reason="test")

    async def allow(self, currency: str, amount_max: int = 10**30, *, period_s: int = 86_400) -> None:
        """The signer's limit for a currency, and any fee."""
        async with self.services.database.begin() as connection:
            await signing_store.put_limit(connection, Limit(self.desk.key, currency, period_s, amount_max))
            await signing_store.put_fee_max(connection, self.desk.key, FEE_MAX)

    async def approved(self, uid: str, currency: str, address: str, amount: int, fee: int = 0) -> Withdrawal:
        """A withdrawal that may be paid; its member has just the funds for it."""
        tid = f"TID{next(_numbers):010d}"
        self.engine.fund(uid, currency, amount + fee, key=f"fund:{tid}")
        digest = withdrawal_hash(tid=tid, network=self.desk.key, currency=currency, address=address, amount=amount)
        async with self.services.database.begin() as connection:
            new = NewWithdrawal(
                tid=tid,
                uid=uid,
                client_id=None,
                request_hash=digest,
                currency=currency,
                network=self.desk.key,
                beneficiary_id=await _beneficiary(connection, uid, currency, self.desk.key),
                rid=address,
                decimals=(await self._decimals(currency)),
                sum=amount + fee,
                fee=fee,
                amount=amount,
                value=Decimal(1),
                hold_id=f"wd:{tid}",
                review="",
                approvals_needed=0,
                proof_hash=digest,
                note=None,
                transfer_type="crypto",
                created_at=now_of(self.clock),
            )
            made = await insert_withdrawal(connection, new)
        return await deliver(self.services, made.id)

    async def _decimals(self, currency: str) -> int:
        assets = await self.services.assets.assets(self.desk.key)
        return next(one.decimals for one in assets if one.asset == currency)

    async def scan(self) -> None:
        while (await self.scanner.step()).left:
            pass

    async def work(self) -> None:
        """Every job once, in the order in which they would follow each other."""
        await self.scan()
        if await self.gate.look() is None:
            await pass_on_nonces(self.desk)
            await plan_withdrawals(self.desk)
            await reserve_planned(self.desk)
            await fill_gaps(self.desk)
            await request_signatures(self.desk)
            await sign_requested(self.bench)
        await take_refused(self.desk)
        await broadcast_signed(self.sender)
        await confirm_payouts(self.desk)
        await watch_confirmed(self.desk)
        await bump_stuck(self.desk)
        await finish_payouts(self.services)
        await watch_states(self.services, self.desk.key)

    async def run(self, rounds: int = 2) -> bool:
        """So many rounds; False if a failpoint has cut them short."""
        try:
            for _ in range(rounds):
                await self.work()
        except FailpointError:
            return False
        return True

    async def later(self, seconds: float) -> None:
        """Work when so much time has passed."""
        self.clock.advance(int(seconds * 10**9))
        await self.run()

    async def payouts(self) -> list[Payout]:
        async with self.services.database.connect() as connection:
            return (await store.list_payouts(connection, limit=1_000))[::-1]

    async def payout(self) -> Payout:
        [one] = await self.payouts()
        return one

    async def attempts(self, payout_id: int) -> list[Attempt]:
        async with self.services.database.connect() as connection:
            return await store.attempts_of(connection, payout_id)

    async def look(self, withdrawal: Withdrawal) -> Withdrawal:
        async with self.services.database.connect() as connection:
            found = await find(connection, withdrawal.id)
        assert found is not None
        return found

    async def alarms(self) -> dict[str, str]:
        """The open ones by their kinds."""
        async with self.services.database.connect() as connection:
            rows = await connection.execute(text("SELECT kind, text FROM chain_alarms WHERE cleared_at IS NULL"))
            return {row.kind: row.text for row in rows}

    async def execute(self, statement: str, **given: Any) -> None:
        async with self.services.database.begin() as connection:
            await connection.execute(text(statement), given)


async def _beneficiary(connection: AsyncConnection, uid: str, currency: str, network: str) -> int:
    query = text(
        """
        INSERT INTO beneficiaries (uid, currency, network, name, data_sealed, data_index, sent_at)
        VALUES (:uid, :currency, :network, 'home', '\\x00', CAST(gen_random_uuid()::text AS bytea), now())
        RETURNING id
        """
    )
    given = {"uid": uid, "currency": currency, "network": network}
    return int((await connection.execute(query, given)).scalar_one())


@asynccontextmanager
async def paying(
    dsn: str,
    folder: Path,
    network: NetworkInfo,
    url: str,
    *,
    first: int,
    assets: FixedAssets | None = None,
    settings: PayoutSettings | None = None,
    node: Broadcaster | None = None,
) -> AsyncIterator[Paying]:
    """`first` is the height from which on blocks are scanned; `node` takes the bytes instead of the one at `url`."""
    assets = assets or FixedAssets()
    settings = settings or PayoutSettings()
    engine, clock = recording_engine(assets), ManualClock(time.time_ns())
    services = custody_services(
        dsn, engine=engine, assets=assets, addresses=ChainAddressBook(), clock=clock, pool_size=4
    )
    keys = open_local_keys(folder / "keys", PASSPHRASE, scrypt_n=2**10)
    approver = Ed25519PrivateKey.generate()
    chain = make_payout_chain(network.chain, url)
    reader: Any = make_reader(network.chain, url)
    desk = Desk(services, network, chain, approver, settings)
    signing = make_signing_chain(network.chain, keys.account_key)
    bench = SigningBench(network.key, services.database, assets, signing, approver.public_key(), clock)
    sender = Sender(network.key, services.database, node or reader, clock, settings)
    scanner = Scanner(network.key, reader, services.database, first=first)
    try:
        gate = Gate(services.database, network.key, chain, settings, who="test")
        yield Paying(services, engine, keys, desk, bench, sender, gate, scanner, reader, clock)
    finally:
        await chain.close()
        await reader.close()
        await services.database.dispose()


def resigned(paid: Paying, payload: dict[str, Any], unsigned: bytes) -> bytes:
    """Another transaction over the same coins, signed past the signer's checks as a thief of the keys would."""
    from embit import script
    from embit.script import Witness
    from embit.transaction import SIGHASH, Transaction

    from pyxiu.adapters.chains.bitcoin.sign import derived

    transaction = Transaction.parse(unsigned)
    for number, spent in enumerate(payload["inputs"]):
        key = derived(paid.keys.account_key(spent["key"]), spent["path"]).key
        public = key.get_public_key()
        digest = transaction.sighash_segwit(number, script.p2pkh(public), int(spent["amount"]))
        transaction.vin[number].witness = Witness([key.sign(digest).serialize() + bytes([SIGHASH.ALL]), public.sec()])
    return bytes(transaction.serialize())
