"""The flow in a real Node-RED, its page in a real browser: an incident comes, is acknowledged, a step is done."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "sim"))

from stage import Building, Observer, free_port, wait_for  # noqa: E402 (sim is no package)

BUILD = os.environ.get("FACILITYD_BUILD", "build")
# No test is about how long these take, and a machine that is busy with others takes long.
START_LIMIT_S, WAIT_LIMIT_S, END_LIMIT_S = 180, 60, 30
MODULES = os.path.join(ROOT, BUILD, "node-red")
SETTINGS = """module.exports = {{ flowFile: "flows.json", uiHost: "127.0.0.1", uiPort: {port}, credentialSecret: false,
    telemetry: {{ enabled: false }}, diagnostics: {{ enabled: false }}, editorTheme: {{ tours: false }},
    logging: {{ console: {{ level: "info" }} }} }};
"""


class NodeRed:
    """With a folder of its own: the flow as it is, but for the broker's port, its authority and the account."""

    def __init__(self, folder, building, login):
        self.folder, self.port = str(folder), free_port()
        with open(os.path.join(HERE, "flows.json"), encoding="utf-8") as file:
            flow = json.load(file)
        for node in flow:
            if node["type"] == "mqtt-broker":
                node["port"] = str(building.mqtt_port)
            elif node["type"] == "tls-config":
                node["ca"] = login.ca_file
            elif node["type"] == "tab":
                next(e for e in node["env"] if e["name"] == "USER")["value"] = login.user
        credentials = {"facility-broker": {"user": login.user, "password": login.password()}}
        for name, text in (("flows.json", json.dumps(flow)), ("flows_cred.json", json.dumps(credentials)),
                           ("settings.js", SETTINGS.format(port=self.port)), ("package.json", self.package())):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        os.symlink(os.path.join(MODULES, "node_modules"), os.path.join(self.folder, "node_modules"))
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.process = subprocess.Popen(
                ["node", os.path.join(MODULES, "node_modules/node-red/red.js"), "--userDir", self.folder],
                stdout=log, stderr=log, cwd=self.folder)
        try:
            wait_for(self.answers, START_LIMIT_S, "Node-RED serves the page")
        except TimeoutError as error:
            self.stop()
            raise TimeoutError(f"{error}: {self.end_of_log()}") from error

    @staticmethod
    def package():
        with open(os.path.join(HERE, "package.json"), encoding="utf-8") as file:
            return file.read()

    def url(self):
        return f"http://127.0.0.1:{self.port}/dashboard/facility"

    def answers(self):
        assert self.process.poll() is None, self.end_of_log()
        try:
            with urllib.request.urlopen(self.url(), timeout=2) as answer:
                return answer.status == 200 and "Connected to broker" in self.log()
        except OSError:
            return False

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8") as file:
            return file.read()

    def end_of_log(self, lines=15):
        return "\n".join(self.log().splitlines()[-lines:])

    def stop(self):
        end(self.process)


