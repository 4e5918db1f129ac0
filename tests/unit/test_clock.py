"""The product's clocks."""

from datetime import timedelta

from bot.clock import SystemClock, TwinClock


def test_a_long_wait_moves_the_twin_instead_of_waiting() -> None:
    """Sync lag passes on the twin's clock, and our own calendar goes along."""
    advanced: list[float] = []
    clock = TwinClock(advanced.append, ahead=timedelta(hours=1))
    before = clock.now()
    clock.sleep(600)
    assert advanced == [600]
    assert timedelta(seconds=600) <= clock.now() - before < timedelta(seconds=605)
    assert timedelta(minutes=69) < clock.now() - SystemClock().now() < timedelta(minutes=71)


def test_a_short_wait_is_really_waited() -> None:
    """Pacing between calls is not skipped."""
    advanced: list[float] = []
    clock = TwinClock(advanced.append)
    before = SystemClock().now()
    clock.sleep(0.01)
    clock.sleep(-1)
    assert advanced == []
    assert SystemClock().now() - before >= timedelta(seconds=0.01)
