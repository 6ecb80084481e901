"""What the functions of this package take as a database, and how a lost one shows.

Writers need one connection, because their rows and cursors share a transaction; readers take a pool as well.
"""

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import asyncpg

from pyxiu.kit.errors import TransientError
from pyxiu.storage.database import UNAVAILABLE

if TYPE_CHECKING:
    from pyxiu.storage.database import AnyConnection, Pool

    Connection: TypeAlias = AnyConnection
    Reader: TypeAlias = AnyConnection | Pool
    Row: TypeAlias = asyncpg.Record
else:
    Connection = Reader = Row = Any

#: Begin again on a new connection.
LOST: Final = (*UNAVAILABLE, TransientError)
