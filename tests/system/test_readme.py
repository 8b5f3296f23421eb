"""What the README and the manuals say, against the programs: an example that does not work is worse than none."""

import os
import re
import shutil
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "sim"))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


@pytest.fixture
def facilityd(build):
    return os.path.join(ROOT, build, "facilityd")


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30)


def example():
    (text,) = re.findall(r"<!-- tested: tests/system/test_readme\.py [^>]*-->\n```\n(.*?)```", read("README.md"), re.S)
    return text


def points(stdout):
    return int(re.search(r"(\d+) points", stdout).group(1))


def test_a_sensor_in_ten_lines(facilityd, tmp_path):
    assert len(example().splitlines()) <= 10
    etc = tmp_path / "etc"
    shutil.copytree(os.path.join(ROOT, "config/etc"), etc)
    before = run(facilityd, "--check", "--config", str(etc / "facilityd.conf"))
    with open(etc / "devices-gateway.conf", "a", encoding="utf-8") as file:
        file.write(example())
    after = run(facilityd, "--check", "--config", str(etc / "facilityd.conf"))
    assert after.returncode == 0, after.stderr
    # No warning: in particular the point is watched by a rule that was there before.
    assert after.stderr == before.stderr and "warning" not in after.stderr
    assert points(after.stdout) == points(before.stdout) + 1


def test_a_mistake_in_it_is_explained(facilityd, tmp_path):
    etc = tmp_path / "etc"
    shutil.copytree(os.path.join(ROOT, "config/etc"), etc)
    with open(etc / "devices-gateway.conf", "a", encoding="utf-8") as file:
        file.write(example().replace("unit = 41", "unti = 41").replace("f3.hall", "f3.hal"))
    result = run(facilityd, "--check", "--config", str(etc / "facilityd.conf"))
    assert result.returncode == 2
    line = len(read("config/etc/devices-gateway.conf").splitlines()) + 2
    for word in (f"devices-gateway.conf:{line}:", 'did you mean "unit"', 'did you mean "f3.hall"'):
        assert word in result.stderr, result.stderr


def test_the_tour_uses_commands_that_exist(build):
    import demo

    tour = read("README.md").split("## A tour of ten minutes")[1].split("\n## ")[0]
    typed = re.findall(r"\*\*`([^`]+)`\*\*", tour)
    assert len(typed) > 15
    known = {**demo.COMMANDS, **demo.OWN, **demo.operator(os.path.join(ROOT, build, "facilityctl"))}
    for command in typed:
        assert command.split()[0] in known, command
    for building_command in demo.COMMANDS:
        assert any(command.split()[0] == building_command for command in typed), building_command


def test_documents_lead_somewhere():
    for document in ("README.md", "CONTRIBUTING.md", "docs/safety.md", "docs/profiles.md"):
        folder = os.path.dirname(os.path.join(ROOT, document))
        for target in re.findall(r"\]\(([^)#:]+)\)", read(document)):
            assert os.path.exists(os.path.join(folder, target)), f"{document}: {target}"


def options(facilityd):
    """(section, key) of everything that a configuration may hold, as the program says."""
    section = ""
    for line in run(facilityd, "--options").stdout.splitlines():
        if line and not line.startswith((" ", "adapter ")):
            section = line
        elif re.match(r"  \S", line):
            yield section, line.split()[0]


def test_the_manual_lists_every_key(facilityd):
    manual = re.split(r"^\.S[sh] ", read("docs/facilityd.conf.5"), flags=re.M)
    pages = {part.split("\n", 1)[0]: part for part in manual}
    found = list(options(facilityd))
    assert len(found) > 80
    for section, key in found:
        if key in ("zh", "en"):
            continue
        adapter = re.search(r'adapter "([^"]+)"', section)
        name = f"Adapter {adapter.group(1)}" if adapter else section.replace(".<id>", "").split(".")[-1]
        text = pages[name]
        if name == "Adapter modbus-rtu" and section.startswith("devices.<id>.points"):
            text = pages["Adapter modbus-tcp"]  # the same points, told once
        assert f"\n.It Ic {key}\n" in text, f"{section}: {key} is not in facilityd.conf(5)"


def test_the_manual_lists_every_argument(facilityd):
    manual = read("docs/facilityd.8")
    arguments = re.findall(r"--([a-z-]+)", run(facilityd, "--help").stdout)
    assert "check" in arguments
    for argument in set(arguments):
        assert f"Fl -{argument}" in manual, argument


@pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not installed")
@pytest.mark.parametrize("page", ["facilityd.8", "facilityd.conf.5", "facilityctl.1", "facility-sim.1"])
def test_manuals_are_clean(page):
    result = run("mandoc", "-Tlint", "-Wwarning", os.path.join(ROOT, "docs", page))
    lines = [line for line in result.stdout.splitlines() if "outdated mandoc.db" not in line]
    assert lines == []
