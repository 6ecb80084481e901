"""Every "no" of the API in one table: which HTTP status and which wire code a rejection or an edge finding gets.

Invariant: each core rejection has exactly one row here, and every error body is `{"errors": ["code", ...]}`; existing
front-ends translate the codes, so one that a client may know is never renamed. Limit: a code names a kind of mistake;
texts for people live in DESCRIPTIONS and in the API documentation.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from pyxiu.core.rejections import Rejection


class WireError(NamedTuple):
    status: int
    code: str


_INVALID_TERMS: Final = WireError(422, "market.order.invalid_volume_or_price")
_NO_SUCH_MARKET: Final = WireError(422, "market.market.doesnt_exist_or_not_enabled")

#: How each rejection of the core is told over HTTP.
REJECTIONS: Final[dict[Rejection, WireError]] = {
    Rejection.MALFORMED: WireError(422, "market.order.create_error"),
    Rejection.FIELD_INVALID: WireError(422, "market.order.create_error"),
    Rejection.KEY_INVALID: WireError(422, "market.order.invalid_client_order_id"),
    Rejection.KEY_REUSED: WireError(422, "market.order.client_order_id_reused"),
    Rejection.KEYS_EXHAUSTED: WireError(503, "market.order.client_order_ids_exhausted"),
    Rejection.ASSET_UNKNOWN: WireError(422, "account.currency.doesnt_exist"),
    Rejection.ASSET_CONFLICT: WireError(422, "admin.currency.conflict"),
    Rejection.MARKET_UNKNOWN: _NO_SUCH_MARKET,
    Rejection.MARKET_CONFLICT: WireError(422, "admin.market.conflict"),
    Rejection.MARKET_PRECISION_INVALID: WireError(422, "admin.market.invalid_precision"),
    Rejection.FEE_RULE_INVALID: WireError(422, "admin.trading_fee.invalid_fee"),
    Rejection.MEMBER_UNKNOWN: WireError(403, "market.trade.not_permitted"),
    Rejection.MEMBER_DISABLED: WireError(403, "market.trade.not_permitted"),
    Rejection.MARKET_NOT_ENABLED: _NO_SUCH_MARKET,
    Rejection.MARKET_POST_ONLY: WireError(422, "market.order.market_is_post_only"),
    Rejection.MARKET_LIMIT_ONLY: WireError(422, "market.order.market_is_limit_only"),
    Rejection.ORDER_TERMS_INVALID: WireError(422, "market.order.contradicting_terms"),
    Rejection.PRICE_INVALID: _INVALID_TERMS,
    Rejection.PRICE_BELOW_MINIMUM: _INVALID_TERMS,
    Rejection.PRICE_ABOVE_MAXIMUM: _INVALID_TERMS,
    Rejection.QUANTITY_INVALID: _INVALID_TERMS,
    Rejection.QUANTITY_BELOW_MINIMUM: _INVALID_TERMS,
    Rejection.AMOUNT_INVALID: _INVALID_TERMS,
    Rejection.AMOUNT_OUT_OF_RANGE: _INVALID_TERMS,
    Rejection.NOTIONAL_BELOW_MINIMUM: WireError(422, "market.order.total_below_minimum"),
    Rejection.POST_ONLY_WOULD_TAKE: WireError(422, "market.order.post_only_would_take"),
    Rejection.INSUFFICIENT_LIQUIDITY: WireError(422, "market.order.insufficient_market_liquidity"),
    Rejection.FILL_OR_KILL_UNFILLABLE: WireError(422, "market.order.fill_or_kill_unfillable"),
    Rejection.ENTRY_UNBALANCED: WireError(422, "admin.adjustment.unbalanced"),
    Rejection.HOLD_UNKNOWN: WireError(404, "record.not_found"),
    Rejection.HOLD_EXCEEDED: WireError(422, "account.withdraw.invalid_amount"),
    Rejection.INSUFFICIENT_BALANCE: WireError(422, "market.account.insufficient_balance"),
    Rejection.ORDER_UNKNOWN: WireError(404, "record.not_found"),
}

NOT_FOUND: Final = WireError(404, "record.not_found")
METHOD_NOT_ALLOWED: Final = WireError(405, "server.method_not_allowed")
INVALID_BODY: Final = WireError(400, "server.method.invalid_message_body")
INVALID_QUERY: Final = WireError(400, "server.method.invalid_query")
BODY_TOO_LARGE: Final = WireError(413, "server.request.body_too_large")
INTERNAL: Final = WireError(500, "server.internal_error")
#: The database does not answer at the moment.
UNAVAILABLE: Final = WireError(503, "server.unavailable")
#: The engine's inbox is full: nothing happened, come back after Retry-After seconds.
OVERLOADED: Final = WireError(503, "server.overloaded")
#: The engine took nothing, because it does not lead at the moment.
ENGINE_UNAVAILABLE: Final = WireError(503, "server.engine_unavailable")
#: The engine stopped while it had the command: it may or may not have happened. 503 is for what has not happened.
OUTCOME_UNKNOWN: Final = WireError(504, "server.outcome_unknown")
ORDER_NOT_OPEN: Final = WireError(422, "market.order.cancel_error")
#: Spelt as the wire has always spelt it.
INVALID_ORDER_ID: Final = WireError(422, "market.order.invaild_id_or_uuid")

NO_SESSION: Final = WireError(401, "authz.invalid_session")
INVALID_KEY_HEADERS: Final = WireError(422, "authz.invalid_api_key_headers")
NONCE_NOT_A_TIMESTAMP: Final = WireError(401, "authz.nonce_not_valid_timestamp")
NONCE_EXPIRED: Final = WireError(401, "authz.nonce_expired")
UNKNOWN_KEY: Final = WireError(401, "authz.unexistent_apikey")
INVALID_SIGNATURE: Final = WireError(401, "authz.invalid_signature")
KEY_NOT_ACTIVE: Final = WireError(401, "authz.apikey_not_active")
REQUEST_REPLAYED: Final = WireError(401, "authz.request_replayed")
KEY_EXPIRED: Final = WireError(401, "authz.apikey_expired")
ADDRESS_NOT_ALLOWED: Final = WireError(401, "authz.apikey_address_not_allowed")
SCHEME_NOT_ALLOWED: Final = WireError(401, "authz.signature_scheme_not_allowed")
SCOPE_NOT_ALLOWED: Final = WireError(403, "authz.apikey_scope_not_allowed")
DISABLED_2FA: Final = WireError(401, "authz.disabled_2fa")
SESSION_MISMATCH: Final = WireError(401, "authz.client_session_mismatch")
USER_NOT_ACTIVE: Final = WireError(401, "authz.user_not_active")
MISSING_CSRF: Final = WireError(401, "authz.missing_csrf_token")
CSRF_MISMATCH: Final = WireError(401, "authz.csrf_token_mismatch")
CROSS_SITE: Final = WireError(403, "authz.cross_site_request")
INVALID_PERMISSION: Final = WireError(401, "authz.invalid_permission")
PERMISSION_DENIED: Final = WireError(401, "authz.permission_denied")
INVALID_TOKEN: Final = WireError(401, "jwt.decode_and_verify")
TOO_MANY_REQUESTS: Final = WireError(429, "server.too_many_requests")

#: What a person may want to know beyond the code; sent as `message` beside `errors` where there is one.
MESSAGES: Final[dict[WireError, str]] = {
    OVERLOADED: "Nothing was done. Retry after the time in the Retry-After header.",
    ENGINE_UNAVAILABLE: "Nothing was done. Retry shortly.",
    OUTCOME_UNKNOWN: (
        "The engine stopped while it had the command; it may or may not have been done. "
        "Retry with the same client_order_id: the effect happens once, and the retry tells its outcome."
    ),
    NONCE_EXPIRED: "The nonce must be the time in milliseconds; see X-Server-Time for the server's.",
    TOO_MANY_REQUESTS: "Nothing was done. Slow down; see Retry-After.",
    SCHEME_NOT_ALLOWED: "This key takes requests that are signed whole (v2) only.",
    REQUEST_REPLAYED: "This very request was sent before. Sign again with a new nonce, or set a client_order_id.",
}

RETRY_AFTER_S: Final = 1


class ApiError(Exception):
    """A request that is answered with an error: raised where a value cannot travel, in reads and their parsing."""

    def __init__(self, status: int, codes: Sequence[str], headers: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(status, *codes)
        self.status = status
        self.codes = tuple(codes)
        self.headers = tuple(headers)


def refuse(error: WireError, *headers: tuple[str, str]) -> ApiError:
    """The exception of a single finding."""
    return ApiError(error.status, (error.code,), headers)


def refuse_for(error: WireError, retry_after_s: int) -> ApiError:
    """With the time to wait, where waiting helps."""
    return refuse(error, *([("Retry-After", str(retry_after_s))] if retry_after_s else []))


def error_body(codes: Sequence[str]) -> bytes:
    return msgspec.json.encode({"errors": codes})


def wire_error_body(error: WireError) -> bytes:
    """The body of one finding, with a sentence where the code alone would leave someone helpless."""
    message = MESSAGES.get(error)
    if message is None:
        return error_body((error.code,))
    return msgspec.json.encode({"errors": (error.code,), "message": message})
