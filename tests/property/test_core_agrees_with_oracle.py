"""Whatever commands come in whatever order, the core and the naive oracle agree, and every invariant holds after each.

T-02, T-04, T-12, T-13, T-22, T-23, T-24, T-26 of the fault catalogue at the level of the core; I-1, I-2, I-3, I-7, E-1
to E-7. A failure is shrunk to the shortest sequence of commands: keep it as an example in tests/contract.
"""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from pyxiu.core.commands import Command
from tests.property import strategies as draw
from tests.support.agreement import Agreement
from tests.support.cores import CORES, CoreFactory

HOUR_NS = 3600 * 10**9
EXAMPLES = 150
STEPS = 60


class Exchange(RuleBasedStateMachine):
    """One command a step, except where a batch is drawn; time goes on, jumps and falls back."""

    factory: CoreFactory

    def __init__(self) -> None:
        super().__init__()
        self.agreement = Agreement(self.factory)
        self.now_ns = 10**18
        self.send(*draw.openings)

    def send(self, *commands: Command) -> None:
        self.agreement.submit(commands, self.now_ns)

    @rule(order=draw.limit_orders)
    def place_limit(self, order: Command) -> None:
        self.send(order)

    @rule(orders=st.lists(st.one_of(draw.limit_orders, draw.cancels), min_size=2, max_size=12))
    def place_many_at_once(self, orders: list[Command]) -> None:
        self.send(*orders)

    @rule(order=st.one_of(draw.market_orders, draw.quote_orders))
    def place_market(self, order: Command) -> None:
        self.send(order)

    @rule(cancel=draw.cancels)
    def cancel(self, cancel: Command) -> None:
        self.send(cancel)

    @rule(move=st.one_of(draw.money_moves, draw.hold_moves))
    def move_funds(self, move: Command) -> None:
        self.send(move)

    @rule(change=draw.catalog_changes)
    def change_the_catalog(self, change: Command) -> None:
        self.send(change)

    @rule(hours=st.sampled_from([-5, 1, 14, 27]))
    def let_time_pass(self, hours: int) -> None:
        self.now_ns += hours * HOUR_NS

    @rule()
    def restart_from_a_snapshot(self) -> None:
        self.agreement.restart()

    @invariant()
    def all_is_well(self) -> None:
        self.agreement.check_state()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("factory", CORES.values(), ids=CORES)
def test_core_and_oracle_agree_on_any_sequence(factory: CoreFactory) -> None:
    machine = type("ExchangeOf", (Exchange,), {"factory": staticmethod(factory)})
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, suppress_health_check=list(HealthCheck)),
    )
