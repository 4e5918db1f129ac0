"""What a terminal shows of reads that are tried again."""

from collections.abc import Iterator

import pytest
import stamina

from bot import log
from tools.errors import RetryLater
from tools.http import retried


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Hooks are the whole process's."""
    yield
    stamina.instrumentation.set_on_retry_hooks(None)


@pytest.mark.parametrize(("level", "told"), [("warning", False), ("info", True)])
def test_a_read_that_is_tried_again_is_told_where_calls_are(
    capsys: pytest.CaptureFixture[str], level: str, told: bool
) -> None:
    """A person at a terminal sees what came of it, and not each attempt; a service's log has them."""
    log.configure(level)
    answers = [RetryLater("Marketo did not answer", after=0.0), None]

    def read() -> None:
        if (answer := answers.pop(0)) is not None:
            raise answer

    retried(read)
    assert ("retry" in capsys.readouterr().err) is told
