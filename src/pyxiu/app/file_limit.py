"""Room for connections: each is a file descriptor, and systems grant a process few of those unless it asks.

Invariant: never lowered, and never above what the system allows this user. Limit: POSIX.
"""

import resource

import structlog

_log = structlog.stdlib.get_logger("pyxiu.files")


def raise_file_limit() -> None:
    """Ask for as many file descriptors as are allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError) as refusal:  # macOS has a limit of its own below the one it tells
        _log.warning("file limit stays", soft=soft, hard=hard, error=str(refusal))
