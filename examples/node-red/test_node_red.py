"""The flow in a real Node-RED, its page in a real browser: an incident comes, is acknowledged, a step is done."""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "sim"))

from stage import Building, Observer, free_port, wait_for  # noqa: E402 (sim is no package)

BUILD = os.environ.get("FACILITYD_BUILD", "build")
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
        wait_for(self.answers, 60, "Node-RED serves the page")

    @staticmethod
    def package():
        with open(os.path.join(HERE, "package.json"), encoding="utf-8") as file:
            return file.read()

    def url(self):
        return f"http://127.0.0.1:{self.port}/dashboard/facility"

    def answers(self):
        assert self.process.poll() is None, self.log()
        try:
            with urllib.request.urlopen(self.url(), timeout=2) as answer:
                return answer.status == 200 and "Connected to broker" in self.log()
        except OSError:
            return False

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8") as file:
            return file.read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


class Page:
    def __init__(self, url):
        browser = shutil.which("chromium")
        self.process = subprocess.Popen(["node", os.path.join(HERE, "page.mjs"), MODULES, url, browser], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, verb, what, within_s=15):
        self.process.stdin.write(json.dumps({verb: what, "within_ms": within_s * 1000}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, f"{verb} {what}: {answer['error']}"
        return answer["ok"]

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


@pytest.fixture(name="stage")
def fixture_stage(tmp_path):
    with Building(BUILD, secure=True) as building:
        building.observer = Observer(building.mqtt_port, login=building.login("facilityd"))
        node_red = NodeRed(tmp_path, building, building.login("demo"))
        page = Page(node_red.url())
        try:
            yield building, page
        finally:
            page.close()
            node_red.stop()
            building.observer.close()


def test_an_incident_from_the_sensor_to_the_last_step(stage):
    building, page = stage
    observer = building.observer
    page("wait", "tr[data-point='f3-water-pressure'][data-quality='good']", 30)
    assert page("text", ".facility-incidents .quiet") == "没有未关闭的事件"
    building.sim("water-cut", "f3")
    incident = ".incident[data-incident^='2-f3-']"
    page("wait", f"{incident} .ack", 30)
    assert "三层" in page("text", f"{incident} .v-card-title")
    page("picture", os.path.join(MODULES, "incident.png"))
    page("click", f"{incident} .ack")
    acknowledged = wait_for(lambda: observer.events("2-f3", "acknowledged"), 10, "acknowledged")
    assert acknowledged[0]["user"] == "demo"
    page("gone", f"{incident} .ack")
    page("click", f"{incident} .step[data-step='notices'] .done")
    wait_for(lambda: next(s for s in observer.incident("2-f3")["steps"] if s["id"] == "notices")["status"] == "done",
             10, "the step is done")
    page("wait", f"{incident} .step[data-step='notices'][data-status='done']")
    building.sim("silent", "water-f2")
    page("wait", ".trouble[data-trouble='device.water-f2']", 40)
    page("wait", "tr[data-point='f2-water-pressure']:not([data-quality='good'])", 40)
    building.sim("water-back", "f3")
    wait_for(lambda: observer.events("2-f3", "returned"), 40, "returned")
    assert building.ctl("done", "2-f3", "all")[0] == 0
    page("gone", incident, 30)
    assert page("errors", True) == []


def test_what_is_refused_is_said(stage):
    building, page = stage
    building.sim("water-cut", "f3")
    page("wait", ".incident[data-incident^='2-f3-'] .ack", 30)
    assert building.ctl("done", "2-f3", "all")[0] == 0
    # Faster than the page can follow: the second is refused.
    page("twice", ".incident .ack")
    wait_for(lambda: building.observer.events("2-f3", "acknowledged"), 10, "acknowledged")
    assert page("text", ".facility-incidents .refused")
    building.end("facilityd")
    page("wait", ".facility-incidents .v-alert:not(.refused)", 20)
    assert "不在线" in page("text", ".facility-incidents .v-alert:not(.refused)")
