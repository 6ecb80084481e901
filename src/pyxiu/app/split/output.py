"""What children print, on the parent's standard error, each line saying whose it is.

Invariant: a line of JSON stays a line of JSON, with a field `service`; any other gets the name in front. Limit: a line
longer than LINE_MAX comes in pieces.
"""

import asyncio
import sys
from typing import Final

LINE_MAX: Final = 64 * 1024


async def relay_lines(name: str, stream: asyncio.StreamReader) -> None:
    """Until the child has closed its end."""
    while True:
        try:
            line = await stream.readuntil()
        except asyncio.IncompleteReadError as error:
            line = error.partial
            if not line:
                return
        except asyncio.LimitOverrunError as error:
            line = await stream.readexactly(max(1, error.consumed))
        sys.stderr.write(labelled(name, line.decode("utf-8", "replace").rstrip("\n")) + "\n")
        sys.stderr.flush()


def labelled(name: str, line: str) -> str:
    if line.startswith('{"'):
        return f'{{"service": "{name}", {line[1:]}'
    return f"{name:<11} | {line}"
