"""Clocks."""

from pyxiu.kit.clock import ManualClock, SystemClock


def test_a_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(1_000)
    assert clock.now_ns() == clock.now_ns() == 1_000
    clock.advance(500)
    assert clock.now_ns() == 1_500
    clock.advance(-1_000)
    assert clock.now_ns() == 500


def test_the_system_clock_is_unix_time_in_nanoseconds() -> None:
    in_2025_ns = 1_735_689_600 * 10**9
    assert SystemClock().now_ns() > in_2025_ns
