"""The gpio adapter on gpiochips of the kernel, with the libgpiod of this machine."""

import datetime
import json
import os
import pathlib
import signal
import stat
import time

import pytest
from conftest import (BELL, CIRCUIT, CONTACT, DOOR, LAMP, LEAK, PAIR, PULSE, SIREN, SMOKE, pid, sh,
                      start)

# gpio-sim's own clean-up warns when a chip goes whose lines are in use, and sometimes hangs.
PULLS_CHIPS = pytest.mark.skipif(not pathlib.Path(__file__).with_name("pulls-chips").exists(),
                                 reason="chips are pulled out in the third ring (RIG_PULLS_CHIPS)")


def edges_are_told(site, line, point):
    site.chip.pull(line, 1)
    site.expect(point, 1)
    site.chip.pull(line, 0)
    site.expect(point, 0)


def test_edges_of_a_line_found_by_its_name(site):
    edges_are_told(site, BELL, "bell")


def test_edges_of_a_line_found_by_its_offset(site):
    edges_are_told(site, PULSE, "pulse")


def values_since(site, point, action):
    """All values that were published of a point while `action` was done, and a second more."""
    heard = []
    topic = f"facility/machine/point/{point}"
    before = site.observer.client.on_message
    site.observer.client.on_message = lambda client, data, message: (
        heard.append(message) if message.topic == topic else None, before(client, data, message))
    try:
        action()
        time.sleep(1.5)
    finally:
        site.observer.client.on_message = before
    return [json.loads(message.payload)["value"] for message in heard]


def test_a_short_pulse_counts_without_debounce(site):
    """Over before anybody looks at the level; the kernel's queue knows of it."""
    before = len(site.observer.events("7-f1"))
    os.kill(pid(), signal.SIGSTOP)
    try:
        for level in (1, 0):
            site.chip.pull(PULSE, level)
            time.sleep(0.1)
        assert site.chip.level(PULSE) == 0
    finally:
        os.kill(pid(), signal.SIGCONT)
    site.wait(lambda: [event for event in site.observer.events("7-f1")[before:]
                       if event["event"] in ("raised", "reraised")], "the button was pressed")


def test_an_edge_has_the_kernels_time(site):
    """The daemon comes to look 2 s later; what it tells is when the line moved."""
    os.kill(pid(), signal.SIGSTOP)
    try:
        before = time.time()
        site.chip.pull(PULSE, 1)
        after = time.time()
        time.sleep(2)
    finally:
        os.kill(pid(), signal.SIGCONT)
    site.expect("pulse", 1)
    told = datetime.datetime.fromisoformat(site.observer.point("pulse")["time"]).timestamp()
    assert before - 0.1 <= told <= after + 0.1, (before, told, after)


def test_bounces_do_not_count_with_debounce(site):
    values = values_since(site, "door", lambda: site.chip.pull_often(DOOR, [1, 0] * 5))
    assert values == []
    values = values_since(site, "door", lambda: site.chip.pull_often(DOOR, [1, 0] * 5 + [1]))
    assert values == [1]


def test_active_low_and_the_chips_own_resistor(site):
    # rest() pulled it up; the daemon's pull-up did so too when it opened the chip.
    assert site.chip.level(SMOKE) == 1
    site.chip.pull(SMOKE, 0)
    site.expect("smoke", 1)
    sh("systemctl", "stop", "facilityd")
    start()
    site.expect("smoke", 0)  # the pull-up was asked for again, and nothing holds the line down


def test_the_level_at_start_counts_without_an_edge(site):
    sh("systemctl", "stop", "facilityd")
    site.chip.pull(PULSE, 1)
    start()
    site.expect("pulse", 1)


def test_more_edges_than_the_kernel_keeps(site):
    """17 more than the 16 that it keeps are lost; the level is right nevertheless."""
    for levels in ([1, 0] * 16 + [1], [0, 1] * 16 + [0]):
        os.kill(pid(), signal.SIGSTOP)
        try:
            site.chip.pull_often(PULSE, levels)
            site.chip.pull_often(DOOR, levels)
        finally:
            os.kill(pid(), signal.SIGCONT)
        site.expect("pulse", levels[-1])
        site.expect("door", levels[-1])


def test_outputs_have_their_first_level(site):
    assert (site.chip.level(CIRCUIT), site.chip.level(SIREN), site.chip.level(LAMP)) == (1, 0, 1)
    for point, value in (("circuit", 1), ("siren", 0), ("lamp", 0)):
        assert site.reads(point, value)


@pytest.mark.parametrize("first, second, value, quality, reason", [
    (0, 1, 0, "good", None),
    (1, 0, 1, "good", None),
    (0, 0, None, "bad", "line open"),
    (1, 1, None, "bad", "line shorted"),
])
def test_a_pair_of_lines_is_supervised(site, first, second, value, quality, reason):
    site.chip.pull(PAIR, first)
    site.chip.pull(PAIR + 1, second)
    site.expect("panel", value, quality)
    assert site.observer.point("panel")["reason"] == reason
    if reason:
        told = site.wait(lambda: site.trouble("point.panel"), "it is a trouble")
        assert reason in told["text"]["en"]
    else:
        site.wait(lambda: site.trouble("point.panel") is None, "it is no trouble")


