"""The example bridge from notify/<role> to telephones, against webhooks that fail, hang, are away and say "too often"."""

import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

import pytest
from stage import ROOT, Building, free_port, mqtt_client, wait_for

BRIDGE = os.path.join(ROOT, "examples/notify-bridge/notify_bridge.py")
SECRETS = ("SECRET-KEY", "SECRET-SIGN", "SECRET-TOKEN", "SECRET-PASSWORD")


class Services:
    """WeCom, DingTalk, ntfy and a plain one on one port; `moods` says what happens to the next requests."""

    def __init__(self):
        self.taken, self.tries, self.moods, self.lock = [], [], [], threading.Lock()
        self.port, self.server = free_port(), None

    def start(self):
        services = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                services.answer(self, body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, request, body):
        with self.lock:
            mood = self.moods.pop(0) if self.moods else 200
            self.tries.append((time.monotonic(), mood))
        if mood == "hang":
            time.sleep(3)
            return
        status, answer, headers = 200, {"errcode": 0, "errmsg": "ok"}, {}
        if isinstance(mood, tuple):
            status, headers = mood[0], {"Retry-After": str(mood[1])}
        elif mood == "errcode":
            answer = {"errcode": 45009, "errmsg": "api freq out of limit"}
        else:
            status = mood
        if status == 302:
            headers = {"Location": f"http://127.0.0.1:{self.port}/elsewhere"}
        if status == 200 and answer["errcode"] == 0:
            with self.lock:
                self.taken.append((request.path, dict(request.headers), body))
        request.send_response(status)
        for key, value in headers.items():
            request.send_header(key, value)
        request.end_headers()
        request.wfile.write(json.dumps(answer).encode())

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def texts(self, path="/wecom"):
        with self.lock:
            return [body["text"]["content"] for p, _, body in self.taken if p.startswith(path)]


def notice(number, role="property", **other):
    document = {
        "v": 1, "id": f"run-{number}", "seq": number, "event": "raised", "time": "2026-11-24T03:01:09.250+08:00",
        "replayed": False, "drill": False, "site": {"id": "centre", "zh": "行政服务中心", "en": "Service centre"},
        "role": {"id": role, "zh": "物业处", "en": "Property office"}, "level": 0, "note": "",
        "incident": {"id": f"2-f3-{number}", "type": 2, "type_id": "water-loss", "severity": "high",
                     "name": {"zh": "停水", "en": "Water loss"}, "zone": "f3",
                     "zone_name": {"zh": "三层", "en": "Floor 3"}, "state": "active-unacknowledged", "drill": False},
        "steps": [{"id": "boilers-off", "text": {"zh": "关闭开水器", "en": "Switch the boilers off"}, "status": "open",
                   "deadline": "2026-11-24T03:03:09.250+08:00", "overdue": False}]}
    document.update(other)
    return document


