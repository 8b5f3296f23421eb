"""Kind W: what is open on the broker is named by its index, and taken back from there when the journal is lost."""

import contextlib
import os
import shutil
import signal
import sqlite3
import time

import pytest
from conftest import unnumbered
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
    for command in (("over", "18-f2"), ("ack", "18-f2"), ("answer", "18-f2", "to-hospital", "no"), ("done", "18-f2", "all")):
        assert building.ctl(*command)[0] == 0
    wait_for(lambda: index_of(building)["incidents"] == [], 5, "closed")


@pytest.mark.third
def test_a_lost_row_of_counters_repeats_no_sequence(building):
    """m7"""
    observer = building.observer
    assert building.ctl("report", "13", "f1.hall", "a dog")[0] == 0
    last = wait_for(lambda: observer.events("13-f1.hall", "raised"), 5, "the alert")[0]["seq"]

    def lose():
        with contextlib.closing(sqlite3.connect(journal(building))) as database, database:
            database.execute("DELETE FROM counters")

    restart(building, signal.SIGTERM, lose)
    assert building.ctl("report", "13", "f2.hall", "a cat")[0] == 0
    assert wait_for(lambda: observer.events("13-f2.hall", "raised"), 5, "the next alert")[0]["seq"] > last
    assert "trouble/journal" not in observer.retained


# W1, M7: the journal is lost, damaged or behind ---------------------------------


def lose(building):
    for end in ("", "-wal"):
        if os.path.exists(journal(building) + end):
            os.unlink(journal(building) + end)


def empty(building):
    lose(building)
    with open(journal(building), "wb"):
        pass


