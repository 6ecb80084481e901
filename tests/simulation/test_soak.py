"""A million seeded commands, every answer compared with the naive oracle: same trades, same order of events (T-22).

Whole states are compared every few hundred commands, the core is restarted from snapshots on the way, and a follower
that only replays records must end with the same state (E-2). PYXIU_SOAK_SEED starts at other seeds: run it for as long
as you like, and put a seed that finds something into FOUND.
"""

import os
from collections import Counter

import pytest

from pyxiu.core.rejections import Rejection
from tests.support.agreement import Agreement
from tests.support.commands import CommandStream, opening
from tests.support.cores import CORES, CoreFactory

SHARDS = 8
COMMANDS_PER_SHARD = 125_000
BATCH_MAX = 64
BATCHES_BETWEEN_CHECKS = 50
CHECKS_BETWEEN_RESTARTS = 5
FIRST_SEED = int(os.environ.get("PYXIU_SOAK_SEED", "1"))
#: Seeds that once found a difference are run for ever.
FOUND: tuple[int, ...] = ()

#: What a stream of this length always provokes; the rest of the rejections is the contract suite's.
EXPECTED = {
    Rejection.NONE, Rejection.FIELD_INVALID, Rejection.KEY_REUSED, Rejection.MEMBER_UNKNOWN, Rejection.MEMBER_DISABLED,
    Rejection.MARKET_NOT_ENABLED, Rejection.ORDER_TERMS_INVALID, Rejection.PRICE_INVALID,
    Rejection.PRICE_BELOW_MINIMUM, Rejection.PRICE_ABOVE_MAXIMUM, Rejection.QUANTITY_INVALID,
    Rejection.QUANTITY_BELOW_MINIMUM, Rejection.AMOUNT_INVALID, Rejection.NOTIONAL_BELOW_MINIMUM,
    Rejection.POST_ONLY_WOULD_TAKE, Rejection.INSUFFICIENT_LIQUIDITY, Rejection.FILL_OR_KILL_UNFILLABLE,
    Rejection.ENTRY_UNBALANCED, Rejection.HOLD_EXCEEDED, Rejection.INSUFFICIENT_BALANCE, Rejection.ORDER_UNKNOWN,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [*range(FIRST_SEED, FIRST_SEED + SHARDS), *FOUND])
@pytest.mark.parametrize("factory", CORES.values(), ids=CORES)
def test_core_and_oracle_agree_on_every_command(factory: CoreFactory, seed: int) -> None:
    agreement = Agreement(factory)
    stream = CommandStream(seed, agreement.oracle)
    agreement.submit(opening(), stream.now_ns)
    seen: Counter[Rejection] = Counter()
    batches = 0
    while seen.total() < COMMANDS_PER_SHARD:
        seen += soak_batch(agreement, stream)
        batches += 1
        if batches % BATCHES_BETWEEN_CHECKS == 0:
            agreement.check_state()
        if batches % (BATCHES_BETWEEN_CHECKS * CHECKS_BETWEEN_RESTARTS) == 0:
            agreement.restart()
    agreement.check_state()
    assert not EXPECTED - set(seen), "the stream has lost its edge cases"
    assert agreement.trades > COMMANDS_PER_SHARD // 10, "the stream hardly trades"


def soak_batch(agreement: Agreement, stream: CommandStream) -> Counter[Rejection]:
    """One batch of random length. The oracle answers first, so that the stream can aim at what it has just placed."""
    now_ns = stream.tick()
    commands, answers = [], []
    for _ in range(stream.random.randrange(1, BATCH_MAX)):
        command = stream.next()
        commands.append(command)
        answers.append(agreement.oracle.submit(command, now_ns))
    return Counter(outcome.rejection for outcome in agreement.submit(commands, now_ns, answers))