def end(process):
    """With the time to end by itself what it started."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(END_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Page:
    def __init__(self, url):
        browser = shutil.which("chromium")
        self.process = subprocess.Popen(["node", os.path.join(HERE, "page.mjs"), MODULES, url, browser], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, verb, what, within_s=WAIT_LIMIT_S):
        self.process.stdin.write(json.dumps({verb: what, "within_ms": within_s * 1000}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"{verb} {what}: page.mjs has ended, see its error"
        answer = json.loads(line)
        assert "error" not in answer, f"{verb} {what}: {answer['error']}"
        return answer["ok"]

    def close(self):
        self.process.stdin.close()  # it ends then, and its browser with it
        try:
            self.process.wait(END_LIMIT_S)
        except subprocess.TimeoutExpired:
            end(self.process)


@pytest.fixture(name="stage")
def fixture_stage(tmp_path):
    with contextlib.ExitStack() as ends:  # each as soon as it runs: the next may fail to start
        building = ends.enter_context(Building(BUILD, secure=True))
        building.observer = Observer(building.mqtt_port, login=building.login("facilityd"))
        ends.callback(building.observer.close)
        node_red = NodeRed(tmp_path, building, building.login("demo"))
        ends.callback(node_red.stop)
        page = Page(node_red.url())
        ends.callback(page.close)
        yield building, page


def test_an_incident_from_the_sensor_to_the_last_step(stage):
    building, page = stage
    observer = building.observer
    page("wait", "tr[data-point='f3-water-pressure'][data-quality='good']")
    assert page("text", ".facility-incidents .quiet") == "没有未结束的事件"
    building.sim("water-cut", "f3")
    incident = ".incident[data-incident^='2-f3-']"
    page("wait", f"{incident} .ack")
    assert "三层" in page("text", f"{incident} .v-card-title")
    page("picture", os.path.join(MODULES, "incident.png"))
    page("wait", f"{incident} .held:has-text('开水炉')")
    page("wait", ".facility-troubles .held:has-text('开水炉')")
    page("click", f"{incident} .ack")
    acknowledged = wait_for(lambda: observer.events("2-f3", "acknowledged"), WAIT_LIMIT_S, "acknowledged")
    assert acknowledged[0]["user"] == "demo"
    page("gone", f"{incident} .ack")
    page("click", f"{incident} .step[data-step='notices'] .done")
    wait_for(lambda: next(s for s in observer.incident("2-f3")["steps"] if s["id"] == "notices")["status"] == "done",
             WAIT_LIMIT_S, "the step is done")
    page("wait", f"{incident} .step[data-step='notices'][data-status='done']")
    building.sim("silent", "water-f2")
    page("wait", ".trouble[data-trouble='device.water-f2']")
    page("wait", "tr[data-point='f2-water-pressure']:not([data-quality='good'])")
    building.sim("water-back", "f3")
    wait_for(lambda: observer.events("2-f3", "returned"), WAIT_LIMIT_S, "returned")
    assert building.ctl("done", "2-f3", "all")[0] == 0
    page("gone", incident)
    assert page("errors", True) == []


def test_what_is_refused_is_said(stage):
    building, page = stage
    building.sim("water-cut", "f3")
    page("wait", ".incident[data-incident^='2-f3-'] .ack")
    assert building.ctl("done", "2-f3", "all")[0] == 0
    # Faster than the page can follow: the second is refused.
    page("twice", ".incident .ack")
    wait_for(lambda: building.observer.events("2-f3", "acknowledged"), WAIT_LIMIT_S, "acknowledged")
    assert page("text", ".facility-incidents .refused")
    building.end("facilityd")
    page("wait", ".facility-incidents .v-alert:not(.refused)")
    assert "不在线" in page("text", ".facility-incidents .v-alert:not(.refused)")


def test_what_must_be_known_first_stands_there_as_text(stage):
    """Of a fire: its first stage, and who is asked; and of what only the broker says, that nothing proves it."""
    building, page = stage
    for point in ("f2-tea-smoke", "f2-tea-heat"):
        page("wait", f"tr[data-point='{point}'][data-quality='good']")
    building.sim("set", "f2-tea-smoke", "smoke")
    incident = ".incident[data-incident^='3-f2.tea-']"
    page("wait", f"{incident} .stage")
    page("wait", f"{incident} .question[data-fact='stage']")
    text = page("text", f"{incident} .question[data-fact='stage']")
    assert text.startswith("待回答：确实着火了吗？") and "保安" in text
    assert building.ctl("answer", "3-f2.tea", "stage", "yes")[0] == 0
    page("gone", f"{incident} .stage")
    time.sleep(3.5)  # the marker beside the journal has followed
    building.end("facilityd", signal.SIGKILL)
    for end_of_name in ("", "-wal"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(building.folder, "state/journal.db" + end_of_name))
    building.sim("silent", "smoke-module")  # nobody sees whether it is true
    building.start_daemon()
    page("wait", f"{incident} .taken-back:has-text('未经证实')")
    assert page("errors", True) == []
