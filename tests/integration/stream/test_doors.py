"""Who may connect, how much, and when it ends."""

import asyncio
import datetime
import socket as sockets
import time
from contextlib import suppress
from typing import Any

import pytest
from prometheus_client import generate_latest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from pyxiu.app.stream.doorkeeper import GateDoorkeeper
from pyxiu.identity.api_keys.signatures import HmacVerifier, canonical_message
from pyxiu.identity.changes import Change, announce
from pyxiu.identity.labels.change_labels import remove_label
from pyxiu.identity.sessions.close_sessions import close_session
from pyxiu.identity.tables.factors import api_keys
from pyxiu.identity.tokens.session_token import TOKEN_LIFETIME_S, SessionOrigin, TokenSubject, mint_session_token
from pyxiu.stream.client import Client
from tests.support.api import BROWSER, TOKEN_KEYS, Exchange, KeyAuth, running_exchange
from tests.support.frames import BookClient
from tests.support.identity import a_user
from tests.support.postgres import execute
from tests.support.service_accounts import a_service_account
from tests.support.sockets import WAIT_S, receive, say, serving_stream, until


async def refused(connecting: connect) -> tuple[int, Any]:
    with pytest.raises(InvalidStatus) as caught:
        await connecting
    body = caught.value.response.body or b""
    return caught.value.response.status_code, body.decode()


async def closed(socket: ClientConnection) -> int:
    """The code with which the server ends the connection."""
    return (await told_until_closed(socket))[0]


async def told_until_closed(socket: ClientConnection) -> tuple[int, list[str | bytes]]:
    """The code with which the server ends the connection, and what came before it."""
    told: list[str | bytes] = []
    with suppress(ConnectionClosed):
        async with asyncio.timeout(WAIT_S):
            while True:
                told.append(await socket.recv())
    assert socket.close_code is not None, "it is closed"
    return socket.close_code, told


