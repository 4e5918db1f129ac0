"""What we rely on in DBOS, one private function of it included: look before taking a new version."""

import inspect
from importlib.metadata import version

from dbos import DBOS, DBOSClient


def test_the_version_is_the_one_looked_at():
    """Migrations are one-way and the private function may change with any minor version."""
    assert version("dbos").startswith("3.4.")


def test_recovery_of_a_dead_executor_takes_its_id():
    """Recovery re-queues what is pending for these executors, whoever asks."""
    found = inspect.signature(DBOS._recover_pending_workflows)
    assert list(found.parameters) == ["executor_ids"]


def test_a_run_can_be_enqueued_in_our_transaction():
    """The connection comes first, then the options, then the run's id."""
    assert list(inspect.signature(DBOSClient.enqueue_in_transaction).parameters)[1:3] == [
        "conn_or_session",
        "options",
    ]
