"""A home of its own for each test that starts the program."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgres import home_folder


@pytest.fixture
def home() -> Iterator[Path]:
    with home_folder() as folder:
        yield folder
