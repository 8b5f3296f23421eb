"""make demo as a person uses it: typed on a terminal, ended with Ctrl-C, nothing left behind."""

import os
import pty
import re
import signal
import subprocess
import sys
import threading

import pytest
from stage import ROOT, wait_for


def _hear_interrupts():
    """As from a terminal, also where the tests run in the background, which ignores Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """The demo on a pseudo terminal, as its person's own process group would be."""

    def __init__(self, build, *options, language):
        environment = {k: v for k, v in os.environ.items() if k not in ("LC_ALL", "LC_MESSAGES")}
        environment["LANG"] = language
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen([sys.executable, os.path.join(ROOT, "sim/demo.py"), "--build", build, *options],
                                        stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                        env=environment, preexec_fn=_hear_interrupts)
        os.close(slave)
        self.text = ""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            while data := os.read(self.master, 4096):
                self.text += data.decode(errors="replace")
        except OSError:
            pass

    def type(self, line):
        os.write(self.master, line.encode() + b"\n")

    def see(self, words, timeout_s=25):
        wait_for(lambda: words in self.text, timeout_s, f'"{words}" on the terminal:\n{self.text[-2000:]}')

    def folder(self):
        return re.search(r"files in (\S+)", self.text).group(1)

    def interrupt(self):
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(60)

    def end(self):
        """Whatever happened: its programs end with it."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)


def programs_of(folder):
    """Processes whose command line names the demo's folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if folder.encode() in file.read():
                    found.append(pid)
        except OSError:
            pass
    return found


@pytest.mark.parametrize("language,raised,acknowledged", [
    ("zh_CN.UTF-8", "突发断水 · 三层", "已确认"),
    ("en_GB.UTF-8", "Water loss · Floor 3", "acknowledged"),
])
def test_typed_and_interrupted(build, language, raised, acknowledged):
    terminal = Terminal(build, language=language)
    try:
        terminal.see("help, quit")
        terminal.type("water")
        terminal.see(raised)
        terminal.type("ack 2-f3")
        terminal.see(acknowledged)
        terminal.type("wtaer")
        terminal.see('unknown command "wtaer"')
        terminal.type("leak f9")
        terminal.see("f9")
        folder = terminal.folder()
        # What carries the typed line out is one more, for a moment: its echo comes before its answer.
        wait_for(lambda: len(programs_of(folder)) == 4, 15, "four programs")
        assert terminal.interrupt() == 130
        assert not programs_of(folder)
        assert not os.path.exists(folder)
    finally:
        terminal.end()


def test_killed_demo_takes_its_programs_along(build):
    terminal = Terminal(build, language="C")
    terminal.see("help, quit")
    folder = terminal.folder()
    terminal.process.kill()
    terminal.process.wait()
    wait_for(lambda: not programs_of(folder), 15, "its programs end with it")
    subprocess.run(["rm", "-r", folder], check=True)  # a killed program cannot tidy up