def overwrite(building):
    """From page 2 on."""
    lose_log = journal(building) + "-wal"
    if os.path.exists(lose_log):
        os.unlink(lose_log)
    with open(journal(building), "r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 16 * 4096)


def damage_row(building, like="18-f2-%"):
    with contextlib.closing(sqlite3.connect(journal(building))) as database, database:
        assert database.execute("UPDATE snapshot SET text = 'rubbish' WHERE incident_id LIKE ?", (like,)).rowcount == 1


def lose_log(building):
    """All that came since the last copy into the database."""
    if os.path.exists(journal(building) + "-wal"):
        os.unlink(journal(building) + "-wal")


def marked(observer, short):
    """The open incident, where it is taken back."""
    incident = observer.incident(short)
    return incident if incident and incident["taken_back"] else None


def locked(building):
    """The lock that stands; {}: none does."""
    return next(iter((building.observer.retained.get("locks") or {"locks": []})["locks"]), {})


def reported(building):
    """Somebody was hurt: reported, acknowledged, a step done; and the marker has followed."""
    observer = building.observer
    assert building.ctl("report", "18", "f2", "somebody was hurt")[0] == 0
    incident = wait_for(lambda: observer.incident("18-f2"), 5, "the incident")
    assert building.ctl("ack", "18-f2")[0] == 0
    assert building.ctl("done", "18-f2", incident["steps"][0]["id"])[0] == 0
    time.sleep(3.5)
    return observer.incident("18-f2")


@pytest.mark.parametrize("damage", [lose, overwrite, *(pytest.param(damage, marks=pytest.mark.third) for damage in (empty, damage_row, lose_log))])
def test_what_is_open_is_taken_back(building, damage):
    observer = building.observer
    before = reported(building)
    told = len(observer.notices)
    restart(building, signal.SIGKILL, lambda: damage(building))
    alert = wait_for(lambda: observer.events("18-f2", "taken-back"), 10, "taken back")[0]
    assert alert["incident"]["id"] == before["id"]
    after = wait_for(lambda: marked(observer, "18-f2"), 5, "it is open")
    assert after["id"] == before["id"] and after["acknowledged"] is None
    assert after["state"] == "active-unacknowledged"
    assert after["causes"][0]["note"] == "somebody was hurt"
    assert after["steps"][0]["status"] == "done"
    wait_for(lambda: len(observer.notices) > told, 5, "its roles are told anew")
    assert all(notice["incident"]["taken_back"] for _, notice in observer.notices[told:])
    wait_for(lambda: "1 incidents were taken back from the broker, 0"
             in observer.retained.get("trouble/journal.lost", {}).get("text", {}).get("en", ""), 10, "the trouble")
    wait_for(lambda: index_of(building)["incidents"] == [before["id"]], 5, "the index names it")
    assert "[not proved] " in building.ask("incidents")[1]
    assert building.ctl("adopt", "18-f2")[0] == 0
    wait_for(lambda: observer.events("18-f2", "adopted"), 5, "adopted")
    wait_for(lambda: not marked(observer, "18-f2"), 5, "no mark")
    # It goes on from here as any.
    restart(building)
    wait_for(lambda: index_of(building)["incidents"] == [before["id"]], 10, "still open")
    assert not marked(observer, "18-f2")


@pytest.mark.third
def test_what_is_taken_back_writes_nothing_and_can_be_put_back(building):
    """The floor's boilers were cut: they stay as they are, on the list; the rule that is true adopts it. So do a lock
    and a hand: an electrician is at work, and nobody knows for how long the hand was to hold."""
    observer, boiler = building.observer, "f3-tea-boiler-supply"
    assert building.ctl("lock", "zone:f2.tea", "1h", "an electrician")[0] == 0
    assert building.ctl("set", "f1-tea-boiler-supply", "off", "20 min", "limescale")[0] == 0
    building.sim("water-cut", "f3")
    wait_for(lambda: observer.incident("2-f3"), 20, "the incident")
    wait_for(lambda: f"output/{boiler}" in observer.retained
             and observer.retained[f"output/{boiler}"]["claims"][0]["proved"], 20, "cut and proved")
    time.sleep(3.5)
    number = observer.incident("2-f3")["id"]
    building.sim("silent", "water-f3")  # nobody sees whether it is true
    restart(building, signal.SIGKILL, lambda: lose(building))
    wait_for(lambda: observer.events("2-f3", "taken-back"), 10, "taken back")
    wait_for(lambda: observer.retained.get(f"output/{boiler}", {"claims": [{}]})["claims"][0].get("said"), 10, "said")
    wait_for(lambda: boiler in observer.retained["held"]["held"], 5, "held")
    wait_for(lambda: locked(building).get("taken_back"), 5, "the lock")
    wait_for(lambda: "trouble/locks" in observer.retained, 5, "a person is to look after it")
    status, answer = building.ctl("--lang", "en", "set", "f2-tea-boiler-supply", "off", "5 min", "try")
    assert status == 1 and "locked by zone:f2.tea" in answer
    assert building.ctl("unlock", "zone:f2.tea", "he has left")[0] == 0
    wait_for(lambda: "trouble/locks" not in observer.retained and not locked(building), 5, "unlocked")
    hand = observer.retained["output/f1-tea-boiler-supply"]["claims"][0]
    assert hand["said"] and hand["hand"]["ended"] and hand["hand"]["reason"] == "limescale"
    assert building.sim("get", "f1-tea-boiler-supply").split()[-1] == "0"
    assert building.ctl("restore", "f1-tea-boiler-supply")[0] == 0
    assert building.ctl("restore", "2-f3")[0] == 1, "unknown is not over"
    time.sleep(2)
    assert building.sim("get", boiler).split()[-1] == "0"
    assert marked(observer, "2-f3")
    building.sim("answers", "water-f3")
    wait_for(lambda: observer.events("2-f3", "adopted"), 30, "the rule is true on usable readings")
    assert observer.incident("2-f3")["id"] == number
    building.sim("water-back", "f3")
    wait_for(lambda: observer.events("2-f3", "returned"), 40, "returned")
    assert building.ctl("restore", "2-f3")[0] == 0
    wait_for(lambda: building.sim("get", boiler).split()[-1] == "1", 15, "put back")


@pytest.mark.third
def test_a_damaged_row_of_claims_is_asked_of_the_broker(building):
    """Alone of all rows: what a person has switched off stays on the list of held outputs."""
    observer, boiler = building.observer, "f1-tea-boiler-supply"

    def claim():
        return next(iter(observer.retained.get(f"output/{boiler}", {"claims": ()})["claims"]), {})

    wait_for(lambda: (observer.retained.get("point/f1-tea-boiler-contactor") or {}).get("quality") == "good", 10, "what it was is known")
    assert building.ctl("set", boiler, "off", "20 min", "limescale")[0] == 0
    wait_for(lambda: claim().get("proved"), 10, "off and proved")
    time.sleep(3.5)
    restart(building, signal.SIGKILL, lambda: damage_row(building, "claims"))
    wait_for(lambda: claim().get("said"), 10, "by the broker's word")
    assert claim()["hand"]["ended"] and claim()["hand"]["reason"] == "limescale" and not claim()["proved"]
    trouble = wait_for(lambda: observer.retained.get("trouble/journal.lost"), 5, "a trouble")["text"]["en"]
    assert "damaged" in trouble
    wait_for(lambda: boiler in observer.retained["held"]["held"], 5, "held")
    assert building.sim("get", boiler).split()[-1] == "0"
    status, answer = building.ctl("--lang", "en", "restore", boiler)
    assert status == 0, answer
    wait_for(lambda: building.sim("get", boiler).split()[-1] == "1", 15, "put back")


@pytest.mark.slow
def test_a_first_start_takes_nothing_and_sweeps_nothing(building):
    """The whole state folder is gone: a person says of each what it is."""
    observer = building.observer
    assert building.ctl("report", "13", "f1.hall", "a dog")[0] == 0
    before = reported(building)
    dog = observer.incident("13-f1.hall")["id"]
    restart(building, signal.SIGKILL, lambda: shutil.rmtree(os.path.dirname(journal(building))))
    wait_for(lambda: f"trouble/found.{before['id']}" in observer.retained, 10, "listed")
    wait_for(lambda: f"trouble/found.{dog}" in observer.retained, 10, "listed")
    assert not observer.events("18-f2", "taken-back")
    assert unnumbered(observer.incident("18-f2")) == unnumbered(before), "as it was"
    restart(building)
    time.sleep(4)
    assert unnumbered(observer.incident("18-f2")) == unnumbered(before) and f"trouble/found.{before['id']}" in observer.retained
    assert building.ctl("adopt", before["id"])[0] == 0
    wait_for(lambda: observer.events("18-f2", "adopted"), 5, "adopted")
    assert f"trouble/found.{before['id']}" not in observer.retained
    assert building.ctl("discard", dog)[0] == 0
    wait_for(lambda: not observer.incident("13-f1.hall"), 5, "cleared")
    assert f"trouble/found.{dog}" not in observer.retained


@pytest.mark.third
def test_a_restored_backup_is_doubted(building):
    """A copy of the journal from before the incident was closed."""
    observer = building.observer
    before = reported(building)
    building.end("facilityd")
    folder = os.path.dirname(journal(building))
    shutil.copytree(folder, folder + ".copy")
    building.start_daemon()
    wait_for(lambda: observer.retained.get("state", {}).get("status") == "online", 15, "online")
    for command in (("over", "18-f2"), ("ack", "18-f2"), ("answer", "18-f2", "to-hospital", "no"), ("done", "18-f2", "all")):
        building.ctl(*command)
    wait_for(lambda: observer.events("18-f2", "closed"), 5, "closed")
    time.sleep(3.5)

    def put_back():
        shutil.rmtree(folder)
        shutil.move(folder + ".copy", folder)

    restart(building, signal.SIGTERM, put_back)
    wait_for(lambda: observer.events("18-f2", "taken-back"), 10, "doubted")
    assert wait_for(lambda: marked(observer, "18-f2"), 5, "marked")["id"] == before["id"]
    assert building.ctl("discard", "18-f2")[0] == 0
    wait_for(lambda: not observer.incident("18-f2"), 5, "closed again")


def test_a_journal_that_is_deleted_while_it_is_open(building):
    """M7: seen within seconds, a trouble; what is open is in the next one."""
    observer = building.observer
    before = reported(building)
    lose(building)
    wait_for(lambda: "deleted or replaced" in observer.retained.get("trouble/journal", {}).get("text", {}).get("en", ""),
             6, "the trouble")
    wait_for(lambda: os.path.exists(journal(building)), 5, "a new one")
    time.sleep(2.5)
    restart(building)
    time.sleep(3)
    after = observer.incident("18-f2")
    assert after["id"] == before["id"] and not after["taken_back"]
    assert after["acknowledged"] == before["acknowledged"]
    assert "trouble/journal.lost" not in observer.retained


@pytest.mark.third
def test_who_reads_the_journal_does_not_keep_the_building_unwatched(building):
    """m6"""
    observer = building.observer
    before = reported(building)
    building.end("facilityd")
    with contextlib.closing(sqlite3.connect(journal(building), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM entry").fetchall()
        building.start_daemon()
        wait_for(lambda: observer.retained.get("state", {}).get("status") == "online", 20, "it goes on")
        wait_for(lambda: "trouble/journal" in observer.retained, 10, "a trouble")
        wait_for(lambda: marked(observer, "18-f2"), 10, "from the broker")
    wait_for(lambda: "trouble/journal" not in observer.retained, 10, "written again")
    assert observer.incident("18-f2")["id"] == before["id"]


# W2, M8: the configuration lacks what is open -------------------------------------


def test_what_the_configuration_has_lost_is_kept_and_shown(building):
    """Its type has another name now: restarts neither drop nor clear it; it goes on when the name is back."""
    observer, texts = building.observer, {}
    for name in ("plan/13-pet.conf", "rules.conf"):
        with open(os.path.join(building.folder, "etc", name), encoding="utf-8") as file:
            texts[name] = file.read()
    assert building.ctl("report", "13", "f1.hall", "a dog")[0] == 0
    wait_for(lambda: observer.incident("13-f1.hall"), 5, "the incident")
    assert building.ctl("ack", "13-f1.hall")[0] == 0
    before = wait_for(lambda: (observer.incident("13-f1.hall") or {}).get("acknowledged") and observer.incident("13-f1.hall"),
                      5, "acknowledged")

    def write(change):
        for name, text in texts.items():
            with open(os.path.join(building.folder, "etc", name), "w", encoding="utf-8") as out:
                out.write(change(text))

    restart(building, signal.SIGTERM, lambda: write(
        lambda text: text.replace("\npet: {", "\nstray: {").replace('type = "pet"', 'type = "stray"')))
    number = before["id"]
    trouble = wait_for(lambda: observer.retained.get(f"trouble/kept.{number}"), 10, "the trouble")
    assert number in trouble["text"]["en"] and before["zone_name"]["en"] in trouble["text"]["en"]
    wait_for(lambda: index_of(building).get("incidents") == [number], 10, "the index names it")
    assert unnumbered(observer.incident("13-f1.hall")) == unnumbered(before), "as it was"
    restart(building)
    wait_for(lambda: f"trouble/kept.{number}" in observer.retained, 10, "still")
    write(lambda text: text)
    building.processes["facilityd"].send_signal(signal.SIGHUP)
    wait_for(lambda: f"trouble/kept.{number}" not in observer.retained, 10, "no trouble")
    after = wait_for(lambda: observer.incident("13-f1.hall"), 5, "it goes on")
    assert after["id"] == number and after["acknowledged"] == before["acknowledged"] and not after["taken_back"]
    assert building.ctl("done", "13-f1.hall", "all")[0] == 0
