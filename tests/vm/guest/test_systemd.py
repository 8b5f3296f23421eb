"""The installed unit under systemd as PID 1: as shipped, but for shorter waits."""

import grp
import os
import pwd
import re
import signal
import stat
import time

from chips import Chip
from conftest import BELL, ETC, LINES, NAMES, PATIENCE_S, journal, pid, sh, show, start
from stage import wait_for


def wait(condition, what):
    return wait_for(condition, PATIENCE_S, what)


def restarted(before):
    return show("ActiveState") == "active" and pid() not in (0, before)


def status_of(process):
    with open(f"/proc/{process}/status", encoding="ascii") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def test_it_is_ready_when_start_returns(site):
    assert (show("Type"), show("ActiveState"), show("SubState")) == ("notify", "active", "running")
    assert show("StatusText") == "watching 10 points with 2 rules"


def test_it_runs_as_an_unprivileged_user(site):
    status = status_of(pid())
    user = pwd.getpwnam("facilityd")
    assert {int(uid) for uid in status["Uid"].split()} == {user.pw_uid}
    assert grp.getgrnam("gpio").gr_gid in {int(gid) for gid in status["Groups"].split()}
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert (status["NoNewPrivs"].strip(), status["Seccomp"].strip()) == ("1", "2")


def test_the_udev_rule_gives_chips_to_the_group_gpio(site):
    found = site.chip.path.stat()
    assert (grp.getgrgid(found.st_gid).gr_name, stat.S_IMODE(found.st_mode)) == ("gpio", 0o660)


def test_its_state_is_where_systemd_put_it(site):
    folder = os.stat("/var/lib/facilityd")
    assert stat.S_IMODE(folder.st_mode) == 0o750
    assert pwd.getpwuid(folder.st_uid).pw_name == "facilityd"
    assert any(name.startswith("journal") for name in os.listdir("/var/lib/facilityd"))


def ask(user, group, *words):
    return sh("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups" if not group else
              f"--groups={group}", "facilityctl", *words, check=False)


def test_the_group_reaches_the_local_socket(site):
    done = ask("games", "facilityd", "points", "leak")
    assert done.returncode == 0, done.stdout
    assert "leak" in done.stdout


def test_others_do_not_reach_the_local_socket(site):
    done = ask("games", None, "points")
    assert done.returncode != 0
    assert "ermission denied" in done.stdout


def test_a_reload_leaves_it_running(site):
    before = pid()
    sh("systemctl", "reload", "facilityd")
    time.sleep(1)
    assert (show("ActiveState"), pid()) == ("active", before)
    site.chip.pull(BELL, 1)
    site.expect("bell", 1)


def test_the_watchdog_is_fed(site):
    before = pid()
    fed = show("WatchdogTimestampMonotonic")
    wait(lambda: show("WatchdogTimestampMonotonic") != fed, "it is fed")
    time.sleep(12)  # longer than WatchdogSec
    assert (show("ActiveState"), pid()) == ("active", before)


def test_a_hanging_process_is_started_again(site):
    before = pid()
    os.kill(before, signal.SIGSTOP)
    wait(lambda: restarted(before), "the watchdog has it started again")
    assert "Watchdog timeout" in sh("journalctl", "--unit", "facilityd", "--no-pager")
    site.expect("leak", 0)


def test_a_killed_process_is_started_again(site):
    before = pid()
    sh("systemctl", "kill", "--signal", "KILL", "facilityd")
    wait(lambda: restarted(before), "it is started again")
    site.expect("leak", 0)


def test_a_stop_is_clean(site):
    sh("systemctl", "stop", "facilityd")
    assert show("Result") == "success"
    assert show("ExecMainStatus") == "0"
    wait(lambda: site.observer.retained["state"]["status"] == "offline", "it says goodbye")
    assert not os.path.exists("/run/facilityd/facilityd.sock")


def test_a_bad_configuration_is_not_tried_again(site):
    good = (ETC / "facilityd.conf").read_text(encoding="utf-8")
    sh("systemctl", "stop", "facilityd")
    (ETC / "facilityd.conf").write_text(good.replace("initial =", "intial ="), encoding="utf-8")
    try:
        assert sh("systemctl", "start", "facilityd", check=False).returncode != 0
        time.sleep(3)  # longer than RestartSec
        assert (show("ActiveState"), show("ExecMainStatus")) == ("failed", "2")
        assert 'did you mean "initial"' in journal()
    finally:
        (ETC / "facilityd.conf").write_text(good, encoding="utf-8")


def test_a_second_instance_has_a_state_of_its_own(site):
    text = (ETC / "facilityd.conf").read_text(encoding="utf-8")
    text = text.replace('id = "machine"', 'id = "tower"').replace('chip = "cabinet"', 'chip = "tower"')
    (ETC / "tower.conf").write_text(text, encoding="utf-8")
    sh("systemctl", "start", "facilityd@tower")
    try:
        assert os.path.isdir("/var/lib/facilityd-tower")
        # A chip that comes after the start: udev's group and the unit's device list hold for it.
        chip = Chip("tower", LINES, NAMES)
        wait(lambda: '"quality":"good"' in sh(
            "facilityctl", "--socket", "/run/facilityd-tower/facilityd.sock", "points", "--json",
            "leak").replace(" ", ""), "its chip is found")
        chip.unplug()
    finally:
        sh("systemctl", "stop", "facilityd@tower")


def test_nothing_is_forbidden_that_it_needs(site):
    assert not re.search(r"Operation not permitted|Read-only file system", journal())
