"""Every variable that is read, so that one that nobody reads is noticed: a mistyped name must weaken nothing silently.

Invariant: a test compares this with what the code names. Limit: what a value means is checked where it is read.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from pyxiu.storage.roles import MODULES
from pyxiu.stream.settings import NAMES as STREAM_NAMES

#: One login for each module: PYXIU_DATABASE_URL_API.
MODULE_URL_PREFIX: Final = "PYXIU_DATABASE_URL_"
#: Their values are never shown.
SECRET: Final = frozenset(
    {
        "PYXIU_FAUCET_NODES",
        "PYXIU_SIGNER_NODES",
        "PYXIU_SIGNER_PASSPHRASE",
        "PYXIU_WATCHER_NODES",
        "PYXIU_WEBHOOK_SECRET",
        "PYXIU_TWILIO_AUTH_TOKEN",
        "PYXIU_KYC_CALLBACK_KEY",
        "PYXIU_SENTRY_DSN",
    }
)
#: Settings of plugins: only their authors know which are secrets, so none of their values is shown.
PLUGIN_PREFIX: Final = "PYXIU_PLUGIN_"
#: A password may stand in these: shown without it.
URLS: Final = frozenset(
    {"PYXIU_DATABASE_URL", "PYXIU_RABBITMQ_URL", "PYXIU_SMTP_URL", "PYXIU_NODE_URL"}
    | {f"{MODULE_URL_PREFIX}{module.upper()}" for module in MODULES}
)
#: Families of names.
PREFIXES: Final = ("PYXIU_LIMIT_", PLUGIN_PREFIX)
NAMES: Final = (
    SECRET
    | URLS
    | frozenset(
        {
            "PYXIU_ACTIVATION",
            "PYXIU_ANVIL",
            "PYXIU_API_AUDIENCE",
            "PYXIU_API_KEYS_MAX",
            "PYXIU_ARGON2_MEMORY_KIB",
            "PYXIU_ARGON2_TIME_COST",
            "PYXIU_ARGON2_WORKERS",
            "PYXIU_AUTH0_CLIENT_ID",
            "PYXIU_AUTH0_DOMAIN",
            "PYXIU_AWS_ENDPOINT_URL",
            "PYXIU_BENCH",
            "PYXIU_BENCH_GATE",
            "PYXIU_CAPTCHA",
            "PYXIU_CAPTCHA_ALWAYS",
            "PYXIU_CAPTCHA_TYPE",
            "PYXIU_CERTS",
            "PYXIU_CONFIG",
            "PYXIU_COOKIE_SECURE",
            "PYXIU_CORS_ORIGINS",
            "PYXIU_DATA_STORAGE_TITLES",
            "PYXIU_DISK_RESERVE_MB",
            "PYXIU_ENGINES",
            "PYXIU_ENGINE_LISTEN",
            "PYXIU_ERRORS",
            "PYXIU_EXCHANGE_NAME",
            "PYXIU_FAILPOINTS",
            "PYXIU_HOME",
            "PYXIU_HOST",
            "PYXIU_KEYS_WITHOUT_SECOND_FACTOR",
            "PYXIU_KEY_STORE",
            "PYXIU_KYC_DOUBLE_VERIFICATION",
            "PYXIU_KYC_EXPIRY_REQUIRED",
            "PYXIU_KYC_MASK",
            "PYXIU_KYC_PROVIDER",
            "PYXIU_LEVEL_DEPOSIT",
            "PYXIU_LEVEL_TRADING",
            "PYXIU_LEVEL_WITHDRAW",
            "PYXIU_LOG_FORMAT",
            "PYXIU_LOG_LEVEL",
            "PYXIU_MAIL_EVERY_LOGIN",
            "PYXIU_MAIL_FROM",
            "PYXIU_MAIL_LANGUAGE",
            "PYXIU_MAIL_TEMPLATES",
            "PYXIU_MAIL_TRANSPORT",
            "PYXIU_MARKET_DATA",
            "PYXIU_MARKET_DATA_URL",
            "PYXIU_OBJECTS",
            "PYXIU_PASSKEY_DOMAIN",
            "PYXIU_PASSWORD_MIN_ENTROPY",
            "PYXIU_PASSWORD_MIN_LENGTH",
            "PYXIU_PHONES",
            "PYXIU_PLUGINS",
            "PYXIU_PAYOUT_BATCH_MAX",
            "PYXIU_PAYOUT_BUMP_AFTER_S",
            "PYXIU_PAYOUT_FEE_RATE_MAX",
            "PYXIU_PAYOUT_GAP_AFTER_S",
            "PYXIU_PAYOUT_GAS_PRICE_MAX",
            "PYXIU_PNL_CURRENCIES",
            "PYXIU_PORT",
            "PYXIU_POSTGRES_BIN",
            "PYXIU_PRODUCTION",
            "PYXIU_PUBLIC_URL",
            "PYXIU_RABBITMQ_DURABLE",
            "PYXIU_RABBITMQ_RANGER",
            "PYXIU_REQUESTS_PER_ADDRESS",
            "PYXIU_REQUESTS_PER_MEMBER",
            "PYXIU_SENTRY_ENVIRONMENT",
            "PYXIU_SESSIONS_MAX",
            "PYXIU_SESSION_ABSOLUTE_S",
            "PYXIU_SESSION_COOKIE",
            "PYXIU_SESSION_IDLE_S",
            "PYXIU_SESSION_IPV4_BITS",
            "PYXIU_SESSION_IPV6_BITS",
            "PYXIU_SESSION_USER_AGENT",
            "PYXIU_SIGNER_APPROVER",
            "PYXIU_SIGNER_PASSPHRASE_FILE",
            "PYXIU_SIGNUP_TELLS_TAKEN",
            "PYXIU_SINKS",
            "PYXIU_SNS_TOPIC_ARN",
            "PYXIU_SQS_QUEUE_URL",
            "PYXIU_STAFF_REASON",
            "PYXIU_STAFF_SECOND_FACTOR",
            "PYXIU_TOKEN_ALGORITHM",
            "PYXIU_TRUSTED_PROXIES",
            "PYXIU_TWILIO_ACCOUNT_SID",
            "PYXIU_TWILIO_API_URL",
            "PYXIU_TWILIO_SENDER",
            "PYXIU_UID_PREFIX",
            "PYXIU_WEBHOOK_URL",
            "PYXIU_WITHDRAW_APPROVE_ALL",
            "PYXIU_WITHDRAW_COOL_OFF_S",
            "PYXIU_WITHDRAW_ENABLED",
            "PYXIU_WITHDRAW_FOUR_EYES_FROM",
            "PYXIU_WITHDRAW_NEW_ADDRESS_WAIT_S",
        }
    )
    | STREAM_NAMES
)


def is_secret(name: str) -> bool:
    """Whether its value is never shown."""
    return name in SECRET or name.startswith(PLUGIN_PREFIX)


def is_known(name: str) -> bool:
    return name in NAMES or name.startswith(PREFIXES)


def complaint_about(names: Iterable[str]) -> str | None:
    """What is wrong with these names; None if nobody mistyped."""
    for name in sorted(names):
        if name.startswith("PYXIU_") and not is_known(name):
            close = get_close_matches(name, NAMES, n=1)
            hint = f"; did you mean {close[0]}?" if close else "; `pyxiu config --all-names` lists them"
            return f"there is no setting {name}{hint}"
    return None
