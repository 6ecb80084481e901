"""What the engine must know of a user or service account: that the member exists, its fees, whether it places orders.

Invariant: pure; putting the same member twice has the effect of once. Limit: from which level on somebody may trade is
checked where orders come in, because it is a setting and not a fact about the member.
"""

from pyxiu.core.codec import encode_command
from pyxiu.core.commands import PutMember
from pyxiu.core.types import MemberId
from pyxiu.identity.api_keys.model import ServiceAccount
from pyxiu.identity.model import LIVE_STATES, User


def member_command(user: User) -> bytes:
    """The encoded PutMember; locked, banned and deleted users place no orders, their cancels still work."""
    return _command(user.uid, user.fee_group, user.state)


def service_member_command(owner: User, account: ServiceAccount) -> bytes:
    """The same of a program of theirs: on its owner's fees, and enabled only while both are live."""
    return _command(account.uid, owner.fee_group, account.state)


def _command(uid: str, group: str, state: str) -> bytes:
    return encode_command(PutMember(member=MemberId(uid), group=group, enabled=state in LIVE_STATES))