def cut(site):
    """A leak has the circuit cut, and its contact proves it."""
    site.chip.pull(CONTACT, 1)
    site.expect("contact", 1)
    site.chip.pull(LEAK, 1)
    site.level(CIRCUIT, 0)
    site.chip.pull(CONTACT, 0)
    site.wait(lambda: site.action() == "done", "the read-back proves it")


def test_an_output_is_written_and_proven_by_its_read_back(site):
    cut(site)
    assert site.trouble("output.circuit") is None


def test_an_output_whose_read_back_does_not_agree_is_a_trouble(site):
    site.chip.pull(CONTACT, 1)
    site.expect("contact", 1)
    site.chip.pull(LEAK, 1)
    site.level(CIRCUIT, 0)
    site.wait(lambda: site.action() == "failed", "it is not proven in time")
    site.wait(lambda: site.trouble("output.circuit"), "a trouble names the output")
    site.chip.pull(CONTACT, 0)
    site.wait(lambda: site.trouble("output.circuit") is None, "the next look proves it")


def test_an_output_stays_off_over_a_restart(site):
    site.chip.pull(CIRCUIT, 1)
    cut(site)
    sh("systemctl", "stop", "facilityd")
    site.level(CIRCUIT, 1)  # nobody drives it
    start()
    site.level(CIRCUIT, 0)  # although `initial` is "on"
    site.chip.pull(CIRCUIT, 0)


def test_an_output_stays_off_over_a_reload(site):
    cut(site)
    sh("systemctl", "reload", "facilityd")
    time.sleep(1)
    site.level(CIRCUIT, 0)
    site.expect("circuit", 0)


@PULLS_CHIPS
def test_an_output_stays_off_when_its_chip_comes_back(site):
    cut(site)
    site.chip.unplug()
    site.expect("circuit", None, "bad")
    site.chip.plug()
    site.expect("circuit", 0)
    assert site.chip.level(CIRCUIT) == 0


def test_lines_are_free_when_the_process_is_killed(site):
    """What a released line does is the chip's choice: this one falls back to what pulls it."""
    sh("systemctl", "stop", "facilityd")
    site.chip.pull(CIRCUIT, 0)
    start()
    site.level(CIRCUIT, 1)
    sh("systemctl", "kill", "--signal", "KILL", "facilityd")
    site.level(CIRCUIT, 0)
    site.level(CIRCUIT, 1)  # systemd has started it again, and it begins with `initial`
    site.expect("circuit", 1)


def busy_s(process):
    with open(f"/proc/{process}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@PULLS_CHIPS
def test_a_chip_is_pulled_out_and_put_back(site):
    before = pid()
    site.chip.pull(PULSE, 1)
    site.expect("pulse", 1)
    site.chip.unplug()
    took_s = site.expect("pulse", None, "bad")
    site.wait(lambda: site.trouble("bus.cabinet"), "a trouble names the bus")
    used_s = busy_s(before)
    time.sleep(4)
    used_s = busy_s(before) - used_s
    site.chip.plug()
    for point in ("leak", "door", "pulse", "contact"):
        site.expect(point, 0)  # a new chip: its lines are down
    site.wait(lambda: site.trouble("bus.cabinet") is None, "the trouble ends")
    site.wait(lambda: site.chip.level(CIRCUIT) == 1, "outputs are driven again")
    edges_are_told(site, BELL, "bell")
    assert pid() == before
    assert used_s < 2, f"{used_s} s of processor time in 4 s without a chip"
    assert took_s < 20, f"only after {took_s:.1f} s"


def test_a_chip_that_may_not_be_opened_is_a_trouble_that_says_so(site):
    sh("systemctl", "stop", "facilityd")
    mode = stat.S_IMODE(site.chip.path.stat().st_mode)
    site.chip.path.chmod(0o600)
    start()
    told = site.wait(lambda: site.trouble("bus.cabinet"), "a trouble names the bus")
    site.chip.path.chmod(mode)
    assert "permission denied" in told["text"]["en"]
    site.expect("leak", 0)
    site.wait(lambda: site.trouble("bus.cabinet") is None, "the trouble ends")


def test_a_line_that_somebody_else_holds_is_a_trouble_that_says_so(site):
    sh("systemctl", "stop", "facilityd")
    holder = site.chip.hold(LEAK)
    start()
    told = site.wait(lambda: site.trouble("bus.cabinet"), "a trouble names the bus")
    os.close(holder)
    assert "in use by another program" in told["text"]["en"]
    site.expect("leak", 0)
