"""What the system tests share: the folder of the programs, and a running building."""

import os
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "sim"))


# These take ten seconds and more: begun last, they would end alone. An order, not a list of what is run.
LONG = ("test_rules.py::", "test_access.py::", "test_adapter_guide.py::",
        "test_schemas.py::test_everything_published", "test_link.py::test_what_ends_the_library",
        "test_archive.py::test_what_has_happened", "test_restart.py::test_an_open_incident",
        "test_homeassistant.py::test_what_fails", "test_actuation.py::test_silent_device",
        "test_people.py::test_no_topic", "test_fallback.py::test_killed", "test_reload.py::test_what_is_open",
        "test_notify_bridge.py::test_a_message_that_the_service", "test_stats.py::", "test_clock.py::test_jumps",
        "test_homeassistant.py::", "test_fallback.py::", "test_actuation.py::", "test_outage.py::",
        "test_any_site.py::", "test_link.py::", "test_sim.py::test_shipped")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: in the second ring of tests, not in make check: half a minute and more, "
                            "or twenty seconds where a quicker test of its kind stays in the first")
    config.addinivalue_line("markers", "third: in the third ring, where one of its kind is in the first or the second")


def pytest_collection_modifyitems(items):
    def rank(item):
        return next((i for i, part in enumerate(LONG) if part in item.nodeid), len(LONG))

    items.sort(key=rank)


@pytest.fixture(scope="session")
def build():
    """The build folder, relative to the root or absolute."""
    return os.environ.get("FACILITYD_BUILD", "build")


@pytest.fixture
def building(build):
    """Broker, simulated building and facilityd with the shipped configuration, all good."""
    from stage import Building, Observer, wait_for

    with Building(build) as running:
        running.observer = Observer(running.mqtt_port)
        try:
            wait_for(lambda: points_good(running.observer), 20, "every point is good")
            # What is retained comes in the broker's order, not in that in which it was published.
            wait_for(lambda: "state" in running.observer.retained, 20, "the state")
            yield running
        finally:
            running.observer.close()


def points_good(observer):
    with observer.lock:
        points = [d for t, d in observer.retained.items() if t.startswith("point/")]
    return len(points) > 20 and all(p["quality"] == "good" for p in points)


def unnumbered(incident):
    """What is told again has the sequence of its telling."""
    return {member: value for member, value in incident.items() if member != "seq"}
