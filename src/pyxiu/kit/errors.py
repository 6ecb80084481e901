"""Faults: what went wrong outside our rules, and whether trying again can help.

    Fault
    ├── TransientError   the same call may succeed later: a lost connection, a full queue, a timeout
    └── PermanentError   it will not: wrong credentials, a missing binary, data of another format

Invariant: a business "no" is a `Rejection` value and never one of these; a bug is an assertion. Limit: raise the two
leaves or subclasses of them, never Fault itself; `retry` repeats TransientError only.
"""


class Fault(Exception):  # noqa: N818 - the root is never raised; its leaves end in Error
    """Anything that failed outside our own rules."""


class TransientError(Fault):
    """Trying again later may succeed."""


class PermanentError(Fault):
    """Trying again cannot succeed; somebody has to change something."""
