"""Records without an engine, for tests of what carries them."""

from pyxiu.core import codec
from pyxiu.core.commands import PutMember
from pyxiu.core.events import MemberPut
from pyxiu.core.outcomes import Record
from pyxiu.core.types import MemberId


def records_from(seq_first: int, count: int) -> bytes:
    """So many encoded records, each a new member."""
    return codec.encode_records([record(seq) for seq in range(seq_first, seq_first + count)])


def record(seq: int) -> Record:
    member = MemberId(f"member-{seq}")
    command = codec.encode_command(PutMember(member))
    return Record(seq, 1_700_000_000_000_000_000 + seq, command, [MemberPut(member, "vip-0", True)])
