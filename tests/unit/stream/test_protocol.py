"""What one connection may cost: frames as a client sends them, and a transport that counts what is done."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from pyxiu.stream.door import Door
from pyxiu.stream.metrics import StreamMetrics
from pyxiu.stream.protocol import (
    FRAGMENT_BYTES_MIN,
    FRAGMENTS_MAX,
    LATE_FRAMES_MAX,
    PIECE_BYTES,
    StreamProtocol,
)
from pyxiu.stream.settings import StreamSettings

HANDSHAKE = (
    b"GET /api/v2/ranger/public HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
CONT, TEXT, CLOSE, PING, PONG = 0x0, 0x1, 0x8, 0x9, 0xA
READ_BYTES = 256 * 1024
SMALLEST = 6
PONG_TEXT = b"\x81\x04pong"


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """As a client sends it, under a mask of zeros."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes([fin << 7 | opcode]) + length + bytes(4) + payload


class Transport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.unread = 0
        self._reading = True
        self.closed = False

    @property
    def written(self) -> bytes:
        return b"".join(self.writes)

    def close_code(self) -> int | None:
        """What the close frame at the end says."""
        last = self.written[-4:]
        return int.from_bytes(last[2:], "big") if last[:2] == b"\x88\x02" else None

    def write(self, data: Any) -> None:
        self.writes.append(data)

    def get_write_buffer_size(self) -> int:
        return self.unread

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def is_reading(self) -> bool:
        return self._reading

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close


class Everyone:
    async def caller(self, scope: dict[str, Any]) -> None: ...

    def address(self, scope: dict[str, Any]) -> str:
        return str(scope["client"])


async def opened(**settings: Any) -> tuple[StreamProtocol, Transport]:
    """A visitor's connection, with all that the handshake says thrown away."""
    house: Any = SimpleNamespace(settings=StreamSettings(**settings), metrics=StreamMetrics(CollectorRegistry()))
    transport = Transport()
    protocol = StreamProtocol(Door(house, Everyone()), server_state=SimpleNamespace(connections=set()))
    protocol.connection_made(transport)
    protocol.data_received(HANDSHAKE)
    while b"subscribed" not in transport.written:  # noqa: ASYNC110 - the handshake has steps, nothing is waited for
        await asyncio.sleep(0)
    transport.writes.clear()
    return protocol, transport


def heard(protocol: StreamProtocol) -> int:
    """Messages that wait to be handled."""
    assert protocol.client is not None
    return len(protocol.client._queue)


async def test_pings_within_the_rate_are_answered_in_one_write() -> None:
    protocol, transport = await opened()

    protocol.data_received(frame(PING, b"a") + frame(PING, b"b"))

    assert transport.writes == [b"\x8a\x01a\x8a\x01b"]
    protocol.connection_lost(None)


@pytest.mark.parametrize("payload", [b"", b"x" * 125])
async def test_pings_beyond_the_rate_end_the_connection_before_the_rest_of_a_read_is_parsed(payload: bytes) -> None:
    protocol, transport = await opened(control_messages_burst=20)
    ping = frame(PING, payload)

    protocol.data_received(ping * (READ_BYTES // len(ping)))

    assert transport.close_code() == 4003
    pongs = len(transport.written) // (2 + len(payload))
    assert 20 <= pongs <= 20 + PIECE_BYTES // SMALLEST
    assert len(transport.writes) <= 20
    assert protocol._late <= LATE_FRAMES_MAX + PIECE_BYTES // SMALLEST
    protocol.connection_lost(None)


@pytest.mark.parametrize("opcode", [PONG, CONT])
async def test_pongs_and_fragments_with_nothing_in_them_count_as_messages(opcode: int) -> None:
    protocol, transport = await opened(control_messages_burst=20)
    if opcode is CONT:
        protocol.data_received(frame(TEXT, b"{", fin=False))
    empty = frame(opcode, fin=opcode is PONG)

    protocol.data_received(empty * 20)
    assert transport.close_code() is None
    protocol.data_received(empty)

    assert transport.close_code() == 4003
    assert len(protocol._parts) <= 21
    protocol.connection_lost(None)


async def test_a_message_has_a_bounded_number_of_fragments() -> None:
    protocol, transport = await opened(message_bytes=2**20)

    protocol.data_received(frame(TEXT, b"{", fin=False))
    for _ in range(FRAGMENTS_MAX + 1):
        protocol.data_received(frame(CONT, b" " * FRAGMENT_BYTES_MIN, fin=False))

    assert transport.close_code() == 4003
    assert len(protocol._parts) == FRAGMENTS_MAX
    protocol.connection_lost(None)


async def test_a_message_in_some_fragments_counts_as_one() -> None:
    protocol, transport = await opened(control_messages_burst=3)

    for _ in range(3):
        protocol.data_received(frame(TEXT, b"pi", fin=False) + frame(CONT, b"ng"))
        await asyncio.sleep(0.001)

    assert transport.written == PONG_TEXT * 3
    protocol.connection_lost(None)


async def test_whoever_does_not_read_its_pongs_is_too_slow() -> None:
    protocol, transport = await opened(private_bytes=4096)
    transport.unread = 4096
    protocol.data_received(frame(PING))
    assert transport.close_code() is None
    transport.unread = 4097

    protocol.data_received(frame(PING))

    assert transport.close_code() == 4008
    protocol.connection_lost(None)


async def test_after_our_close_frame_only_so_many_frames_are_parsed_in_search_of_the_answer() -> None:
    protocol, transport = await opened()
    protocol.close(4001)
    told = transport.written

    protocol.data_received(frame(PING) * (LATE_FRAMES_MAX + 10_000))

    assert not transport.is_reading()
    assert LATE_FRAMES_MAX <= protocol._late <= LATE_FRAMES_MAX + PIECE_BYTES // SMALLEST
    assert transport.written == told
    protocol.connection_lost(None)


async def test_the_answer_to_our_close_frame_is_found_behind_what_was_under_way() -> None:
    protocol, transport = await opened()
    protocol.close(4001)

    protocol.data_received(frame(TEXT, b"x" * 1000) * (LATE_FRAMES_MAX // 2) + frame(CLOSE, b"\x0f\xa1"))

    assert transport.closed
    protocol.connection_lost(None)


async def test_messages_beyond_those_under_way_are_not_parsed_and_none_is_lost() -> None:
    protocol, transport = await opened(orders_in_flight=16, control_messages_burst=5_000)

    protocol.data_received(frame(TEXT, b"ping") * 5_000)

    assert not transport.is_reading()
    most = 16 + PIECE_BYTES // SMALLEST
    assert 16 <= heard(protocol) <= most
    while not transport.is_reading():
        await asyncio.sleep(0)
        assert heard(protocol) <= most
    while heard(protocol):  # noqa: ASYNC110 - its work has steps, nothing is waited for
        await asyncio.sleep(0)
    assert transport.written == PONG_TEXT * 5_000
    protocol.connection_lost(None)


async def test_closing_while_messages_wait_parses_no_more_of_them_than_while_closing() -> None:
    protocol, transport = await opened(orders_in_flight=16)
    protocol.data_received(frame(TEXT, b"ping") * 20_000)
    assert not transport.is_reading()

    protocol.close(4001)

    assert transport.close_code() == 4001
    assert heard(protocol) == 0
    assert not transport.is_reading()
    late = protocol._late
    assert LATE_FRAMES_MAX <= late <= LATE_FRAMES_MAX + PIECE_BYTES // SMALLEST
    protocol.resume()
    assert not transport.is_reading()
    assert protocol._late == late
    protocol.connection_lost(None)
