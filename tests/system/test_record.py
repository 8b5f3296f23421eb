"""facilityctl record, of an exercise in which everything happens: as text, JSON and HTML; and what the manual shows."""

import json
import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import pytest
import record_fixture
from stage import ROOT

VOID = {"meta", "br", "link"}


@pytest.fixture(params=[{}])
def daemon(request, tmp_path):
    fake = record_fixture.FakeDaemon(str(tmp_path / "s"), record_fixture.drill(**request.param))
    fake.path = str(tmp_path / "s")
    yield fake
    fake.close()


still_open = pytest.mark.parametrize("daemon", [{"closed": False}], indirect=True)
nothing_odd = pytest.mark.parametrize("daemon", [{"odd": False}], indirect=True)


@pytest.fixture
def ctl(build, daemon):
    def run(*words, language=("--lang", "en"), zone="Asia/Shanghai", status=0):
        done = subprocess.run([os.path.join(ROOT, build, "facilityctl"), "--socket", daemon.path, *language, *words],
                              capture_output=True, text=True, check=False, timeout=20,
                              env={**os.environ, "TZ": zone, "LC_ALL": "C"})
        assert done.returncode == status, done.stderr
        return done.stdout if status == 0 else done.stderr
    return run


class Page(HTMLParser):
    """Text by element and language; that every element which is opened is closed, in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.texts, self.languages, self.tags, self.rows = [], [], set(), [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag in VOID:
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "span":
            self.languages.add(dict(attrs)["lang"])

    def handle_endtag(self, tag):
        assert tag in VOID or self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.texts.append(data)
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data


def html(ctl, **options):
    text = ctl("record", "drill-2-f3", "--html", **options)
    ElementTree.fromstring(text.split("\n", 1)[1])  # well-formed, but for the document type
    return Page(text), text


def test_pages_are_of_one_incident(daemon, ctl):
    ctl("record", "drill-2-f3", "--json")
    assert daemon.asked[0] == {"verb": "record", "incident": "drill-2-f3"}
    assert len(daemon.asked) == 4
    assert all(a["incident"] == "drill-2-f3-1b3xk" and a["after"] == f"0-{5 * i}"
               for i, a in enumerate(daemon.asked) if i > 0)


def test_json(daemon, ctl):
    record = json.loads(ctl("record", "drill-2-f3", "--json"))
    assert (record["v"], record["open"], record["site"]["id"]) == (1, False, "centre")
    assert record["reaction"] == {"acknowledged_s": 35.0, "returned_s": 1200.0, "closed_s": 1200.0, "kept": 2,
                                  "missed": 1, "latest": {"step": "report-up", "late_s": 130.0}}
    steps = {s["id"]: s for s in record["incident"]["steps"]}
    assert (steps["boilers-off"]["kept"], steps["boilers-off"]["after_s"], steps["boilers-off"]["allowed_s"]) == \
        (True, 50.0, 60.0)
    assert (steps["report-up"]["kept"], steps["report-up"]["late_s"]) == (False, 130.0)
    assert steps["dry-run"]["kept"] is None
    told = [e for e in daemon.entries if e["kind"] != "notify"]
    assert [e["sequence"] for e in record["timeline"]] == [e["sequence"] for e in told]
    unknown = next(e for e in record["timeline"] if e.get("event") == "beamed-up")
    assert unknown["whither"] == {"deck": 3}
    assert len(record["notices"]) == 3


def test_text(ctl):
    text = ctl("record", "drill-2-f3")
    assert text.startswith("*** DRILL, no real incident ***\nWater loss · Floor 3\n"
                           "Deadlines: 2 kept, 1 missed, latest: report-up by 2 min 10 s; acknowledged after 35 s\n")
    for words in ("2.1, 2.2, 2.3, 2.4", "Reaction times of the exercise", "0.31 bar", "late by 2 min 10 s",
                  "district water company", "main pipe", "beamed-up", "whither: {\"deck\":3}", "telepathy",
                  "payload: no document", "recorded before the write", "not needed", "(optional)", "escalated",
                  "autumn exercise", record_fixture.EVIL):
        assert words in text, words
    assert "Still open" not in text
    chinese = ctl("record", "drill-2-f3", language=("--lang", "zh"))
    for words in ("演练，非真实事件", "停水 · 三层", "演练用时", "超时 2 分 10 秒", "移交", "升级上报"):
        assert words in chinese, words


def test_html(ctl):
    page, text = html(ctl)
    assert page.languages == {"en"}
    assert "script" not in page.tags and record_fixture.EVIL in "".join(page.texts)
    assert not re.search(r"(src|href)=|url\(|@import", text)
    assert "@page { size: A4" in text
    row = next(r for r in page.rows if "Report up." in r[-1] and len(r) == 8)
    assert row[:6] == ["2.1", "done", "zhang", "2026-11-24 10:04:10", "2026-11-24 10:02:00", "late by 2 min 10 s"]
    assert "Service desk, Property" in row[6]
    reaction = next(r for r in page.rows if "Report up." in r[-1] and len(r) == 4)
    assert reaction[:3] == ["2 min 0 s", "4 min 10 s", "late by 2 min 10 s"]
    assert "DRILL" in "".join(page.texts)


def test_html_in_both_languages(ctl):
    page, _ = html(ctl, language=())
    text = "".join(page.texts)
    assert page.languages == {"zh", "en"} and "停水 · 三层" in text and "Water loss · Floor 3" in text
    page, _ = html(ctl, language=("--lang", "zh"))
    assert page.languages == {"zh"} and "Water loss" not in "".join(page.texts)


@still_open
def test_still_open(ctl):
    text = ctl("record", "drill-2-f3")
    assert "; still open\n" in text
    part = text.split("== Still open\n")[1].split("\n\n")[0]
    assert "it is not back to normal" in part and "Bring water." in part
    assert "Report up." not in part and "Does not apply." not in part
    assert json.loads(ctl("record", "drill-2-f3", "--json"))["open"] is True
    page, _ = html(ctl)
    assert any("it is not back to normal" in r[-1] for r in page.rows)


def test_file(ctl, tmp_path):
    path = tmp_path / "out" / "record.html"
    path.parent.mkdir()
    ctl("record", "drill-2-f3", "--html", "-o", str(path))
    first = path.read_text(encoding="utf-8")
    assert first.endswith("</html>\n") and os.listdir(path.parent) == ["record.html"]
    path.write_text("mine", encoding="utf-8")
    assert "--force" in ctl("record", "drill-2-f3", "-o", str(path), status=1)
    assert path.read_text(encoding="utf-8") == "mine"
    ctl("record", "drill-2-f3", "--force", "--output", str(path))
    assert "Water loss" in path.read_text(encoding="utf-8")
    assert os.listdir(path.parent) == ["record.html"]
    assert "No such file" in ctl("record", "drill-2-f3", "-o", str(tmp_path / "none" / "x"), status=1)


def test_nothing_is_left_of_half_a_record(daemon, ctl, tmp_path):
    daemon.entries[7] = None  # what is no entry ends the connection
    daemon._answer = lambda line, answer=daemon._answer: answer(line) if b"after" not in line else b"{}\n"
    ctl("record", "drill-2-f3", "-o", str(tmp_path / "x"), status=1)
    assert "x" not in [n for n in os.listdir(tmp_path)] and not [n for n in os.listdir(tmp_path) if n.startswith(".")]


def test_a_pipe_stays_a_pipe(ctl, tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = subprocess.Popen(["cat", str(path)], stdout=subprocess.PIPE, text=True)
    ctl("record", "drill-2-f3", "--force", "-o", str(path))
    assert "Water loss" in reader.communicate(timeout=10)[0]
    assert path.is_fifo()


def test_what_cannot_be_written_is_told(build, daemon):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([os.path.join(ROOT, build, "facilityctl"), "--socket", daemon.path, "record",
                               "drill-2-f3"], stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=20)
    assert done.returncode == 1 and "standard output" in done.stderr


@pytest.mark.parametrize("words, why", [
    (["record"], "1 argument"),
    (["record", "a", "b"], "1 argument"),
    (["record", "a", "--json", "--html"], "not both"),
    (["record", "a", "--xml"], "xml"),
    (["export", "--format", "xml"], "csv|json"),
    (["export", "--since", "yesterday"], "no time"),
    (["incidents", "--type", "two"], "number"),
    (["incidents", "--drill", "maybe"], "yes|no|only"),
])
def test_wrong_use(ctl, words, why):
    assert why in ctl(*words, status=2)


@nothing_odd
def test_the_manual_shows_what_is_printed(ctl):
    with open(os.path.join(ROOT, "docs/record.md"), encoding="utf-8") as file:
        (shown,) = re.findall(r"<!-- tested: [^>]*test_record\.py -->\n```\n(.*?)```", file.read(), re.S)
    printed = ctl("record", "drill-2-f3")
    lines = [line.rstrip() for line in re.sub(r"(Record made +).*", r"\1...", printed).splitlines()]
    assert shown.splitlines() == lines
