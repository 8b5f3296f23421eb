"""facilityctl's words and options are the same in --help, in the manual and in the completion."""

import os
import re
import subprocess

import pytest
from stage import ROOT


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


@pytest.fixture
def usage(build):
    done = subprocess.run([os.path.join(ROOT, build, "facilityctl"), "--help"], capture_output=True, text=True,
                          check=True, timeout=10)
    return done.stdout


def complete(build, *words):
    typed = " ".join(f"'{w}'" for w in ("facilityctl", *words))
    script = (f"source ctl/facilityctl.bash; COMP_WORDS=({typed}); COMP_CWORD={len(words)}; _facilityctl; "
              'printf "%s\\n" "${COMPREPLY[@]}"')
    path = os.path.abspath(os.path.join(ROOT, build)) + ":" + os.environ["PATH"]
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=20,
                          env={**os.environ, "PATH": path})
    return done.stdout.split()


def test_verbs(usage, build):
    verbs = re.findall(r"^  ([a-z][a-z-]+) ", usage, re.M)
    assert len(verbs) > 20 and "record" in verbs
    manual = read("docs/facilityctl.1")
    offered = complete(build, "")
    for verb in verbs:
        assert re.search(rf"^\.(It )?Cm ([a-z-]+ \| )*{verb}\b", manual, re.M), f"{verb} is not in facilityctl(1)"
        assert verb in offered, f"{verb} is not completed"


def test_options(usage):
    manual = read("docs/facilityctl.1")
    for option in set(re.findall(r"--([a-z][a-z-]+)", usage)):
        assert f"Fl -{option}" in manual or f"Fl -{option}" in manual.replace(" , ", " "), option


@pytest.mark.parametrize("words, offered", [
    (("rec",), ["record"]),
    (("incidents", "--st"), ["--state"]),
    (("incidents", "--state", ""), ["open", "closed", "all"]),
    (("incidents", "--all", "--drill", "o"), ["only"]),
    (("record", "--h"), ["--html"]),
    (("record", "2-f3", "--f"), ["--force"]),
    (("export", "--format", ""), ["csv", "json"]),
    (("record", "2-f3", "-o", "CONTRIB"), ["CONTRIBUTING.md"]),
    (("--lang", ""), ["zh", "en"]),
    (("done", "2-f3", ""), ["all"]),
    (("release", "2-f3", ""), []),
])
def test_completion(build, words, offered):
    assert complete(build, *words) == offered