async def test_handshakes_are_refused_with_a_status_and_a_code(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        alice = await exchange.member()
        off = await exchange.member(state="inactive")
        assert await refused(stream.connect("/private")) == (401, '{"errors":["authz.invalid_session"]}')
        assert (await refused(stream.connect("/nosuch")))[0] == 404
        assert (await refused(stream.connect("/public", member=off)))[0] == 401
        headers = {**alice.auth.headers(), "X-Auth-Signature": "00" * 32}
        assert (await refused(stream.connect("/public", additional_headers=headers)))[0] == 401
        assert (await exchange.anyone.get("/api/v2/ranger/public")).status_code == 404

        async with stream.connect("/private/", member=alice) as socket:
            assert (await receive(socket))["success"]["streams"] == []
        async with stream.connect("/public", additional_headers={"Cookie": "_barong_session=gone"}) as socket:
            await say(socket, event="subscribe", streams=["order"])
            assert (await until(socket, "error")) == "stream.authentication_required"


async def test_a_handshake_that_fails_is_answered_at_once(database_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        alice = await exchange.member()
        await execute(database_dsn, "ALTER TABLE api_keys RENAME TO not_there")
        assert await refused(stream.connect("/private", member=alice)) == (503, '{"errors":["server.unavailable"]}')
        await execute(database_dsn, "ALTER TABLE not_there RENAME TO api_keys")
        with monkeypatch.context() as patched:
            patched.setattr(GateDoorkeeper, "address", broken)
            internal = (500, '{"errors":["server.internal_error"]}')
            assert await refused(stream.connect("/private", member=alice)) == internal
        with monkeypatch.context() as patched:
            patched.setattr(Client, "open", broken)
            assert await closed(await stream.connect("/private", member=alice)) == 1011
        async with stream.connect("/private", member=alice) as socket:
            await receive(socket)
            async with asyncio.timeout(WAIT_S):
                while len(stream.server.door.inside) != 1:  # noqa: ASYNC110 - whoever failed on the way is not inside
                    await asyncio.sleep(0.01)


def broken(*_: Any) -> None:
    raise ValueError("a bug")


async def test_t72_connections_are_counted_by_address_and_member_and_given_back(database_dsn: str) -> None:
    async with (
        running_exchange(database_dsn) as exchange,
        serving_stream(exchange, connections_per_address=3, connections_per_member=1) as stream,
    ):
        alice = await exchange.member()
        code = '{"errors":["stream.too_many_connections"]}'
        async with stream.connect("/private", member=alice) as first, stream.connect():
            await receive(first)
            assert await refused(stream.connect("/private", member=alice)) == (429, code)
            async with stream.connect():
                assert await refused(stream.connect()) == (429, code)
        while True:
            try:
                async with stream.connect("/private", member=alice) as again:
                    await receive(again)
            except InvalidStatus:
                await asyncio.sleep(0.01)
            else:
                break
        figures = generate_latest(exchange.services.registry).decode()
        assert 'pyxiu_stream_refusals_total{status="429"}' in figures
        assert 'pyxiu_stream_subscriptions{kind="ob-inc"} 0.0' in figures


async def test_t72_streams_and_messages_of_a_connection_are_bounded(database_dsn: str) -> None:
    async with (
        running_exchange(database_dsn) as exchange,
        serving_stream(exchange, subscriptions=2, control_messages_burst=5, message_bytes=8192) as stream,
    ):
        async with stream.connect("/public?stream=btcusd.trades,btcusd.update,btcusd.ob-inc") as socket:
            assert await receive(socket) == {"error": "stream.too_many_subscriptions", "streams": ["btcusd.ob-inc"]}
            assert (await receive(socket))["success"]["streams"] == ["btcusd.trades", "btcusd.update"]
            await say(socket, event="subscribe", streams=["btcusd.trades", "btcusd.update", "btcusd.ob-inc"])
            assert await until(socket, "streams") == ["btcusd.ob-inc"], "what is there already is not refused"
            await say(socket, event="unsubscribe", streams=["btcusd.update"])
            await say(socket, event="subscribe", streams=["btcusd.trades", "btcusd.ob-inc"])
            await until(socket, "success"), await until(socket, "success")
            assert (await until(socket, "success"))["streams"] == ["btcusd.trades", "btcusd.ob-inc"]
            for _ in range(50):
                await socket.send("ping")
            assert await closed(socket) == 4003
        for size, code in ((5000, 1009), (9000, 1009)):
            async with stream.connect() as socket:
                await socket.send("x" * size)
                assert await closed(socket) == code
        async with stream.connect() as socket:
            await socket.send(b"abab")
            await socket.send(iter(['{"event":', '"dance"}']))
            assert await until(socket, "error") == "stream.invalid_message"
            assert await until(socket, "error") == "stream.unknown_event"


async def test_t72_whoever_floods_with_pings_and_reads_nothing_is_disconnected(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        flooding, another = await stream.connect(ping_interval=None), await stream.connect()
        await receive(flooding), await receive(another)
        flooding.transport.pause_reading()
        flooding.transport.write((b"\x89\xfd" + bytes(4) + bytes(125)) * 20_000)
        while not stream.server.metrics.closes[4003]:  # noqa: ASYNC110 - the server has nothing to wait for
            await asyncio.sleep(0.01)
        assert sum(inside.unread() for inside in stream.server.door.inside) < 64 * 1024
        await another.send("ping")
        await another.ping()
        assert await another.recv() == "pong"
        flooding.transport.abort()
        await another.close()


@pytest.mark.parametrize("what", ["user", "api_key"])
async def test_t67_whoever_was_changed_is_disconnected_and_others_are_not(database_dsn: str, what: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        alice, bob = await exchange.member(), await exchange.member()
        async with (
            stream.connect("/private", member=alice) as hers,
            stream.connect("/private", member=bob) as his,
            stream.connect("/public") as visitor,
        ):
            for socket in (hers, his, visitor):
                await receive(socket)
            async with exchange.identity.database.begin() as connection:
                await announce(connection, Change(what), alice.uid if what == "user" else alice.auth.kid)
            assert await closed(hers) == 4001
            for socket in (his, visitor):
                await socket.send("ping")
                assert await socket.recv() == "pong"


async def test_t67_a_cookie_opens_the_stream_for_our_own_pages_until_the_session_is_closed(database_dsn: str) -> None:
    async with (
        running_exchange(database_dsn) as exchange,
        serving_stream(exchange, origins=("https://friend.test",)) as stream,
    ):
        visitor = await exchange.browser()
        cookie = {
            "Cookie": f"{exchange.identity.settings.cookie_name}={visitor.opened.token}",
            "User-Agent": BROWSER.user_agent,
        }

        def coming_from(origin: str | None) -> connect:
            options: dict[str, Any] = {} if origin is None else {"origin": Origin(origin)}
            path = "/private?stream=order"
            return stream.connect(path, additional_headers=cookie, user_agent_header=None, **options)

        assert await refused(coming_from("https://evil.test")) == (403, '{"errors":["authz.origin_not_allowed"]}')
        sockets = [await coming_from(o) for o in (None, f"http://127.0.0.1:{stream.port}", "https://friend.test")]
        for socket in sockets:
            assert (await receive(socket))["success"]["streams"] == ["order"]
        async with exchange.identity.database.begin() as connection:
            await close_session(connection, exchange.identity, visitor.opened.session_id, reason="test")
        for socket in sockets:
            assert await closed(socket) == 4001
        assert (await refused(coming_from(None)))[0] == 401


async def test_tokens_and_whole_signatures_open_the_private_stream(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        path, query = "/api/v2/ranger/private/", "stream=order"
        alice, browser = await exchange.member(), await exchange.browser()
        user, origin = browser.user, SessionOrigin(browser.opened.session_id)
        subject = TokenSubject(uid=user.uid, email=user.email, role=user.role, level=user.level, state=user.state)
        token = mint_session_token(TOKEN_KEYS, subject, origin, int(time.time()))
        nonce = str(time.time_ns() // 1_000_000).encode()
        key, secret = alice.auth.kid.encode(), alice.auth.secret.encode()
        signed = canonical_message(key, nonce, b"GET", path.encode(), query.encode(), b"")
        whole = {
            "X-Auth-Apikey": alice.auth.kid,
            "X-Auth-Nonce": nonce.decode(),
            "X-Auth-Signature": f"v2={HmacVerifier(secret).sign(signed)}",
        }
        for headers in ({"Authorization": f"Bearer {token}"}, whole):
            async with stream.connect(f"/private/?{query}", additional_headers=headers) as socket:
                assert (await receive(socket))["success"]["streams"] == ["order"]
        wrong = {"Authorization": f"Bearer {token[:-3]}AAA"}
        assert await refused(stream.connect("/public", additional_headers=wrong)) == (
            401,
            '{"errors":["jwt.decode_and_verify"]}',
        )
        assert (await refused(stream.connect("/private/?stream=trade", additional_headers=whole)))[0] == 401

        async with stream.connect("/private", additional_headers={"Authorization": f"Bearer {token}"}) as socket:
            await receive(socket)
            inside = stream.server.door.inside[-1]
            assert time.time() < inside.expires_s < time.time() + TOKEN_LIFETIME_S
            inside.expires_s = time.time()
            assert await closed(socket) == 4001


@pytest.mark.parametrize("what", ["api_key", "session"])
async def test_t67_what_a_token_was_made_for_ends_its_connections(database_dsn: str, what: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        alice, browser = await exchange.member(), await exchange.browser()
        gateway = "/api/v2/auth/api/v2/peatio/account/balances"
        of_key = await exchange.anyone.get(gateway, auth=alice.auth)
        answered = of_key if what == "api_key" else await browser.request("GET", gateway)
        bearer = {"Authorization": answered.headers["authorization"]}
        async with stream.connect("/private", additional_headers=bearer) as socket:
            await receive(socket)
            async with exchange.identity.database.begin() as connection:
                if what == "api_key":
                    await connection.execute(api_keys.delete().where(api_keys.c.kid == alice.auth.kid))
                    await announce(connection, Change.API_KEY, alice.auth.kid)
                else:
                    await close_session(connection, exchange.identity, browser.opened.session_id, reason="test")
            assert await closed(socket) == 4001
        assert (await refused(stream.connect("/private", additional_headers=bearer)))[0] == 401


async def test_a_service_account_is_disconnected_when_its_owner_loses_a_level(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        owner = await a_user(exchange.identity, level=3)
        bot = await a_service_account(exchange.staff, owner)
        signed = KeyAuth(bot.kid, bot.secret).headers()
        async with stream.connect("/private", additional_headers=signed) as socket:
            await receive(socket)
            async with exchange.staff.database.begin() as connection:
                await remove_label(connection, exchange.identity, owner.id, "phone")
            assert await closed(socket) == 4001


async def test_a_connection_ends_when_its_key_expires(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        alice = await exchange.member()
        expires_at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=5)
        async with exchange.identity.database.begin() as connection:
            key = api_keys.update().where(api_keys.c.kid == alice.auth.kid)
            await connection.execute(key.values(expires_at=expires_at))
        async with stream.connect("/private", member=alice) as socket:
            await receive(socket)
            assert stream.server.door.inside[-1].expires_s == pytest.approx(expires_at.timestamp(), abs=0.001)


async def test_the_silent_are_pinged_and_the_dead_are_disconnected(database_dsn: str) -> None:
    async with (
        running_exchange(database_dsn) as exchange,
        serving_stream(exchange, ping_s=1, silence_s=4) as stream,
    ):
        alive = await stream.connect(ping_interval=None)
        dead = await stream.connect(ping_interval=None)
        await receive(alive), await receive(dead)
        dead.transport.pause_reading()
        while not stream.server.metrics.closes[4002]:  # noqa: ASYNC110 - the server has nothing to wait for
            await asyncio.sleep(0.05)
        await alive.send("ping")
        assert await alive.recv() == "pong"
        dead.transport.resume_reading()
        assert await closed(dead) == 4002
        await alive.close()


def small_socket(port: int) -> sockets.socket:
    """The kernel keeps little for it, so that what is not read stays with the server."""
    small = sockets.socket()
    small.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    small.connect(("127.0.0.1", port))
    small.setblocking(False)
    return small


async def test_t82_who_reads_slowly_misses_frames_and_never_the_book_while_others_miss_none(
    database_dsn: str,
) -> None:
    async with (
        running_exchange(database_dsn) as exchange,
        serving_stream(exchange, flush_ms=1, data_bytes=4096, send_buffer=8192) as stream,
    ):
        maker = await exchange.member(usd="1000000", btc="1000")
        path = "/public?stream=btcusd.ob-inc,btcusd.update,btcusd.trades&book=nested"
        quick = await stream.connect(path)
        slow = await stream.connect(path, sock=small_socket(stream.port))
        await receive(quick), await receive(slow)
        slow.transport.pause_reading()
        fast, left_behind = BookClient("btcusd"), BookClient("btcusd")
        number = 0
        while stream.server.metrics.left_out < 20:
            number += 1
            await many(maker, number)
            while fast.frames < number:
                fast.take(await receive(quick))
        depth = await depth_of(exchange)
        slow.transport.resume_reading()
        for socket, book in ((quick, fast), (slow, left_behind)):
            while book.levels() != depth:
                book.take(await receive(socket))
        assert fast.snapshots == 1
        assert left_behind.snapshots > 1
        assert stream.server.metrics.resyncs >= 1
        await quick.close()
        await slow.close()


async def test_private_frames_are_never_left_out_the_connection_ends_instead(database_dsn: str) -> None:
    async with (
        running_exchange(database_dsn) as exchange,
        serving_stream(exchange, private_bytes=8192, data_bytes=4096, send_buffer=8192) as stream,
    ):
        alice = await exchange.member(usd="1000000", btc="1000")
        slow = await stream.connect("/private?stream=order", member=alice, sock=small_socket(stream.port))
        await receive(slow)
        slow.transport.pause_reading()
        number = 0
        while stream.server.metrics.closes[4008] == 0:
            number += 1
            await many(alice, number)
        slow.transport.resume_reading()
        code, told = await told_until_closed(slow)
        assert code == 4008
        assert told
        async with stream.connect("/private?stream=orders", member=alice) as again:
            orders = await until(again, "orders")
            assert len(orders["orders"]) == len(exchange.engine.core.open_orders())


async def many(maker: Any, number: int) -> None:
    """A hundred orders at prices of their own, in one request."""
    items = [
        {"market": "btcusd", "side": "buy", "volume": "0.01", "price": f"{(number * 100 + step) % 5000 / 100 + 1:.2f}"}
        for step in range(100)
    ]
    assert (await maker.post("/market/orders/batch", json={"items": items})).status_code == 201


async def depth_of(exchange: Exchange) -> dict[str, Any]:
    await exchange.projected()
    depth = (await exchange.get("/public/markets/btcusd/depth", params={"limit": 300})).json()
    return {side: depth[side] for side in ("asks", "bids")}
