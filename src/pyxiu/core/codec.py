"""msgpack in and out: the only place that knows how commands, records and outcomes look as bytes.

Invariant: a batch is an array of binaries, one per command, so that a malformed one spoils nothing but itself; what is
decoded here is of the declared types and ranges of msgspec, business rules come later. Limit: msgpack integers stop at
64 bits, hence `money.pack`.
"""

from collections.abc import Sequence

import msgspec

from pyxiu.core.commands import Command
from pyxiu.core.outcomes import OrderState, Outcome, Record

_encoder = msgspec.msgpack.Encoder()
_batch_decoder = msgspec.msgpack.Decoder(list[bytes])
_command_decoder = msgspec.msgpack.Decoder(Command)
_records_decoder = msgspec.msgpack.Decoder(list[Record])
_outcomes_decoder = msgspec.msgpack.Decoder(list[Outcome])
_order_state_decoder = msgspec.msgpack.Decoder(OrderState)

DecodeError = msgspec.DecodeError

encode_command = _encoder.encode
decode_command = _command_decoder.decode
encode_records = _encoder.encode
decode_records = _records_decoder.decode
encode_outcomes = _encoder.encode
decode_outcomes = _outcomes_decoder.decode
encode_order_state = _encoder.encode
decode_order_state = _order_state_decoder.decode


def encode_batch(commands: Sequence[bytes]) -> bytes:
    """Frame encoded commands for `Core.submit`."""
    return _encoder.encode(commands)


def decode_batch(batch: bytes) -> list[bytes]:
    """The encoded commands of a frame. Raises DecodeError if the frame itself is broken."""
    return _batch_decoder.decode(batch)
