"""make install and make uninstall, into a folder of the test's own."""

import os
import stat
import subprocess

import pytest

pytestmark = pytest.mark.xdist_group("install")  # what they share is made once

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PREFIX = "/opt/facility"
CONFIG = "etc/facilityd"


def make(build, *arguments):
    """Installs what was built; `-o all`: other tests use the programs, so none is built anew."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["make", "-o", "all", f"BUILD={build}", *arguments], cwd=ROOT, text=True,
                          env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def installed(build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    make(build, "install", f"DESTDIR={folder}", f"prefix={PREFIX}")
    return folder


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("path, expected", [
    ("opt/facility/sbin/facilityd", 0o755),
    ("opt/facility/libexec/facilityd/facility-link", 0o755),
    ("opt/facility/libexec/facilityd/facility-config", 0o755),
    ("opt/facility/bin/facilityctl", 0o755),
    ("opt/facility/bin/facility-sim", 0o755),
    ("opt/facility/bin/facility-broker", 0o755),
    ("usr/lib/systemd/system/facilityd.service", 0o644),
    ("usr/lib/systemd/system/facilityd@.service", 0o644),
    ("usr/lib/sysusers.d/facilityd.conf", 0o644),
    ("usr/lib/modules-load.d/facilityd.conf", 0o644),
    ("usr/lib/udev/rules.d/60-facilityd-gpio.rules", 0o644),
    (f"{CONFIG}/facilityd.conf", 0o644),
    ("opt/facility/share/man/man1/facilityctl.1", 0o644),
    ("opt/facility/share/bash-completion/completions/facilityctl", 0o644),
])
def test_is_there(installed, path, expected):
    assert (installed / path).is_file()
    assert mode(installed / path) == expected


@pytest.mark.parametrize("program, expected", [
    ("sbin/facilityd", False), ("libexec/facilityd/facility-link", True),
    ("libexec/facilityd/facility-config", False)])
def test_who_has_the_mqtt_library(installed, program, expected):
    """It ends the process that it is in, so it is in one only."""
    done = subprocess.run(["readelf", "-d", installed / "opt/facility" / program], text=True,
                          stdout=subprocess.PIPE, check=True)
    assert ("libmosquitto.so" in done.stdout) == expected


def files_of(folder):
    return {os.path.relpath(os.path.join(at, name), folder)
            for at, _, names in os.walk(folder) for name in names}


def test_all_configuration_profiles_and_man_pages_are_there(installed):
    assert files_of(installed / CONFIG) == files_of(os.path.join(ROOT, "config/etc"))
    assert files_of(installed / "opt/facility/share/facilityd/profiles") == \
        files_of(os.path.join(ROOT, "config/profiles"))
    pages = {name for name in os.listdir(os.path.join(ROOT, "docs")) if name[-2:] in
             (".1", ".5", ".8")}
    assert {os.path.basename(p) for p in files_of(installed / "opt/facility/share/man")} == pages


def test_units_start_what_was_installed(installed):
    units = installed / "usr/lib/systemd/system"
    assert "ExecStart=/opt/facility/sbin/facilityd --config /etc/facilityd/facilityd.conf\n" in \
        (units / "facilityd.service").read_text()
    instance = (units / "facilityd@.service").read_text()
    assert "ExecStart=/opt/facility/sbin/facilityd --config /etc/facilityd/%i.conf\n" in instance
    assert "StateDirectory=facilityd-%i\n" in instance


def test_the_installed_configuration_is_good(installed):
    done = subprocess.run(
        [installed / "opt/facility/sbin/facilityd", "--check", "--config",
         installed / CONFIG / "facilityd.conf"],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout


def test_a_changed_file_stays_and_the_shipped_one_lies_beside_it(build, installed):
    zones = installed / CONFIG / "zones.conf"
    shipped = zones.read_bytes()
    beside = zones.with_name("zones.conf.new")
    zones.write_text("# ours\n")
    told = make(build, "install", f"DESTDIR={installed}", f"prefix={PREFIX}")
    assert zones.read_text() == "# ours\n"
    assert beside.read_bytes() == shipped
    assert f"kept {zones}; the shipped one is {beside}" in told
    zones.write_bytes(shipped)
    make(build, "install", f"DESTDIR={installed}", f"prefix={PREFIX}")
    assert not beside.exists()


def test_uninstall_leaves_the_configuration_only(build, tmp_path):
    make(build, "install", f"DESTDIR={tmp_path}", f"prefix={PREFIX}")
    make(build, "uninstall", f"DESTDIR={tmp_path}", f"prefix={PREFIX}")
    left = files_of(tmp_path)
    assert left
    assert all(path.startswith(CONFIG + "/") for path in left), left
