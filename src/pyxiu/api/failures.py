"""Findings as answers, and what an exception that nobody handled means: the database is away, or we have a bug.

Invariant: the text of an exception never leaves the process; it is logged, with the stack where it is a bug.
"""

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError

from pyxiu.api import errors
from pyxiu.api.asgi import Answer, header_pairs
from pyxiu.api.errors import WireError, wire_error_body
from pyxiu.kit.errors import TransientError
from pyxiu.storage.database import UNAVAILABLE

log = structlog.get_logger(__name__)

_AWAY = (
    *UNAVAILABLE,
    TransientError,
    DBAPIError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)


def answer_of(error: WireError, *headers: tuple[str, str]) -> Answer:
    """One finding as the answer."""
    return Answer(error.status, wire_error_body(error), header_pairs(headers))


def answer_of_failure(failure: Exception) -> Answer:
    """503 for what may pass, 500 for the rest."""
    if isinstance(failure, _AWAY):
        log.warning("request_failed_for_now", error=repr(failure))
        headers = header_pairs((("Retry-After", str(errors.RETRY_AFTER_S)),))
        return Answer(errors.UNAVAILABLE.status, wire_error_body(errors.UNAVAILABLE), headers)
    log.error("request_failed", exc_info=failure)
    internal: WireError = errors.INTERNAL
    return Answer(internal.status, wire_error_body(internal))
