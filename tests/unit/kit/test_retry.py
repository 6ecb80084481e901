"""Retry is bounded and only for what may pass."""

import pytest

from pyxiu.kit.errors import PermanentError, TransientError
from pyxiu.kit.retry import Backoff, retry


class Flaky:
    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.calls = 0
        self.pauses: list[float] = []

    async def __call__(self) -> str:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return "done"

    async def sleep(self, pause_s: float) -> None:
        self.pauses.append(pause_s)


async def test_a_transient_error_is_retried_with_growing_pauses() -> None:
    flaky = Flaky(TransientError(), TransientError(), TransientError())
    backoff = Backoff(attempts_max=4, first_s=1.0, longest_s=3.0)
    assert await retry(flaky, backoff, sleep=flaky.sleep) == "done"
    assert flaky.calls == 4
    assert [backoff.pause_s(failures) for failures in (1, 2, 3)] == [1.0, 2.0, 3.0]
    for pause, longest in zip(flaky.pauses, (1.0, 2.0, 3.0), strict=True):
        assert longest / 2 <= pause <= longest


async def test_the_last_failure_is_raised_when_attempts_are_used_up() -> None:
    last = TransientError("the third")
    flaky = Flaky(TransientError(), TransientError(), last)
    with pytest.raises(TransientError) as raised:
        await retry(flaky, Backoff(attempts_max=3), sleep=flaky.sleep)
    assert raised.value is last
    assert flaky.calls == 3


@pytest.mark.parametrize("error", [PermanentError(), ValueError()])
async def test_other_errors_pass_at_once(error: Exception) -> None:
    flaky = Flaky(error)
    with pytest.raises(type(error)):
        await retry(flaky, sleep=flaky.sleep)
    assert flaky.calls == 1
