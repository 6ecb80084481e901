"""Whose turn it is to be looked at: where the last pass over a network's withdrawals or payouts has ended.

Invariant: a pass goes on behind the last one and begins anew at the end, so that of more than one pass looks at, those
for which nothing can be done now hide nobody for ever. Limit: one process's memory; a restart begins with the oldest.
"""

from collections.abc import Mapping, Sequence

from pyxiu.custody.withdrawals.model import Withdrawal


class Turns:
    def __init__(self) -> None:
        self._after: dict[str, int] = {}
        self._passes: dict[str, int] = {}

    @property
    def after(self) -> Mapping[str, int]:
        """The last withdrawal that was looked at, by currency."""
        return self._after

    def note(self, looked_at: Sequence[Withdrawal]) -> None:
        """In the order of their turns."""
        for one in looked_at:
            self._after[one.currency] = one.id

    def before(self, work: str) -> int:
        """The last payout that this kind of work has looked at; 0 for none."""
        return self._passes.get(work, 0)

    def ended(self, work: str, ids: Sequence[int]) -> None:
        """`ids` in the order of their turns."""
        if ids:
            self._passes[work] = ids[-1]
