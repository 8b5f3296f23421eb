"""systemd accepts the units, and they stay as closed as they are meant to be."""

import os
import re
import shutil
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXPOSURE_MAX = 14  # tenths; the unit names what is left: networks, devices, who asks at the socket

needs_analyze = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")

UNITS = ["facilityd.service", "facilityd@.service"]


@pytest.fixture
def units(build, tmp_path):
    """Both units, with the daemon where they say."""
    programs = os.path.join(ROOT, build)
    for name in UNITS:
        text = subprocess.run([os.path.join(ROOT, "systemd/fill"), name, programs, "/etc"],
                              text=True, stdout=subprocess.PIPE, check=True).stdout
        # Man pages and the user are there only after an installation.
        (tmp_path / name).write_text(text.replace("Documentation=man:", "#"))
    return tmp_path


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *arguments], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)


@needs_analyze
@pytest.mark.parametrize("name", ["facilityd.service", "facilityd@tower.service"])
def test_is_a_valid_unit(units, name):
    if "@" in name:  # an instance is looked up by the name of its link
        (units / name).symlink_to("facilityd@.service")
    done = analyze("verify", "--recursive-errors=no", str(units / name))
    assert (done.returncode, done.stdout) == (0, "")


@needs_analyze
@pytest.mark.parametrize("name", UNITS)
def test_exposure(units, name):
    done = analyze("security", "--offline=true", f"--threshold={EXPOSURE_MAX}",
                   str(units / name))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("setting", [
    "Type=notify", "WatchdogSec=30", "Restart=always", "StartLimitIntervalSec=0",
    "LimitNOFILE=1024:1024", "NotifyAccess=main", "LimitMEMLOCK=64M", "MemorySwapMax=0",
])
def test_says(units, setting):
    for name in UNITS:
        assert f"\n{setting}\n" in (units / name).read_text()


@needs_analyze
def test_an_exposed_unit_is_noticed(units):
    unit = units / "facilityd.service"
    unit.write_text(unit.read_text().replace("ProtectSystem=strict\n", ""))
    done = analyze("security", "--offline=true", f"--threshold={EXPOSURE_MAX}", str(unit))
    assert done.returncode != 0


def test_every_placeholder_is_filled(units):
    for name in UNITS:
        assert not re.search(r"@[a-z]+@", (units / name).read_text())


def system_calls(group):
    """The system calls of "@group", or the one that is named."""
    if not group.startswith("@"):
        return {group}
    words = [line.split("#")[0].strip() for line in analyze("syscall-filter", group).stdout.splitlines()]
    return {call for word in words if word and word != group for call in system_calls(word)}


def allowed_calls(units):
    allowed = set()
    for setting in re.findall(r"^SystemCallFilter=(.*)$", (units / "facilityd.service").read_text(), re.M):
        calls = {call for group in setting.strip("~").split() for call in system_calls(group)}
        allowed = allowed - calls if setting.startswith("~") else allowed | calls
    return allowed


@needs_analyze
def test_programs_of_the_adapter_exec_can_be_run(units):
    allowed = allowed_calls(units)
    assert "chown" not in allowed and len(allowed) > 200
    assert allowed >= {"clone", "clone3", "execve", "prctl", "setpgid", "kill", "waitid", "wait4", "pipe2",
                       "close_range", "epoll_create1", "getrandom"}


@needs_analyze
def test_the_link_can_lock_itself_in(units):
    assert allowed_calls(units) >= {"socketpair", "prlimit64", "landlock_create_ruleset", "landlock_add_rule",
                                    "landlock_restrict_self"}


def test_users_and_groups():
    if not shutil.which("systemd-sysusers"):
        pytest.skip("systemd-sysusers is not installed")
    done = subprocess.run(
        ["systemd-sysusers", "--dry-run", os.path.join(ROOT, "systemd/sysusers.conf")],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout
