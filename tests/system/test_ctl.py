"""facilityctl over the local socket: listings, commands and reports, also without a broker."""

import json
import os
import pty
import socket
import stat
import subprocess

import pytest
from stage import wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def ctl(building, *words, lang="en"):
    """Status, standard output, standard error."""
    done = subprocess.run([building.program("facilityctl"), "--socket", building.socket, "--lang", lang, *words],
                          capture_output=True, text=True, check=False, timeout=20)
    return done.returncode, done.stdout, done.stderr


def listing(building, *words):
    status, out, err = ctl(building, words[0], "--json", *words[1:])
    assert (status, err) == (0, "")
    return json.loads(out)


def test_the_socket_is_for_the_group(building):
    assert stat.S_IMODE(os.stat(building.socket).st_mode) == 0o660


def told(points):
    return {p["id"]: [p[m] for m in ("zone", "class", "name", "unit", "quality")] for p in points}


def published_points(building):
    with building.observer.lock:
        return [d for t, d in building.observer.retained.items() if t.startswith("point/")]


def test_points_are_those_of_the_broker(building):
    wait_for(lambda: told(listing(building, "points")) == told(published_points(building)), 10,
             "both tell the same of every point")


def test_points_of_a_floor(building):
    floor = listing(building, "points", "f3")
    assert floor and all(p["zone"] == "f3" or p["zone"].startswith("f3.") for p in floor)
    assert [p["id"] for p in listing(building, "points", "f3-water-pressure")] == ["f3-water-pressure"]
    assert ctl(building, "points", "nowhere") == (0, "no such point\n", "")


def test_a_report_from_begin_to_end_without_a_broker(building):
    building.end("mosquitto")
    assert ctl(building, "incidents") == (0, "no incident is open\n", "")
    assert ctl(building, "report", "2", "f3", "no water at the tap") == (
        0, "ok\nboilers-off waits for a release; it will switch: Floor 3 boiler supply → off\n", "")
    [incident] = listing(building, "incidents")
    assert (incident["type"], incident["zone"], incident["state"]) == (2, "f3", "active-unacknowledged")
    assert ctl(building, "ack", "2-f3") == (0, "ok\n", "")
    [incident] = listing(building, "incidents")
    assert incident["acknowledged"]["by"] == "root" if os.getuid() == 0 else True
    assert ctl(building, "over", "2-f3") == (0, "ok\n", "")
    assert ctl(building, "skip", "2-f3", "all", "only a test") == (0, "ok\n", "")
    wait_for(lambda: listing(building, "incidents") == [], 5, "the incident is closed")
    wait_for(lambda: any(t["id"] == "mqtt" for t in listing(building, "troubles")), 10,
             "the broker is missed")


@pytest.mark.parametrize("words, status, why", [
    (["ack", "2-f3"], 1, "no open incident"),
    (["report", "99", "f3"], 1, "refused"),
    (["report", "2", "nowhere"], 1, "refused"),
    (["report", "two", "f3"], 2, "number"),
    (["skip", "2-f3", "all"], 2, "3 arguments"),
    (["incidnets"], 2, 'did you mean "incidents"'),
    (["--host", "localhost", "state"], 2, "--host"),
])
def test_refused(building, words, status, why):
    got, out, err = ctl(building, *words)
    assert (got, out) == (status, "")
    assert why in err


def test_nobody_listens(build, tmp_path):
    done = subprocess.run([os.path.join(ROOT, build, "facilityctl"), "--socket", str(tmp_path / "s"), "ack", "2-f3"],
                          capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 1
    assert "nobody answers" in done.stderr and "Is facilityd running?" in done.stderr


def test_tables_are_aligned_and_coloured_on_a_terminal_only(building):
    assert ctl(building, "report", "2", "f3")[0] == 0
    for lang, heading in (("en", "INCIDENT"), ("zh", "事件")):
        status, out, _ = ctl(building, "incidents", lang=lang)
        head, line = out.splitlines()
        assert status == 0 and heading in head and "\033" not in out
        # The second column begins at the same place of the screen: the first is ASCII below.
        wide = sum(ord(c) > 0x2e80 for c in head[:head.index(heading)])
        assert head.index(heading) + wide == line.index(line.split()[1])
    ours, theirs = pty.openpty()
    subprocess.run([building.program("facilityctl"), "--socket", building.socket, "incidents"], stdout=theirs, check=True,
                   env={k: v for k, v in os.environ.items() if k != "NO_COLOR"}, timeout=20)
    os.close(theirs)
    assert b"\033[" in os.read(ours, 4096)
    os.close(ours)


def test_a_second_daemon_leaves_the_socket_alone(building, tmp_path):
    argv = [building.program("facilityd"), "--config", building.config, "--state-dir", str(tmp_path),
            "--socket", building.socket]
    with subprocess.Popen(argv, stderr=subprocess.PIPE, text=True) as second:
        try:
            lines = iter(second.stderr.readline, "")
            assert any("another facilityd listens there" in line for line in lines)
        finally:
            second.terminate()
            second.communicate(timeout=20)
    assert ctl(building, "state")[0] == 0


def test_a_killed_daemon_s_socket_is_replaced(building):
    building.processes["facilityd"].kill()
    building.end("facilityd")
    assert os.path.exists(building.socket)
    assert ctl(building, "state")[0] == 1
    building.start_daemon()
    wait_for(lambda: ctl(building, "state")[0] == 0, 10, "the new daemon answers")
    building.end("facilityd")
    assert not os.path.exists(building.socket)


def test_rude_callers_do_not_disturb(building):
    callers = [socket.socket(socket.AF_UNIX) for _ in range(8)]
    for caller in callers:
        caller.connect(building.socket)
        caller.sendall(b'{"verb":"points"}\n' * 20)  # and never reads
    assert ctl(building, "state")[0] == 0
    for caller in callers:
        caller.close()
    assert ctl(building, "incidents")[0] == 0


def test_completion_knows_the_verbs(building):
    script = ("source ctl/facilityctl.bash; COMP_WORDS=(facilityctl inc); COMP_CWORD=1; _facilityctl; "
              'echo "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=20)
    assert done.stdout == "incidents\n"


def test_completion_knows_the_profiles():
    script = ("facilityctl() { build/facilityctl \"$@\"; }; source ctl/facilityctl.bash; "
              "COMP_WORDS=(facilityctl profile check eastron-sdm6); COMP_CWORD=3; _facilityctl; "
              'echo "${COMPREPLY[@]}"').replace("build/", os.environ.get("FACILITYD_BUILD", "build") + "/")
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=20,
                          env={**os.environ, "FACILITYD_PROFILES": "config/profiles"})
    assert done.stdout == "eastron-sdm630\n"
