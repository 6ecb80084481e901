"""What the engine must know of a user: that the member exists, which fees apply, whether new orders are taken.

Invariant: pure; putting the same member twice has the effect of once. Limit: from which level on somebody may trade is
checked where orders come in, because it is a setting and not a fact about the member.
"""

from pyxiu.core.codec import encode_command
from pyxiu.core.commands import PutMember
from pyxiu.core.types import MemberId
from pyxiu.identity.model import LIVE_STATES, User


def member_command(user: User) -> bytes:
    """The encoded PutMember; locked, banned and deleted users place no orders, their cancels still work."""
    return encode_command(PutMember(member=MemberId(user.uid), group=user.fee_group, enabled=user.state in LIVE_STATES))
