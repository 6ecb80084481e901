"""How the API is served: one uvicorn worker on uvloop and httptools, with bounds on what a client may send.

Invariant: the headers of a request are bounded, also while they are still coming in (`bounded_protocol.py`); uvicorn
itself bounds the body by back-pressure and the application by its limits. Limit: TLS ends in front of this process.
"""

from functools import partial
from typing import Any, Final

import uvicorn

from pyxiu.api.asgi import ASGIApp
from pyxiu.api.bounded_protocol import BoundedHttpProtocol
from pyxiu.api.hot_routes import HotRoutes
from pyxiu.api.order_protocol import OrderProtocol

KEEP_ALIVE_S: Final = 75
SHUTDOWN_S: Final = 10
BACKLOG: Final = 2048


def server_config(app: ASGIApp, *, orders: HotRoutes | None = None, **overrides: Any) -> uvicorn.Config:
    """The settings for `uvicorn.Server`; loop and logging are the process's business.

    `orders` are served straight from the parser; without them `app` alone answers.
    """
    settings: dict[str, Any] = {
        "loop": "none",
        "http": BoundedHttpProtocol if orders is None else partial(OrderProtocol, orders),
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "backlog": BACKLOG,
        "timeout_keep_alive": KEEP_ALIVE_S,
        "timeout_graceful_shutdown": SHUTDOWN_S,
        **overrides,
    }
    return uvicorn.Config(app, **settings)
