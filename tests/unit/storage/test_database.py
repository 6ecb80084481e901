"""Connection strings keep their secret, and absent servers are a fault that may pass."""

from pathlib import Path

import pytest

from pyxiu.storage.database import DatabaseUnavailableError, connect, create_pool, redacted, wait_ready


def test_the_password_is_not_shown() -> None:
    assert redacted("postgresql://me:se:cret@host:5432/db") == "postgresql://me@host:5432/db"
    assert redacted("postgresql://me:s@/db?host=%2Ftmp&port=1") == "postgresql://me@/db?host=%2Ftmp&port=1"
    assert redacted("postgresql://host/db") == "postgresql://host/db"


async def test_an_absent_server_is_a_transient_fault_that_names_it(tmp_path: Path) -> None:
    dsn = f"postgresql://me:secret@/db?host={tmp_path}&port=5432"
    for attempt in (connect(dsn, "test"), create_pool(dsn, "test"), wait_ready(dsn, 0.1)):
        with pytest.raises(DatabaseUnavailableError, match="postgresql://me@/db") as raised:
            await attempt
        assert "secret" not in str(raised.value)
