"""The record of an incident, what it makes of the journal's entries, whole, open, odd or missing; and pages for people,
as text and as HTML, in one language and in both, and what must be escaped."""

import os
import sys
from datetime import datetime

import pytest

DEADLINE = {"deadline": "2026-11-24T03:02:00.000Z"}


@pytest.fixture(scope="module")
def parts(build):
    """The modules of facility-record, as they were built."""
    sys.path.insert(0, os.path.abspath(f"{build}/facility-record.d"))
    from facility_record import cells, page, record, sheet
    yield type("Parts", (), {"cells": cells, "page": page, "record": record, "sheet": sheet})
    sys.path.pop(0)


def seconds(text):
    return datetime.fromisoformat(text).timestamp()


def step(id_, **members):
    return {"id": id_, "clause": "2.1", "applies": "yes", "time": None, **members}


def alert(incident, **payload):
    return {"sequence": 9, "kind": "alert", "time": "t9", "payload": {"v": 1, "event": "closed", "incident": incident,
                                                                     **payload}}


def test_closed(parts):
    """Deadlines are a minute after the raise."""
    incident = {
        "id": "2-f3-a", "state": "closed", "raised": "2026-11-24T03:01:00.000Z", "closed": "2026-11-24T03:05:00.000Z",
        "returned": None, "acknowledged": {"time": "2026-11-24T03:01:12.500Z", "by": "li"}, "steps": [
            step("kept", **DEADLINE, status="done") | {"time": "2026-11-24T03:01:40.000Z"},
            step("late", **DEADLINE, status="skipped") | {"time": "2026-11-24T03:02:30.500Z"},
            step("free", deadline=None, status="done") | {"time": "2026-11-24T03:04:00.000Z"},
            step("left", **DEADLINE, status="open")]}
    made = parts.record.make([alert(incident)], "now", seconds("2026-11-25T00:00:00Z"))
    assert made["open"] is False
    # An undone step was late until the incident was closed, not until now.
    assert made["reaction"] == {"acknowledged_s": 12.5, "returned_s": None, "closed_s": 240.0, "kept": 1, "missed": 2,
                                "latest": {"step": "left", "late_s": 180.0}}
    assert [[s[key] for key in ("kept", "late_s", "after_s", "allowed_s")] for s in made["incident"]["steps"]] == [
        [True, None, 40.0, 60.0], [False, 30.5, 90.5, 60.0], [None, None, 180.0, None], [False, 180.0, None, 60.0]]


@pytest.mark.parametrize("now, applies, status, kept", [
    ("2026-11-24T03:01:59Z", "yes", "open", None),
    ("2026-11-24T03:02:01Z", "yes", "open", False),
    ("2026-11-24T03:02:01Z", "unknown", "accepted", False),
    ("2026-11-24T03:02:01Z", "yes", "failed", False),
    ("2026-11-24T03:02:01Z", "no", "open", None),
])
def test_open(parts, now, applies, status, kept):
    """Late only once the deadline has passed; what does not apply has none to keep."""
    incident = {"state": "active-unacknowledged", "raised": "2026-11-24T03:01:00Z",
                "steps": [step("s", **DEADLINE, status=status) | {"applies": applies}]}
    made = parts.record.make([alert(incident)], "now", seconds(now))
    assert made["open"] is True and made["incident"]["steps"][0]["kept"] is kept


def test_timeline(parts):
    made = parts.record.make([
        alert({"state": "x", "steps": [step("s", status="done", action={"state": "done"})]}, event="step", step="s"),
        {"sequence": 2, "kind": "teleported", "time": "t2", "payload": "no document"},
        {"sequence": 3, "kind": "notify", "time": "t3", "payload": {"event": "raised", "role": {"id": "r"}, "level": 2,
                                                                   "steps": [{"id": "a"}, {"id": "b"}]}},
        alert({"state": "y"}, event="beamed-up", whither={"zh": "x"})], "now", 0)
    first, second, third = made["timeline"]
    assert first["status"] == "done" and first["action"] == {"state": "done"} and "incident" not in first
    assert second["payload"] == "no document"
    assert (third["event"], third["whither"], third["state"]) == ("beamed-up", {"zh": "x"}, "y")  # of a newer facilityd
    assert made["notices"] == [{"sequence": 3, "event": "raised", "role": {"id": "r"}, "level": 2, "steps": ["a", "b"]}]


@pytest.mark.parametrize("entries", [
    [], [{}], [[]], [{"kind": "alert"}], [{"kind": "alert", "payload": {"incident": 7}}],
    [{"kind": "notify", "payload": {"steps": 3, "role": []}}],
    [{"kind": "alert", "payload": {"event": "action", "incident": {"steps": [7, {"deadline": "x", "roles": [1]}],
                                                                   "causes": [8], "acknowledged": []}}}],
])
def test_odd(parts, entries):
    """Nothing is there, or nothing is as it should be: a record all the same, and a page of it."""
    made = parts.record.make(entries, "now", seconds("2026-11-24T03:01:59Z"))
    assert made["open"] is True
    page = parts.sheet.Sheet(made).page
    assert "Head" in page.as_text("en", False) and page.as_html(["zh", "en"]).endswith("</html>\n")


@pytest.fixture
def page(parts):
    cell = parts.cells.Cell
    made = parts.page.Page(cell("停水", "Water loss"), True)
    made.lines.append(cell("一行", "one line"))
    made.add(cell("时间线", "Time line"), (cell("时间", "TIME"), cell("内容", "WHAT")),
             [(parts.cells.same("03:01"), cell("<b>\"&'", "a\x01z\n<script>"))])
    return made


def test_text(page):
    assert page.as_text("en", False) == ("*** DRILL, no real incident ***\nWater loss\none line\n\n"
                                         "== Time line\nTIME   WHAT\n03:01  a?z?<script>\n")
    assert "\033[2mTIME   WHAT\033[0m\n" in page.as_text("en", True)
    chinese = page.as_text("zh", False)
    assert "演练" in chinese and "== 时间线\n时间   内容\n03:01  <b>" in chinese


def test_html(page):
    text = page.as_html(["en"])
    assert "<td>03:01</td>" in text and '<span lang="en">a?z\n&lt;script&gt;</span>' in text
    assert "<script>" not in text and "停水" not in text and "DRILL" in text
    text = page.as_html(["zh"])
    assert '<span lang="zh">&lt;b&gt;&quot;&amp;&#39;</span>' in text and "Water loss" not in text
    text = page.as_html(["en", "zh"])
    assert '<html lang="en">' in text and '<h1><span lang="zh">停水</span><span lang="en">Water' in text


@pytest.mark.parametrize("duration, zh, en", [
    (0, "0.0 秒", "0.0 s"), (3.14, "3.1 秒", "3.1 s"), (9.6, "10 秒", "10 s"), (59.4, "59 秒", "59 s"),
    (59.6, "1 分 0 秒", "1 min 0 s"), (130, "2 分 10 秒", "2 min 10 s"), (3900, "1 小时 5 分", "1 h 5 min"),
    (180000, "2 天 2 小时", "2 d 2 h"), (None, "—", "—"), (True, "—", "—"),
])
def test_durations(parts, duration, zh, en):
    assert parts.cells.duration(duration) == (zh, en)


def test_clauses_are_in_the_plans_order(parts):
    assert sorted(["2.10", "2.9", "10.1", "2.1", ""], key=parts.sheet.clause_order) == ["", "2.1", "2.9", "2.10", "10.1"]
