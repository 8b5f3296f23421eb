"""The parts of facilityctl that print lists and records, each alone: times as people type them, CSV, the model of a record, cells and writers,
listings, statistics."""

import importlib
import os
import sys
import time

import pytest
from stage import ROOT

NOW = 1795489269.250  # 2026-11-24T03:01:09.250Z
HOUR = 3600


@pytest.fixture
def part(build):
    """A module of the program, as it is installed."""
    sys.path.insert(0, os.path.join(ROOT, build, "facilityctl"))
    yield lambda name: importlib.import_module(f"facilityctl.{name}")
    sys.path.pop(0)


@pytest.fixture
def zone(monkeypatch):
    def set_zone(name):
        monkeypatch.setenv("TZ", name)
        time.tzset()
    yield set_zone
    monkeypatch.undo()
    time.tzset()


# Times ------------------------------------------------------------------------

@pytest.mark.parametrize("text, begin, end", [
    ("2026-11-24", 1795449600, 1795449600 + 24 * HOUR),  # midnight in Shanghai is 16:00 UTC of the day before
    ("2026-11-24T03:00", 1795460400, None),
    ("2026-11-24 03:00", 1795460400, None),
    ("2026-11-24T03:00:05", 1795460405, None),
    ("2026-11-24T03:00:05Z", 1795489205, None),
    ("2026-11-24T11:00:05.250+08:00", 1795489205.25, None),
    ("7d", NOW - 168 * HOUR, None),
    ("12h", NOW - 12 * HOUR, None),
    ("30m", NOW - HOUR / 2, None),
    ("0d", NOW, None),
])
def test_times(part, zone, text, begin, end):
    zone("Asia/Shanghai")
    assert part("period").parse(text, NOW, False) == begin
    assert part("period").parse(text, NOW, True) == (end or begin)


def test_the_day_on_which_the_clocks_go_back_has_25_hours(part, zone):
    zone("Europe/Berlin")
    parse = part("period").parse
    assert parse("2026-10-25", NOW, True) - parse("2026-10-25", NOW, False) == 25 * HOUR


@pytest.mark.parametrize("text", [
    "", "d", "7", "-7d", "7days", "7w", "+7d", "999999999d", "2026-11", "2026-13-01", "2026-02-30", "2026-11-24T",
    "2026-11-24T25:00", "2026-1-2", "yesterday", "2026-11-24T03:00x", "24.11.2026", "2026-W01-1", "20261124"])
def test_what_is_no_time(part, text):
    with pytest.raises(ValueError):
        part("period").parse(text, NOW, False)


# CSV --------------------------------------------------------------------------

def test_a_row_of_csv(part):
    incident = {"type": 2, "name": {"zh": "停水", "en": "Water"}, "zone": "f3", "severity": "high", "state": "closed"}
    entry = {"sequence": 17, "event_id": "e", "kind": "alert", "topic": "alert", "incident": "2-f3-a", "user": "li",
             "time": "t", "payload": {"event": "step", "drill": False, "step": "s", "note": "n", "replayed": True,
                                      "incident": incident}}
    assert part("record.sheet").row(entry) == \
        "17,t,alert,step,2-f3-a,2,停水,Water,f3,high,closed,false,,s,,,li,,n,true,alert,e\r\n"


