"""Frames are what a WebSocket library reads."""

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from pyxiu.stream.frames import binary_frame, data_frame, text_frame
from tests.support.frames import messages_in


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536])
def test_a_frame_of_any_length_is_read_as_one_whole_message(length: int) -> None:
    client = ClientProtocol(parse_uri("ws://localhost/"), state=OPEN)

    client.receive_data(text_frame(b"a" * length) + binary_frame(b"b" * length))

    first, second = client.events_received()
    assert first == Frame(Opcode.TEXT, b"a" * length)
    assert second == Frame(Opcode.BINARY, b"b" * length)


def test_a_data_frame_has_the_stream_as_its_only_key() -> None:
    assert messages_in(data_frame("btcusd.trades", b'{"trades":[]}')) == [{"btcusd.trades": {"trades": []}}]
