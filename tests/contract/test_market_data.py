"""What a source of market data does: the one that asks another exchange, here one with tickers on this machine."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pyxiu.adapters.market_data.peatio import PATH, PeatioTickers
from pyxiu.app.demo.bots import run
from pyxiu.app.demo.bots.prices import MILLION, Prices
from pyxiu.kit.errors import PermanentError
from pyxiu.plugins.testing import MarketDataContract
from tests.support.ports import free_port

TICKERS = {
    "btcusdt": {"at": "1", "ticker": {"last": "64123.45678901", "low": "1"}},
    "ethusdt": {"at": "1", "ticker": {"last": "0.0"}},
    "ltcusdt": {"at": "1", "ticker": {"last": "NaN"}},
    "oddusdt": {"at": "1"},
}


@pytest.fixture
def url() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == PATH else 404)
            self.end_headers()
            self.wfile.write(json.dumps(TICKERS).encode())

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class TestPeatioTickers(MarketDataContract):
    @pytest.fixture
    def source(self, url: str) -> PeatioTickers:
        return PeatioTickers(url + "/")

    @pytest.fixture
    def market(self) -> str:
        return "btcusdt"

    @pytest.fixture
    def away(self) -> PeatioTickers:
        return PeatioTickers(f"http://127.0.0.1:{free_port()}")


async def test_a_market_without_a_price_is_left_out(url: str) -> None:
    assert await PeatioTickers(url).prices(list(TICKERS)) == {"btcusdt": "64123.45678901"}


def test_a_url_that_is_none_is_refused() -> None:
    with pytest.raises(PermanentError, match="PYXIU_MARKET_DATA_URL"):
        PeatioTickers("file:///etc/passwd")


async def test_bots_go_on_from_the_prices_of_elsewhere(url: str) -> None:
    prices = Prices(1)
    await run.follow_once(PeatioTickers(url), prices)
    assert prices.middle("btcusdt") == 64_123_456_789
    assert prices.middle("ltcusdt") == 80 * MILLION
