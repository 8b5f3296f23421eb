"""Kind W: what is open on the broker is named by its index, and taken back from there when the journal is lost."""

import signal
import sqlite3

from stage import wait_for


def index_of(building):
    return building.observer.retained.get("incidents", {})


def restart(building, number=signal.SIGKILL, meanwhile=lambda: None):
    building.end("facilityd", number)
    meanwhile()
    building.observer.retained.pop("state", None)
    building.start_daemon()
    wait_for(lambda: building.observer.retained.get("state", {}).get("status") == "online", 15, "online again")


def journal(building):
    return f"{building.folder}/state/journal.db"


def test_the_index_names_what_is_open(building):
    observer = building.observer
    assert building.ctl("report", "18", "f2", "somebody was hurt")[0] == 0
    incident = wait_for(lambda: observer.incident("18-f2"), 5, "the incident")
    wait_for(lambda: index_of(building).get("incidents") == [incident["id"]], 3, "the index names it")
    first = index_of(building)
    assert first["journal"] == incident["journal"] and first["seq"] >= incident["seq"]
    restart(building)
    wait_for(lambda: index_of(building)["seq"] >= first["seq"], 5, "the index goes on")
    assert index_of(building)["journal"] == first["journal"]
    for command in (("over", "18-f2"), ("ack", "18-f2"), ("done", "18-f2", "all")):
        assert building.ctl(*command)[0] == 0
    wait_for(lambda: index_of(building)["incidents"] == [], 5, "closed")


def test_a_lost_row_of_counters_repeats_no_sequence(building):
    """m7"""
    observer = building.observer
    assert building.ctl("report", "13", "f1.hall", "a dog")[0] == 0
    last = wait_for(lambda: observer.events("13-f1.hall", "raised"), 5, "the alert")[0]["seq"]

    def lose():
        with sqlite3.connect(journal(building)) as database:
            database.execute("DELETE FROM counters")
        database.close()

    restart(building, signal.SIGTERM, lose)
    assert building.ctl("report", "13", "f2.hall", "a cat")[0] == 0
    assert wait_for(lambda: observer.events("13-f2.hall", "raised"), 5, "the next alert")[0]["seq"] > last
    assert "trouble/journal" not in observer.retained
