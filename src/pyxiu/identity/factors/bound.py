"""Whom a challenge or an approval is for: what was asked in one session is not answered in another.

Limit: who is not logged in has no session, so the user agent has to do; there the origin that the authenticator signs
is what protects.
"""

import hashlib

from pyxiu.identity.model import Client


def bound_to(client: Client, session_id: int | None) -> str:
    if session_id is not None:
        return f"session:{session_id}"
    return f"agent:{hashlib.sha256(client.user_agent.encode(errors='replace')).hexdigest()[:32]}"