@pytest.mark.parametrize("note, cell", [
    ("plain", "plain"), ("a,b", '"a,b"'), ('a"b', '"a""b"'), ("two\nlines", '"two\nlines"'), ("=1+1", "'=1+1"),
    ("+86 21", "'+86 21"), ("-5", "'-5"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("\r=1", "\"'\r=1\""),
    ('=a,"b"', "\"'=a,\"\"b\"\"\""), ("1-2", "1-2"), ({"a": [1]}, '"{""a"":[1]}"'), (-0.5, "-0.5"), (None, ""), (True, "true"),
])
def test_a_cell_of_csv(part, note, cell):
    assert part("record.sheet").row({"payload": {"note": note}}) == f",,,,,,,,,,,,,,,,,,{cell},,,\r\n"


def test_csv_of_what_is_no_document(part):
    assert part("record.sheet").row({"sequence": 1, "payload": "no document"}) == "1" + "," * 21 + "\r\n"


# The model --------------------------------------------------------------------

RAISED, DEADLINE = "2026-11-24T03:01:00.000Z", "2026-11-24T03:02:00.000Z"


def step(name, **members):
    return {"id": name, "clause": "2.1", "applies": "yes", **members}


CLOSED = {"sequence": 9, "kind": "alert", "time": "t9", "payload": {
    "v": 1, "id": "e", "seq": 9, "event": "closed", "time": "t", "drill": False, "site": {"id": "centre"}, "step": None,
    "user": "li", "note": "", "new": 7, "incident": {
        "id": "2-f3-a", "state": "closed", "raised": RAISED, "closed": "2026-11-24T03:05:00.000Z", "returned": None,
        "acknowledged": {"time": "2026-11-24T03:01:12.500Z", "by": "li"}, "steps": [
            step("kept", deadline=DEADLINE, status="done", time="2026-11-24T03:01:40.000Z"),
            step("late", deadline=DEADLINE, status="skipped", time="2026-11-24T03:02:30.500Z"),
            step("free", deadline=None, status="done", time="2026-11-24T03:04:00.000Z"),
            step("left", deadline=DEADLINE, status="open", time=None)]}}}


def test_a_closed_incident(part):
    model = part("record.model")
    record = model.make([CLOSED], model.seconds("2026-11-25T00:00:00Z"), "now")
    steps = record["incident"]["steps"]
    assert record["open"] is False and record["made"] == "now" and record["site"] == {"id": "centre"}
    assert record["reaction"] == {"acknowledged_s": 12.5, "returned_s": None, "closed_s": 240.0, "kept": 1, "missed": 2,
                                  "latest": {"step": "left", "late_s": 180.0}}  # late until it was closed, not until now
    assert [one["kept"] for one in steps] == [True, False, None, False]
    assert (steps[0]["after_s"], steps[0]["allowed_s"], steps[0]["late_s"]) == (40, 60, None)
    assert steps[1]["late_s"] == 30.5 and steps[2]["allowed_s"] is None and steps[3]["after_s"] is None
    assert "kept" not in CLOSED["payload"]["incident"]["steps"][0]  # what came is left as it is


def test_questions_and_answers(part):
    """Who said what when, and what was only assumed."""
    payload = CLOSED["payload"]
    facts = [{"id": "hurt", "question": {"zh": "有人受伤吗？", "en": "Is anybody hurt?"}, "value": "no", "assumed": False,
              "by": "li", "time": "2026-11-24T03:01:00.000Z", "deadline": None, "note": "I asked"},
             {"id": "fled", "question": {"zh": "已离开吗？", "en": "Has he fled?"}, "value": "no", "assumed": True,
              "by": "facilityd", "time": "2026-11-24T03:02:00.000Z", "deadline": None, "note": ""}]
    entry = {**CLOSED, "payload": {**payload, "event": "fact", "fact": "hurt", "incident": {**payload["incident"], "facts": facts}}}
    record = part("record.model").make([entry], 0, "now")
    assert record["timeline"][0]["answer"] == "no"
    page = part("record.page").Page(record)
    rows = next(rows for title, _, rows in page.sections if title == "facts")
    assert [row[0]["en"] for row in rows] == ["no", "no (assumed: nobody had answered)"]
    assert rows[0][1]["en"] == "li" and rows[0][4]["zh"] == "有人受伤吗？ 备注：I asked"
    assert "Is anybody hurt? no" in page.event(record["timeline"][0])[-1]["en"]


def test_what_it_held_until_who_put_it_back(part):
    def alert(time, user, *claims):
        return {"kind": "alert", "payload": {"event": "action", "time": time, "user": user,
                                             "incident": {"state": "closed", "claims": list(claims)}}}

    def claim(output, proved=None):
        return {"output": output, "step": "cut", "value": 0, "since": "1", "proved": proved}

    restored = {"kind": "restored", "payload": {"event": "restored", "time": "8", "user": "li", "output": "b", "step": "cut",
                                                "value": 0, "note": "still held by 12-f3-x"}}
    made = part("record.model").make([alert("1", "facilityd", claim("a"), claim("b")), alert("2", "facilityd", claim("a", "2"), claim("b")),
                                      alert("5", "wu", claim("b")), alert("7", "wu", claim("a"), claim("b")), restored], NOW, "now")
    assert [(one["output"], one["proved"], one["until"], one["by"], one["note"]) for one in made["claims"]] == \
        [("a", "2", "5", "wu", ""), ("b", None, "8", "li", "still held by 12-f3-x"), ("a", None, None, None, "")]
    section = next(rows for title, _, rows in part("record.page").Page(made).sections if title == "claims")
    assert [row[-1]["zh"] for row in section] == ["", "仍被 12-f3-x 占用", ""]


@pytest.mark.parametrize("now, applies, status, kept", [
    ("2026-11-24T03:01:59Z", "yes", "open", None),
    ("2026-11-24T03:02:01Z", "yes", "open", False),
    ("2026-11-24T03:02:01Z", "unknown", "accepted", False),
    ("2026-11-24T03:02:01Z", "yes", "failed", False),
    ("2026-11-24T03:02:01Z", "no", "open", None),
])
def test_an_open_step_is_late_once_its_deadline_has_passed(part, now, applies, status, kept):
    model = part("record.model")
    incident = {"state": "active-unacknowledged", "raised": RAISED,
                "steps": [{"deadline": DEADLINE, "applies": applies, "status": status, "time": None}]}
    record = model.make([{"kind": "alert", "payload": {"event": "raised", "incident": incident}}], model.seconds(now), "")
    assert record["open"] is True and record["incident"]["steps"][0]["kept"] is kept


def test_the_time_line_keeps_what_it_does_not_know(part):
    action = {"state": "done"}
    entries = [
        {"sequence": 1, "kind": "alert", "time": "t1", "payload": {"event": "step", "step": "s", "incident": {
            "state": "x", "steps": [{"id": "s", "status": "done", "action": action}]}}},
        {"sequence": 2, "kind": "teleported", "time": "t2", "payload": "no document"},
        {"sequence": 3, "kind": "notify", "time": "t3", "payload": {"event": "raised", "role": {"id": "r"}, "level": 2,
                                                                    "steps": [{"id": "a"}, {"id": "b"}]}},
        {"sequence": 4, "kind": "alert", "time": "t4", "payload": {"event": "beamed-up", "whither": {"zh": "x"},
                                                                   "incident": {"state": "y"}}}]
    record = part("record.model").make(entries, 0, "")
    first, second, third = record["timeline"]
    assert (first["status"], first["action"]) == ("done", action) and "incident" not in first
    assert second["payload"] == "no document"
    assert (third["event"], third["whither"], third["state"]) == ("beamed-up", {"zh": "x"}, "y")
    assert record["notices"][0]["steps"] == ["a", "b"] and record["notices"][0]["level"] == 2


@pytest.mark.parametrize("entries", [
    [], [{}], [{"kind": "alert"}], [[]], [None], [7], [{"kind": "alert", "payload": {"incident": 7}}],
    [{"kind": "notify", "payload": 7}],
    [{"kind": "alert", "payload": {"incident": {"steps": [7, {"deadline": "x"}], "causes": 7, "name": 7, "type": "x"}}}]])
def test_nothing_is_as_it_should_be(part, entries):
    record = part("record.model").make(entries, 0, "")
    page = part("record.page").Page(record)
    assert "".join(part("record.write").text(page, "zh", False))
    assert "".join(part("record.write").page_html(page, ("zh", "en"), "en")).endswith("</html>\n")


# Cells and writers --------------------------------------------------------------

@pytest.mark.parametrize("seconds, zh, en", [
    (0, "0.0 秒", "0.0 s"), (3.14, "3.1 秒", "3.1 s"), (9.6, "10 秒", "10 s"), (59.4, "59 秒", "59 s"),
    (59.6, "1 分 0 秒", "1 min 0 s"), (130, "2 分 10 秒", "2 min 10 s"), (3900, "1 小时 5 分", "1 h 5 min"),
    (180000, "2 天 2 小时", "2 d 2 h"), (None, "—", "—")])
def test_durations(part, seconds, zh, en):
    cell = part("record.page").duration(seconds)
    assert (cell["zh"], cell["en"]) == (zh, en)


def test_what_the_machine_notes_is_said_in_the_language(part):
    said = part("words").said
    assert said("note", "level 2 of 3: a step is overdue")["zh"] == "第 2 级（共 3 级）：有步骤逾期"
    assert said("note", "level 2 of 3: the cat")["zh"] == "第 2 级（共 3 级）：the cat"
    assert said("note", "nobody of desk, windows is on duty")["zh"] == "desk, windows 无人值班"
    assert said("refusal", "expired")["zh"] == "命令已过期"
    assert said("note", "")["zh"] == ""
    assert said("note", "level 2 of the garage")["zh"] == "level 2 of the garage"
    assert said("write-refusal", "not armed")["zh"] == "未启用"


def test_a_table_is_as_wide_as_what_a_terminal_shows(part):
    lines = list(part("table").table([["时间", "x"], ["abcdef", "\x1b[2J\x9b\t"]], ["dim"]))
    assert lines == ["\033[2m时间    x\033[0m\n", "abcdef  ?[2J??\n"]


class SmallPage:
    drill, title, lines = True, {"zh": "停水", "en": "Water loss"}, [{"zh": "一行", "en": "one line"}]
    sections = [("timeline", ["time", "what"], [[{"zh": "03:01", "en": "03:01"}, {"zh": "<b>\"&'", "en": "a\x01z\n<script>"}]])]


def test_text(part):
    text = "".join(part("record.write").text(SmallPage, "en", False))
    assert text == ("*** DRILL, no real incident ***\nWater loss\none line\n\n== Time line\nTIME   WHAT\n"
                    "03:01  a?z?<script>\n")


def test_html(part):
    write = part("record.write")
    text = "".join(write.page_html(SmallPage, ("en",), "en"))
    assert "<td>03:01</td>" in text and '<span lang="en">a?z\n&lt;script&gt;</span>' in text
    assert "<script>" not in text and "停水" not in text and "DRILL" in text
    text = "".join(write.page_html(SmallPage, ("zh",), "zh"))
    assert '<span lang="zh">&lt;b&gt;&quot;&amp;&#x27;</span>' in text and "Water loss" not in text
    assert '<h1><span lang="zh">停水</span><span lang="en">Water' in "".join(write.page_html(SmallPage, ("zh", "en"), "zh"))


def test_steps_are_in_the_order_of_the_plans_clauses(part):
    steps = [{"clause": clause} for clause in ("2.10", "2.9", "10.1", "2.1", "", "2.1")]
    assert [one["clause"] for one in part("record.page").in_order(steps)] == ["", "2.1", "2.1", "2.9", "2.10", "10.1"]


# Listings and statistics ---------------------------------------------------------

TROUBLES = [{"id": "mqtt", "since": "2026-11-24T03:01:09.250+08:00", "text": {"zh": "断开", "en": "gone"}},
            {"id": "bus.rs485", "since": None}]


def test_a_listing(part):
    rows, colours = part("record.lists").listing("troubles", TROUBLES, "zh")
    assert list(part("table").table(rows)) == ["开始            编号       系统故障\n", "11-24 03:01:09  mqtt       断开\n",
                                               "                bus.rs485  \n"]
    rows, colours = part("record.lists").listing("troubles", TROUBLES, "en")
    assert "\033[1;33m11-24 03:01:09  mqtt       gone\033[0m\n" in part("table").table(rows, colours)
    assert part("record.lists").listing("incidents", [], "en") == (None, "no incident is open")


@pytest.mark.parametrize("verb, document, row, colour", [
    ("incidents", {"id": "2-f3-1b3xk", "drill": True, "name": {"zh": "停水", "en": "Water loss"},
                   "zone_name": {"zh": "三层", "en": "Floor 3"}, "severity": "high", "state": "shelved-returned",
                   "raised": "2026-11-24T03:05:09.250+08:00", "steps": [{"status": "open", "applies": "yes"},
                                                                       {"status": "open", "applies": "no"},
                                                                       {"status": "done", "applies": "yes"}]},
     ["2-f3", "[演练] 停水", "三层", "高", "已搁置，情况已恢复", "1", "11-24 03:05:09"], "red"),
    ("points", {"id": "p", "name": {"zh": "压力", "en": "Pressure"}, "value": None, "text": None, "unit": "bar",
                "quality": "stale", "reason": "too old", "time": None}, ["p", "压力", "-", "过期: 数据过期", ""], "yellow"),
    ("points", {"id": "p", "name": {"zh": "压力", "en": "Pressure"}, "value": 3.25, "unit": "bar", "quality": "good"},
     ["p", "压力", "3.25 bar", "正常", ""], None),
    ("state", {"status": "online", "site": {"zh": "中心", "en": "Centre"}, "version": "1"}, ["在线", "中心", "1"], "green"),
    ("people", {"name": {"zh": "李", "en": "Li"}, "roles": [{"zh": "总台", "en": "Desk"}, {"zh": "物业", "en": "Property"}],
                "phone": "1", "on_duty": True, "until": None, "account": "li"}, ["李", "总台、物业", "1", "在岗", "", "li"], "green"),
])
def test_a_row_of_a_listing(part, verb, document, row, colour):
    rows, colours = part("record.lists").listing(verb, [document], "zh")
    assert (rows[1], colours[1]) == (row, colour)


@pytest.mark.parametrize("verb", ["incidents", "points", "troubles", "state", "people"])
def test_documents_that_are_none_do_not_break_a_listing(part, verb):
    rows, _ = part("record.lists").listing(verb, [7, None, {}, {"value": "x", "quality": [], "steps": 3, "name": [], "roles": [1]}], "en")
    assert len(rows) == 3


STATS = {"open": {"active": 3, "returned": 1, "unacknowledged": 2, "shelved": 0, "suppressed": 4,
                  "handed_over": 0, "drills": 1},
         "raised": {"last_10_min": 12, "last_hour": 14, "last_day": 20, "average_per_10_min": 0.139, "peak_10_min": 12,
                    "peak_time": "2026-11-24T03:01:09.250+08:00"},
         "flood": {"active": True, "since": "2026-11-24T03:00:00.000+08:00", "limit": 10, "percent_of_day": 1.5},
         "chattering": [{"rule": "leak-detected", "zone": "f3.tea", "raises": 7}],
         "standing": [{"incident": "2-f3-1", "since": "2026-11-24T01:00:00.000+08:00"}], "stale": [],
         "most_frequent": [{"type": 16, "zone": "f3.tea", "raises": 9}]}


def test_statistics(part):
    assert list(part("record.stats").lines([STATS], "en")) == [
        "Open: 3 active, 2 not acknowledged, 1 over, 0 shelved, 4 suppressed, 0 handed over, 1 drills",
        "Raised: 12 in the last 10 minutes, 14 in the last hour, 20 in the last day",
        "Average in 10 minutes: 0.139: very likely to be acceptable (at most 1)",
        "Most in 10 minutes: 12 (11-24 03:01:09): too many (more than 10)",
        "Flood: since 11-24 03:00:00; of the day 1.5 %: too much (more than 1 %)",
        "Chattering rules (there should be none): ", "  leak-detected  f3.tea  7",
        "Standing: ", "  2-f3-1  since 11-24 01:00:00", "Stale (should be fewer than 5): none",
        "Most frequent of the day: ", "  16-f3.tea  9"]
    chinese = "\n".join(part("record.stats").lines([STATS], "zh"))
    for text in ("12 起（最近 10 分钟），14 起（最近 1 小时）", "每 10 分钟平均 0.139: 很可能可以接受（≤1）\n",
                 "告警泛滥，开始于 11-24 03:00:00；占一天的 1.5 %: 过多", "久未处理（应少于 5 起）：无\n"):
        assert text in chinese


@pytest.mark.parametrize("average, words", [
    (0, "acceptable"), (1, "acceptable"), (1.001, "manageable"), (2, "manageable"), (2.5, "over-demanding"),
    (5, "over-demanding"), (28, "very likely to be unacceptable")])
def test_what_the_guides_say_of_an_average(part, average, words):
    line = list(part("record.stats").lines([{"raised": {"average_per_10_min": average}}], "en"))[2]
    assert line.startswith("Average") and words in line


@pytest.mark.parametrize("documents", [[], [7], [{"open": 3, "stale": [1, {}], "chattering": {}, "flood": []}]])
def test_statistics_that_are_none_do_not_break_it(part, documents):
    assert len(list(part("record.stats").lines(documents, "zh"))) >= 9
