"""Move coins between wallets of ours by staff's decision: from the hot one to a safer one, or back.

A wallet whose key our signer has is paid from like any other payout. From one that others sign for (cold) nothing can
leave here: the move is written down as an instruction, and the transaction that carries it out is named afterwards.
Invariant: both wallets are ours, on one network, and carry the asset; who decided it and why is kept. Limit: what
others sign is believed once it is named, and its fee is booked when a block has it.
"""

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.activities import note_activity
from pyxiu.custody.deposits import exception_store
from pyxiu.custody.model import NetworkAsset
from pyxiu.custody.payouts.model import PayoutPlan, PlannedOutput, Purpose, Source
from pyxiu.custody.payouts.plan_payout import plan_payout
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.treasury import move_store
from pyxiu.custody.wallets.model import Wallet, WalletKind, WalletStatus
from pyxiu.custody.wallets.store import wallet_by_name
from pyxiu.kit.decimals import parse_decimal
from pyxiu.kit.errors import PermanentError


class MoveRefusedError(PermanentError):
    """The move cannot be made; the text says why."""


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """`payout_id` None: others sign it, from `source` to `target`."""

    id: int
    payout_id: int | None
    source: str
    target: str
    chain_amount: int


async def move_funds(
    services: CustodyServices, source: str, target: str, currency: str, amount: str, *, actor: str, reason: str
) -> Move:
    """`amount` as people write it, in the asset. Raises MoveRefusedError."""
    async with services.database.begin() as connection:
        from_wallet, to_wallet = await _wallet(connection, source), await _wallet(connection, target)
        asset = await _asset(services, from_wallet, to_wallet, currency)
        units = parse_decimal(amount, asset.chain_decimals)
        if units is None or units <= 0:
            raise MoveRefusedError(f"expected an amount of {currency} above 0, found {amount!r}")
        assert to_wallet.address is not None, to_wallet.name
        assert from_wallet.address is not None, from_wallet.name
        payout_id = None
        if from_wallet.key_id is not None:
            plan = PayoutPlan(
                network=from_wallet.network,
                purpose=Purpose.TREASURY,
                source=Source(from_wallet.id),
                outputs=(PlannedOutput(to_wallet.address, units),),
                currency=currency,
            )
            payout_id = (await plan_payout(connection, plan)).id
        move_id = await move_store.put_move(
            connection,
            network=from_wallet.network,
            currency=currency,
            from_wallet_id=from_wallet.id,
            to_wallet_id=to_wallet.id,
            chain_amount=units,
            payout_id=payout_id,
            actor=actor,
            reason=reason,
        )
        await note_activity(
            connection, actor=actor, action="wallet.move", about=f"wallet:{source}", reason=reason,
            to=target, currency=currency, amount=amount, move=move_id, payout=payout_id,
        )  # fmt: skip
    return Move(
        id=move_id,
        payout_id=payout_id,
        source=from_wallet.address,
        target=to_wallet.address,
        chain_amount=units,
    )


async def name_transaction(services: CustodyServices, move_id: int, txid: str, *, actor: str, reason: str) -> None:
    """This transaction carries out a move that others have signed. Raises MoveRefusedError."""
    async with services.database.begin() as connection:
        move = await move_store.lock_move(connection, move_id)
        if move is None or move.payout_id is not None:
            raise MoveRefusedError(f"no move {move_id} that others sign")
        if move.txid is not None:
            raise MoveRefusedError(f"move {move_id} was carried out by {move.txid}")
        await move_store.set_txid(connection, move_id, txid)
        for listed in await move_store.exceptions_of(connection, move.network, txid):
            await exception_store.resolve(connection, listed, "own", actor)
        await note_activity(
            connection, actor=actor, action="wallet.moved", about=f"move:{move_id}", reason=reason, txid=txid
        )


async def _wallet(connection: AsyncConnection, name: str) -> Wallet:
    wallet = await wallet_by_name(connection, name)
    if wallet is None or wallet.kind is WalletKind.DEPOSIT:
        raise MoveRefusedError(f"no wallet {name!r} with an address of its own")
    return wallet


async def _asset(services: CustodyServices, source: Wallet, target: Wallet, currency: str) -> NetworkAsset:
    if source.id == target.id or source.network != target.network:
        raise MoveRefusedError(f"{source.name} and {target.name} are not two wallets of one network")
    if target.status is not WalletStatus.ACTIVE:
        raise MoveRefusedError(f"{target.name} is {target.status}")
    if currency not in target.currencies and target.kind is not WalletKind.FEE:
        raise MoveRefusedError(f"{target.name} does not carry {currency}")
    for asset in await services.assets.assets(source.network):
        if asset.asset == currency:
            return asset
    raise MoveRefusedError(f"{currency} does not move on {source.network}")
