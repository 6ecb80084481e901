"""What all tests share: how Hypothesis draws. Fixtures live beside the tests that use them."""

import os

from hypothesis import settings

import pyxiu.transport  # noqa: F401 - before any test imports grpc, as it says

pytest_plugins = ["tests.support.postgres"]

# No deadline: a busy machine must not turn a slow example into a failure.
settings.register_profile("pyxiu", deadline=None, print_blob=True)
# On CI the same examples every time: a red run is then about the change. New examples are found while developing.
settings.register_profile("ci", parent=settings.get_profile("pyxiu"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "pyxiu")
