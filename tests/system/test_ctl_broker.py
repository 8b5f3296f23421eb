"""facilityctl through the broker: what it says of a broker that is not there, talks nonsense or says nothing, and what
watch prints."""

import os
import signal
import socket
import subprocess
import threading
import time

import pytest
from stage import ROOT, wait_for

CONNACK = "20030000 00"
SUBACK = "9004000100 01"
PLACE = ("--host", "127.0.0.1", "--site", "centre", "--user", "li")


class FakeBroker:
    """Says one line of bytes for each packet that comes, "" for nothing; then nothing more."""

    def __init__(self, *answers):
        self.answers = [bytes.fromhex(answer) for answer in answers]
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = str(self.listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        link, _ = self.listener.accept()
        with link:
            for answer in self.answers:
                link.recv(4096)
                link.sendall(answer)
            while link.recv(4096):
                pass


def ctl(build, *words, **environment):
    done = subprocess.run([os.path.join(ROOT, build, "facilityctl"), "--lang", "en", *words], capture_output=True, text=True,
                          check=False, timeout=20, env={**os.environ, **environment})
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("answers, why", [
    (["20050000 02 7f01"], "talks nonsense"),  # a property that is none
    (["20030000 7f"], "talks nonsense"),
    (["20ffffffff7f"], "127.0.0.1"),  # a length that is none
    (["2000"], "127.0.0.1"),
    (["48545450"], "127.0.0.1"),  # "HTTP"
    (["20030087 00"], "refuses the connection: not authorized"),
    ([CONNACK, "9004000100 87"], "does not let this account see that"),
    ([CONNACK, "90060001027f0101"], "was lost: the broker talks nonsense"),
    ([CONNACK, "30090003662f61027f0178"], "was lost: the broker talks nonsense"),
    ([CONNACK, "e0048b027f01"], "was lost"),
    ([CONNACK, "f00418027f01"], "was lost"),
    ([CONNACK, SUBACK, "4004000287 00"], "does not let this account say that: not authorized"),
    ([CONNACK, SUBACK, "4006000200027f01"], "was lost: the broker talks nonsense"),
])
def test_what_a_broker_says_ends_in_words(build, answers, why):
    """The packets that no library knows, and those that refuse."""
    status, out, err = ctl(build, *PLACE, "--port", FakeBroker(*answers).port, "ack", "2-f3")
    assert (status, out) == (1, "") and why in err, err
    assert err.startswith("facilityctl: ") and err.count("\n") <= 2


@pytest.mark.parametrize("answers, most_s, why", [
    ([""], 8, "no answer within 5 s\nIs it running?"),
    ([CONNACK, SUBACK, "40020002"], 13, "no answer within 10 s: is facilityd running?"),
])
def test_no_wait_without_an_end(build, answers, most_s, why):
    begun = time.monotonic()
    status, out, err = ctl(build, *PLACE, "--port", FakeBroker(*answers).port, "ack", "2-f3")
    assert (status, out) == (1, "") and why in err
    assert time.monotonic() - begun < most_s


@pytest.mark.parametrize("words, status, why", [
    (("--port", "1"), 1, "cannot reach the broker at 127.0.0.1:1: Connection refused\nIs it running?"),
    (("--port", "0"), 2, 'port "0" is not within 1 to 65535'),
    (("--port", "1883x"), 2, 'port "1883x" is not within'),
    (("--user", "Li"), 2, "who are you?"),
    (("--password-file", "/nonexistent"), 1, "/nonexistent: No such file or directory"),
    (("--password-file", "/dev/null"), 1, "/dev/null: has no first line"),
    (("--ca-file", "/nonexistent"), 1, "/nonexistent: No such file or directory"),
    (("--ca-file", "/etc/passwd"), 1, "/etc/passwd: "),
    (("--host", "no such host"), 1, "cannot reach the broker at no such host:"),
])
def test_a_wrong_place_is_told(build, words, status, why):
    got, out, err = ctl(build, *PLACE, "--port", "1", *words, "ack", "2-f3")
    assert (got, out) == (status, "") and why in err, err


def test_without_the_library_that_is_said(build, tmp_path):
    (tmp_path / "paho.py").write_text("", encoding="utf-8")
    status, _, err = ctl(build, *PLACE, "ack", "2-f3", PYTHONPATH=str(tmp_path))
    assert status == 1 and "install python3-paho-mqtt" in err
    assert ctl(build, "--version", PYTHONPATH=str(tmp_path))[0] == 0


class Watch:
    """facilityctl watch of this building; its end must be a quiet one."""

    def __init__(self, building, path, number):
        self.path, self.number = path, number
        with open(path, "wb") as seen:
            self.process = subprocess.Popen([building.program("facilityctl"), *building.as_user("li"), "--lang", "en", "watch"],
                                            stdout=seen, stderr=subprocess.STDOUT)

    def text(self):
        return self.path.read_text(encoding="utf-8")

    def wait_for(self, text):
        wait_for(lambda: text in self.text(), 10, f'"{text}" is printed')

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        try:
            self.process.send_signal(self.number)
            status = self.process.wait(3)
            assert failed or (status == 0 and "Traceback" not in self.text())
        finally:
            self.process.kill()
            self.process.wait()


def test_watch(building, tmp_path):
    with Watch(building, tmp_path / "first", signal.SIGINT) as watch:
        watch.wait_for("facilityd online · ")
        assert building.ctl("report", "2", "f3", "no water at the tap")[0] == 0
        watch.wait_for("▲ RAISED HIGH  Water")
        watch.wait_for("by demo: no water at the tap")
        building.end("mosquitto")
        watch.wait_for("the broker is gone, trying again...\n")
        building.start_broker()
        watch.wait_for("connected again\n")
    with Watch(building, tmp_path / "second", signal.SIGTERM) as watch:
        watch.wait_for(" open  Water")  # what was open before


def test_a_pipe_that_ends_is_no_word(build):
    done = subprocess.run(["bash", "-c", f"{os.path.join(build, 'facilityctl')} help --json | head -c1; exit ${{PIPESTATUS[0]}}"],
                          cwd=ROOT, capture_output=True, text=True, check=False, timeout=20)
    assert done.stderr == "" and done.returncode in (0, 128 + signal.SIGPIPE)