class Stage:
    def __init__(self, folder, build):
        self.folder, self.services, self.building = str(folder), Services(), Building(build)
        self.process = None
        self.building.start_broker()
        self.client = mqtt_client()
        self.client.connect("127.0.0.1", self.building.mqtt_port)
        self.client.loop_start()
        self.services.start()

    def configure(self, per_minute=60, queue_max=1000, language="en", timeout=1, extra=""):
        for name, text in (("wecom.url", f"http://127.0.0.1:{self.services.port}/wecom?key=SECRET-KEY"),
                           ("ding.secret", "SECRET-SIGN"), ("ntfy.token", "SECRET-TOKEN")):
            self.write(name, text + "\n")
        base = f"http://127.0.0.1:{self.services.port}"
        self.write("bridge.conf", f"""
[broker]
host = 127.0.0.1
port = {self.building.mqtt_port}
site = centre
[bridge]
state = {self.folder}/state
language = {language}
queue_max = {queue_max}
[webhook group]
type = wecom
url_file = {self.folder}/wecom.url
per_minute = {per_minute}
timeout = {timeout}
[webhook ding]
type = dingtalk
url = {base}/ding?access_token=SECRET-KEY
secret_file = {self.folder}/ding.secret
[webhook duty]
type = ntfy
url = {base}/
topic = duty
token_file = {self.folder}/ntfy.token
[webhook plain]
type = json
url = {base}/plain
[roles]
property = group
centre_leaders = ding, duty
security = plain
{extra}""")

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def start(self):
        connected = self.log().count("broker: connected")
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen([sys.executable, BRIDGE, "--config", self.folder + "/bridge.conf"],
                                            stdout=log, stderr=log)
        wait_for(lambda: self.log().count("broker: connected") > connected, 10, "the bridge is connected")
        time.sleep(0.3)  # and subscribed

    def log(self):
        try:
            with open(os.path.join(self.folder, "log"), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def end(self, number=signal.SIGTERM):
        if self.process:
            self.process.send_signal(number)
            self.process.wait(10)
            self.process = None

    def say(self, document, role=None):
        role = role or document["role"]["id"]
        payload = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
        self.client.publish(f"facility/centre/notify/{role}", payload, qos=1).wait_for_publish(5)

    def close(self):
        self.end()
        self.services.stop()
        self.client.disconnect()
        self.client.loop_stop()
        self.building.stop()
        assert not [word for word in SECRETS if word in self.log()], "the log says no secret"


@pytest.fixture(name="stage")
def fixture_stage(tmp_path, build):
    stage = Stage(tmp_path, build)
    yield stage
    stage.close()


def test_each_service_gets_what_it_wants(stage):
    stage.configure()
    stage.start()
    stage.say(notice(1))
    stage.say(notice(2, "centre_leaders", event="escalated", level=2, note="nobody has acknowledged"))
    stage.say(notice(3, "security"))
    wait_for(lambda: len(stage.services.taken) == 4, 10, "four messages")
    by_path = {path.partition("?")[0]: (path, headers, body) for path, headers, body in stage.services.taken}
    assert stage.services.texts() == [
        "Water loss: Floor 3, raised\nService centre, 03:01, severity high\nProperty office, please:\n"
        "1. Switch the boilers off (by 03:03)\nid 2-f3-1"]
    assert by_path["/wecom"][2]["msgtype"] == "text"
    assert re.search(r"timestamp=\d{13}&sign=[A-Za-z0-9%]+", by_path["/ding"][0])
    assert "ESCALATED" in by_path["/ding"][2]["text"]["content"] and "level 2" in by_path["/ding"][2]["text"]["content"]
    assert "nobody has acknowledged" in by_path["/ding"][2]["text"]["content"]
    ntfy = by_path["/"]
    assert ntfy[1]["Authorization"] == "Bearer SECRET-TOKEN" and ntfy[2]["topic"] == "duty" and ntfy[2]["priority"] == 4
    assert by_path["/plain"][2]["notices"][0]["id"] == "run-3"


def test_marks_and_events(stage):
    stage.configure(language="zh")
    stage.start()
    late = notice(3, event="overdue")
    late["steps"][0].update(overdue=True, status="failed")
    for document in (notice(1, drill=True), notice(2, replayed=True), late, notice(4, event="reminder"),
                     notice(5, event="something-new", on_duty=False)):
        stage.say(document)
    texts = wait_for(lambda: len(stage.services.texts()) == 5 and stage.services.texts(), 10, "five messages")
    assert texts[0].startswith("【演练】停水: 三层, 发生") and texts[1].startswith("【补发】")
    assert "逾期" in texts[2] and "(已逾期, 未能完成)" in texts[2]
    assert "催办" in texts[3] and "无人值班" not in texts[3]
    assert "something-new" in texts[4] and "（物业处现无人值班）" in texts[4]


def test_a_question_is_asked():
    """Who is asked reads the question and until when; and what was assumed because nobody answered."""
    code = ("import json, sys; import texts; "
            "print('\\n'.join(texts.question_line(one, language) for one, language in json.load(sys.stdin)))")
    fact = {"question": {"zh": "有人被困吗？", "en": "Is anybody trapped?"}, "value": "unknown", "asked": True, "overdue": False,
            "deadline": "2026-11-24T03:07:09.250+08:00"}
    asked = [(fact, "en"), ({**fact, "overdue": True}, "zh"), ({**fact, "asked": False, "value": "yes"}, "zh")]
    run = subprocess.run([sys.executable, "-c", code], input=json.dumps(asked), capture_output=True, text=True, check=True,
                         cwd=os.path.join(ROOT, "examples/notify-bridge"))
    assert run.stdout.splitlines()[0] == "? Is anybody trapped? (by 03:07)"
    assert run.stdout.splitlines()[1].startswith("? 有人被困吗？ (") and run.stdout.splitlines()[2] == "? 有人被困吗？ 是"


def test_what_only_the_broker_says_is_marked():
    """Before anything else, as an exercise and a first stage are; a notice of an older facilityd has no such member."""
    code = ("import json, sys; import texts; "
            "print('\\n'.join(texts.title(one, language) for one, language in json.load(sys.stdin)))")
    taken = notice(1, event="taken-back", drill=True)
    taken["incident"].update(taken_back=True, stage="first")
    run = subprocess.run([sys.executable, "-c", code], input=json.dumps([(taken, "zh"), (taken, "en"), (notice(2), "en")]),
                         capture_output=True, text=True, check=True, cwd=os.path.join(ROOT, "examples/notify-bridge"))
    chinese, english, other = run.stdout.splitlines()
    assert chinese.startswith("【演练】【未经证实】【") and english.startswith("[drill] [not proved] ["), run.stdout
    assert other == "Water loss: Floor 3, raised"


def test_an_event_that_comes_twice_is_sent_once(stage):
    stage.configure()
    stage.start()
    for document in (notice(1), notice(1, replayed=True), notice(2)):
        stage.say(document)
    wait_for(lambda: len(stage.services.texts()) == 2, 10, "two messages")
    stage.end()
    stage.start()
    stage.say(notice(2, replayed=True))
    stage.say(notice(3))
    wait_for(lambda: len(stage.services.texts()) == 3, 10, "the third")
    assert [t.rsplit(" ")[-1] for t in stage.services.texts()] == ["2-f3-1", "2-f3-2", "2-f3-3"]


@pytest.mark.parametrize("moods", [[500, 503], ["hang"], ["errcode"], [302, 404], [403]])
def test_what_fails_is_tried_again(stage, moods):
    stage.services.moods = list(moods)
    stage.configure()
    stage.start()
    stage.say(notice(1))
    wait_for(lambda: stage.services.texts(), 20, "it arrives in the end")
    assert len(stage.services.tries) == len(moods) + 1 and len(stage.services.texts()) == 1
    wait_for(lambda: "takes notices again" in stage.log(), 5, "and it says so")
    assert stage.log().count("tried again") == 1


def test_too_often_says_when(stage):
    stage.services.moods = [(429, 4)]
    stage.configure()
    stage.start()
    stage.say(notice(1))
    wait_for(lambda: stage.services.texts(), 20, "it arrives in the end")
    first, second = (at for at, _ in stage.services.tries)
    assert 3.9 < second - first < 8


def test_a_webhook_that_is_away_stops_no_other_and_loses_nothing(stage):
    stage.configure(extra="all_staff = group, plain\n")
    stage.services.moods = []
    port, stage.services.port = stage.services.port, free_port()
    stage.configure(extra="all_staff = group, plain\n")  # nobody is there
    stage.start()
    for number in range(1, 4):
        stage.say(notice(number, "all_staff"))
    wait_for(lambda: "group: " in stage.log(), 10, "it does not answer")
    stage.end(signal.SIGKILL)  # what waits is on disk
    stage.services.port = port
    stage.configure(extra="all_staff = group, plain\n")
    stage.start()
    wait_for(lambda: len(stage.services.texts()) == 3, 20, "all three, by the next run")
    assert [t.rsplit(" ")[-1] for t in stage.services.texts()] == ["2-f3-1", "2-f3-2", "2-f3-3"]


def test_the_broker_keeps_what_comes_while_the_bridge_is_away(stage):
    stage.configure()
    stage.start()
    stage.end()
    for number in range(1, 4):
        stage.say(notice(number))
    stage.building.end("mosquitto")  # and is itself started anew
    stage.client.loop_stop()
    stage.building.start_broker()
    stage.start()
    wait_for(lambda: len(stage.services.texts()) == 3, 20, "all three")
    stage.client.reconnect()
    stage.client.loop_start()


def test_a_full_queue_leaves_it_to_the_broker(stage):
    stage.services.stop()
    stage.configure(queue_max=3)
    stage.start()
    for number in range(1, 9):
        stage.say(notice(number))
    wait_for(lambda: "3 notices wait on disk" in stage.log(), 10, "it is full")
    stage.services.start()
    wait_for(lambda: len("".join(stage.services.texts()).split("id 2-f3-")) == 9, 60, "all eight in the end")
    text = "".join(stage.services.texts())
    assert sorted(set(re.findall(r"id 2-f3-(\d)", text))) == [str(n) for n in range(1, 9)]


@pytest.mark.third
def test_more_than_the_limit_go_together(stage):
    stage.configure(per_minute=2)
    stage.services.stop()
    stage.start()
    for number in range(1, 12):
        stage.say(notice(number, drill=number == 7))
    wait_for(lambda: "group: " in stage.log(), 10, "it is away")
    stage.services.start()
    wait_for(lambda: len(stage.services.texts()) >= 2, 90, "two messages")
    texts = stage.services.texts()
    assert "id 2-f3-1" in texts[0] and texts[1].count("Water loss") == 10 and "[drill] Water loss" in texts[1]
    assert len(texts[1].encode()) <= 2000


@pytest.mark.slow
def test_a_message_that_the_service_calls_wrong_stops_no_other(stage):
    stage.services.moods = [400] * 5
    stage.configure()
    stage.start()
    stage.say(notice(1))
    stage.say(notice(2))
    wait_for(lambda: stage.services.texts(), 60, "the second")
    assert "2-f3-2" in stage.services.texts()[0] and "1 given up: HTTP status 400" in stage.log()


def test_rubbish_is_left_out(stage):
    stage.configure()
    stage.start()
    for rubbish in ("", "no JSON", "[]", "{}", json.dumps({"id": "x"}), json.dumps(notice(1, steps=[{}]))):
        stage.say(rubbish, "property")
    stage.say(notice(2))
    wait_for(lambda: stage.services.texts(), 10, "the good one")
    assert len(stage.services.texts()) == 1 and stage.log().count("not a notice") == 6


def test_from_a_real_building(build, tmp_path):
    """What facilityd really says, from a leak to a message; through an account with TLS."""
    services, building = Services(), Building(build, secure=True)
    services.start()
    try:
        building.start()
        login = building.login("bridge")
        (tmp_path / "bridge.conf").write_text(f"""
[broker]
host = localhost
port = {building.mqtt_port}
site = centre
username = bridge
password_file = {login.password_file}
ca_file = {login.ca_file}
[bridge]
state = {tmp_path}/state
[webhook group]
type = wecom
url = http://127.0.0.1:{services.port}/wecom
[roles]
* = group
""", encoding="utf-8")
        with open(tmp_path / "log", "wb") as log:
            bridge = subprocess.Popen([sys.executable, BRIDGE, "--config", str(tmp_path / "bridge.conf")], stderr=log)
        try:
            wait_for(lambda: "connected" in (tmp_path / "log").read_text(encoding="utf-8"), 10, "connected")
            time.sleep(0.5)
            building.sim("water-cut", "f3")
            texts = wait_for(lambda: services.texts(), 30, "a message")
            assert texts[0].startswith("突发断水: 三层, 发生") and "请" in texts[0]
        finally:
            bridge.terminate()
            bridge.wait(10)
        assert "does not let" not in (tmp_path / "log").read_text(encoding="utf-8")
    finally:
        building.stop()
        services.stop()


def test_the_example_configuration(tmp_path):
    """The shipped file is read as it is, with files of secrets in its place; what is wrong is said."""
    with open(os.path.join(ROOT, "examples/notify-bridge/notify-bridge.conf"), encoding="utf-8") as file:
        text = file.read().replace("/etc/notify-bridge", str(tmp_path))
    for name in set(re.findall(rf"{tmp_path}/(\S+)", text)):
        (tmp_path / name).write_text("https://example.org/?key=SECRET-KEY\n", encoding="utf-8")
    path = tmp_path / "c"
    check = lambda: subprocess.run([sys.executable, BRIDGE, "--check", "--config", str(path)], capture_output=True,
                                   text=True, check=False)
    path.write_text(text, encoding="utf-8")
    assert check().stdout == "configuration OK: 4 roles, 3 webhooks\n"
    for wrong, why, right in (("site = centre", "[broker] site", ""), ("[webhook duty]", "there is no [webhook duty]", "[webhook dutie]"),
                       ("type = ntfy", "type", "")):
        path.write_text(text.replace(wrong, right), encoding="utf-8")
        result = check()
        assert result.returncode != 0 and why in result.stderr and "SECRET" not in result.stderr
