"""A worker that is killed in the middle of a long read: another one goes on with it and answers, once."""

import json
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.slack, pytest.mark.untraced]


def orders(twin: Any) -> list[str]:
    """The bulk extracts that were ordered of Marketo: which window each is of."""
    log = twin.log("marketo")
    made = [each["request"] for each in log if each["path"].endswith("export/create.json")]
    return [json.dumps(json.loads(each)["filter"], sort_keys=True) for each in made]


def test_a_killed_worker_s_read_is_gone_on_with_and_answered_once(
    slack: Any, own_twin: Any, command: Callable[..., Any], own_settings: Any
) -> None:
    """kill -9 between two of its files: nothing is extracted twice, the same line becomes the answer."""
    first = command("worker", **own_settings)
    first.until("Working")
    command("serve", "--no-worker", **own_settings).until("In Slack")
    own_twin.clear_log()
    own_twin.fault(system="marketo", kind="kill", match="GET .*file.json", nth=3, pid=first.process.pid)
    home_of = slack.direct("U_MAX")
    asked = slack.say("U_MAX", "compare suppressions between Marketo and Salesforce", channel=home_of)
    slack.wait(lambda: first.process.poll() is not None)
    before = orders(own_twin)
    assert not finished(str(slack.messages(home_of, thread=asked)))
    command("worker", **own_settings).until("Working")
    slack.wait(lambda: finished(str(slack.messages(home_of, thread=asked))))
    assert len(slack.messages(home_of, thread=asked)) == 1
    after = orders(own_twin)
    assert len(before) >= 2
    assert len(set(after)) == len(after)


def finished(said: str) -> bool:
    """Whether the answer is there: it says what it rests on."""
    return "consent of every record" in said
