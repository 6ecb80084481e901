"""Progress of long work, on a terminal as a bar and elsewhere not at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pyxiu.cli.running import console

#: Called with what is done and what there is to do.
Advance = Callable[[int, int], None]


@contextmanager
def progress_bar(title: str) -> Iterator[Advance]:
    """A bar that appears with the first advance and goes away at the end."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None, visible=False)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, visible=True)

        yield advance


@contextmanager
def recovery_progress() -> Iterator[Advance]:
    """The engine's recovery, in records."""
    with progress_bar("replaying the journal") as advance:
        yield advance
