"""The engine's faults.

    TransientError
    ├── OverloadedError       the inbox is full or held; nothing was taken; retry after `retry_after_s`
    └── EngineStoppedError    not leading (any more); a command in flight may or may not have been committed
        └── NotLeadingError   the same, and nothing was taken: a retry elsewhere cannot happen twice
    PermanentError
    ├── LeadershipHeldError   another engine leads this journal
    ├── LeadershipLostError   another engine wrote to the journal, or the connection that leadership hangs on broke
    ├── JournalCorruptError   a row does not follow from the one before it, or its records do not say what they should
    └── EngineFailedError     the process has to stop: a commit failed or the core broke; a restart recovers

Invariant: after any of the permanent ones this process appends nothing more. Limit: the messages name what was found,
`docs/operations/storage.md` says what to do about each.
"""

from pyxiu.kit.errors import PermanentError, TransientError


class OverloadedError(TransientError):
    """Nothing more is taken now. Of an engine elsewhere it is not known why."""

    def __init__(self, retry_after_s: float, why: str = "the engine takes no more commands now") -> None:
        super().__init__(f"{why}; retry after {retry_after_s:.3f} s")
        self.retry_after_s = retry_after_s


class EngineStoppedError(TransientError):
    """The engine does not lead; whether a command in flight was committed is known after recovery, by its key."""


class NotLeadingError(EngineStoppedError):
    """The engine that was asked does not lead; it has taken nothing."""


class LeadershipHeldError(PermanentError):
    """Another engine leads this journal."""


class LeadershipLostError(PermanentError):
    """This engine leads no longer."""


class JournalCorruptError(PermanentError):
    """The journal is not what an engine has written."""


class EngineFailedError(PermanentError):
    """The engine cannot go on; the process has to stop."""
