"""docs/adapters.md as it is printed: its adapter is built, tested and run, its configurations hold, its program prints."""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading

import pytest
from stage import Building, Observer, wait_for

pytestmark = pytest.mark.xdist_group("adapter_guide")  # what they share is made once

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

with open(os.path.join(ROOT, "docs/adapters.md"), encoding="utf-8") as page:
    # (what stands behind the three quotes, the text)
    BLOCKS = re.findall(r"^```(\w[^\n]*)\n(.*?)^```$", page.read(), flags=re.MULTILINE | re.DOTALL)

SITE = """
site: {{ id = "centre"; zh = "中心"; en = "Centre"; }};
mqtt: {{ host = "127.0.0.1"; port = {mqtt}; }};
@include "{root}/config/etc/zones.conf"
@include "{root}/config/etc/classes.conf"
{block}
roles: {{ property: {{ zh = "物业处"; en = "Property"; }}; }};
types: {{ sewage: {{ number = 17; severity = "high"; zh = "污水"; en = "Sewage"; steps = (
  {{ id = "look"; clause = "17.1"; by = [ "property" ]; zh = "查看"; en = "Look"; }} ); }}; }};
rules: {{ one: {{ type = "sewage"; zh = "一"; en = "One"; condition = "{condition}"; }}; }};
"""


def blocks(info):
    return [text for name, text in BLOCKS if name == info]


def block(info):
    (text,) = blocks(info)
    return text


def run(*argv, cwd=ROOT, **options):
    return subprocess.run(argv, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          **options)


def condition(text):
    """Some condition on the block's point, in the unit of its class."""
    point, name = re.search(r"([\w-]+): \{ class = \"([\w.]+)\"", text).groups()
    with open(os.path.join(ROOT, "config/etc/classes.conf"), encoding="utf-8") as file:
        declared = re.search(rf'\{{ id = "{re.escape(name)}"; kind = "(?:state|number"; unit = "([^"]*))"', file.read())
    return f"{point} > 1 {declared.group(1)}" if declared.group(1) else point


def write_config(path, text, mqtt=1883):
    with open(path, "w", encoding="utf-8") as file:
        file.write(SITE.format(root=ROOT, block=text, mqtt=mqtt, condition=condition(text)))
    return str(path)


def add_line(folder, line):
    """A line of the list of adapters to its place by name, whoever else stands there by now."""
    path = os.path.join(folder, "adapters/table.c")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    after = [found for found in re.findall(r"^\tLINE\(\w+\).*\n", text, flags=re.MULTILINE) if found > line]
    assert after, "adapters/table.c has no list of LINE(name) any more: mend docs/adapters.md"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(after[0], line + after[0]))


@pytest.fixture(scope="module")
def tree(build, tmp_path_factory):
    """A copy of this tree, built, with what the page says to put into it."""
    copy = str(tmp_path_factory.mktemp("guide") / "facilityd")
    built = os.path.join(ROOT, build)

    def no_tests(folder, names):
        return [n for n in names if n.endswith(("_test", "_test.o", "_test.d"))] if folder != ROOT else []

    os.mkdir(copy)
    for name in ("adapters", "config", "core", "ctl", "daemon", "debian", "link", "rules", "sim", "tests", "Makefile",
                 "rooms.mk"):
        source, target = os.path.join(ROOT, name), os.path.join(copy, name)
        shutil.copytree(source, target) if os.path.isdir(source) else shutil.copy2(source, target)
    shutil.copytree(built, os.path.join(copy, "build"), ignore=no_tests)
    for info, text in BLOCKS:
        if info.startswith("c "):
            with open(os.path.join(copy, info.split()[1]), "x", encoding="utf-8") as file:
                file.write(text)
    for line in blocks("c-line adapters/table.c"):
        add_line(copy, line)
    return copy


def test_its_commands(tree):
    said = ""
    for command in "".join(blocks("sh")).splitlines():
        done = run("sh", "-c", command, cwd=tree, env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP"})
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        said += done.stdout
    assert said.count("\nok ") == 4 + 3 and "not ok" not in said, said
    assert 'adapter "ask": devices on TCP' in said
    assert 'adapter "hear": devices that send' in said


def test_its_code_is_as_ours_is(tree):
    done = run("/usr/bin/python3", os.path.join(tree, "tests/lint.py"), tree)
    lines = [line for line in done.stdout.splitlines() if line.startswith(("adapters/ask", "adapters/hear"))]
    assert lines == []


class Device:
    """Answers any word with 250, and one line only while it is alive."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.words = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            connection, _ = self.listener.accept()
            with connection:
                while word := connection.recv(100):
                    self.words.append(word)
                    connection.sendall(b"250\n")


@pytest.fixture
def building(tree):
    """With the facilityd that was built by the page."""
    test_its_commands(tree)
    building = Building(os.path.join(tree, "build"))
    os.makedirs(os.path.join(building.folder, "etc"))
    os.makedirs(building.state)
    try:
        yield building
    finally:
        if getattr(building, "observer", None):
            building.observer.close()
        building.stop()


def start(building, text):
    write_config(building.config, text, building.mqtt_port)
    building.start_broker()
    building.observer = Observer(building.mqtt_port)
    building.start_daemon()


def test_its_adapter_that_asks(building):
    """The configuration of the page, but for the port."""
    device, text = Device(), block("conf ask")
    assert "port = 4001;" in text
    start(building, text.replace("port = 4001;", f"port = {device.port};"))
    wait_for(lambda: (building.observer.point("f1-sump-level") or {}).get("value") == 250, 15, "the level")
    assert device.words[0] == b"LEVEL\n"


def test_its_adapter_that_is_told(building):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port, text = taken.getsockname()[1], block("conf hear")
    assert "port = 4002;" in text
    start(building, text.replace("port = 4002;", f'port = {port}; address = "127.0.0.1";'))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as detector:
        def wet():
            detector.sendto(b"LEAK 1", ("127.0.0.1", port))
            return (building.observer.point("f1-sump-leak") or {}).get("value") == 1
        wait_for(wet, 15, "the leak")


@pytest.mark.parametrize("text", blocks("conf"), ids=["mqtt", "sysfs", "serial server", "exec"])
def test_its_configurations(build, tmp_path, text):
    config = write_config(tmp_path / "facilityd.conf", text)
    done = run(os.path.join(ROOT, build, "facilityd"), "--check", "--config", config)
    assert done.returncode == 0, done.stdout
    assert "1 bus, 1 device, 1 point" in done.stdout


def test_its_program(tmp_path):
    """It prints a reading of the point that its configuration has, and then waits."""
    path = tmp_path / "free-space.py"
    path.write_text(block("python free-space.py"))
    program = subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        word, value = program.stdout.readline().split()
    finally:
        program.kill()
        program.wait()
    assert any(f"{word}: {{ class" in text for text in blocks("conf"))
    assert 0 <= float(value) <= 100
