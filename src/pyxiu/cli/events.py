"""`pyxiu events`: the key that the Event API's messages are checked with, and how far each destination is."""

import json
from typing import Final

from cryptography.hazmat.primitives import serialization

from pyxiu.app.session import database_session
from pyxiu.app.settings import Settings
from pyxiu.app.token_keys import KeyringFolder
from pyxiu.cli.running import EXIT_OK, Home, run, settings_for, tell
from pyxiu.identity.tokens.keyring import Purpose

_STATUS: Final = """
    SELECT sink, source, position, moved_at::text AS moved_at,
        CASE source WHEN 'journal' THEN (SELECT coalesce(max(seq_last), 0) FROM journal)
            ELSE (SELECT coalesce(max(position), 0) FROM outbox) END AS newest,
        (SELECT count(*) FROM relay_refused WHERE relay_refused.sink = relay_cursors.sink) AS refused
    FROM relay_cursors ORDER BY sink, source
"""


def public_key(*, home: Home = None) -> int:
    """Print the public key, in PEM, that consumers check messages with; it is made if there is none yet."""
    key = KeyringFolder(settings_for(home).home, Purpose.EVENTS)().newest
    pem = key.private_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    print(pem.decode(), end="")
    return EXIT_OK


def status(*, json_output: bool = False, home: Home = None) -> int:
    """Show how far each destination has come, how much is left, and what it has refused.

    Parameters
    ----------
    json_output
        One JSON object a line instead of a table.
    """
    settings = settings_for(home)
    return run(lambda: _status(settings, json_output=json_output))


async def _status(settings: Settings, *, json_output: bool) -> int:
    async with database_session(settings) as context:
        rows = [dict(row) for row in await context.pool.fetch(_STATUS)]
    if json_output:
        for row in rows:
            print(json.dumps(row))
        return EXIT_OK
    if not rows:
        tell("no destination has been relayed to; docs/events.md says how to set one")
    for row in rows:
        left = row["newest"] - row["position"]
        print(
            f"{row['sink']:<10} {row['source']:<8} at {row['position']:>12}  {left:>8} left  {row['refused']} refused"
        )
    return EXIT_OK
