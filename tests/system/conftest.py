"""What the system tests share: the folder of the programs, and a running building."""

import os
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "sim"))


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: half a minute and more; in the second ring of tests, not in make check")


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
