"""Fields of identity's bodies: which are there, and the codes of those that are not.

Invariant: all findings of a request at once. Limit: texts; what is in them is judged by the use cases.
"""

from typing import Any

from pyxiu.api.body import text_of
from pyxiu.api.errors import ApiError
from pyxiu.identity.accounts.refusals import Refused


def required(body: Any, prefix: str, *names: str) -> tuple[str, ...]:
    """The texts of required fields. Raises ApiError 422 with `<prefix>.missing_<name>` and `<prefix>.empty_<name>`."""
    texts = [text_of(getattr(body, name)) for name in names]
    codes = []
    for name, text in zip(names, texts, strict=True):
        if text is None:
            codes.append(f"{prefix}.missing_{name}")
        elif not text.strip():
            codes.append(f"{prefix}.empty_{name}")
    if codes:
        raise ApiError(422, codes)
    return tuple(text or "" for text in texts)


def codes_of(prefix: str, *names: str) -> tuple[str, ...]:
    """What `required` can answer, for the declaration of an endpoint."""
    return tuple(f"{prefix}.{finding}_{name}" for name in names for finding in ("missing", "empty"))


def optional(value: Any) -> str | None:
    """A text, None for nothing and for an empty one."""
    return text_of(value) or None


def refusal(refused: Refused) -> ApiError:
    """What a use case of accounts or sessions refuses, as an answer."""
    wait_s = refused.retry_after_s
    return ApiError(refused.status, refused.codes, () if wait_s is None else (("Retry-After", str(wait_s)),))


def object_schema(*needed: str, **properties: dict[str, Any]) -> dict[str, Any]:
    """JSON schema of a flat body."""
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return {**schema, "required": list(needed)} if needed else schema
