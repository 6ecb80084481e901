"""Conditions of a query and their arguments, kept together.

Invariant: what a caller says becomes an argument, never text of the query; the texts are constants of this package.
"""

from pyxiu.projections.reads.paging import Page


class Where:
    """Conditions joined by AND. `{}` in a condition stands for its argument."""

    def __init__(self) -> None:
        self.arguments: list[object] = []
        self._conditions: list[str] = []

    def add(self, condition: str, *arguments: object) -> None:
        self._conditions.append(condition.format(*map(self.argument, arguments)))

    def argument(self, value: object) -> str:
        """The placeholder of a further argument."""
        self.arguments.append(value)
        return f"${len(self.arguments)}"

    def window(self, page: Page) -> str:
        """LIMIT and OFFSET."""
        return f"LIMIT {self.argument(page.limit)} OFFSET {self.argument(page.offset)}"

    def __str__(self) -> str:
        return "WHERE " + " AND ".join(self._conditions)
