"""The parts of facilityctl, each alone: which module may use which, tables, what is typed, documents as they come."""

import ast
import glob
import importlib
import os
import sys
from types import SimpleNamespace

import pytest
from stage import ROOT

PACKAGE = os.path.join(ROOT, "ctl/facilityctl")


@pytest.fixture
def part(build):
    """A module of the program, as it is installed."""
    sys.path.insert(0, os.path.join(ROOT, build, "facilityctl"))
    yield lambda name: importlib.import_module(f"facilityctl.{name}")
    sys.path.pop(0)


# Modules ----------------------------------------------------------------------

def modules():
    return {os.path.relpath(path, PACKAGE)[:-3].replace("/", "."): path for path in
            glob.glob(f"{PACKAGE}/**/*.py", recursive=True) if not path.endswith("__init__.py")}


def imported(path, known):
    """Also what is imported only when it is needed."""
    with open(path, encoding="utf-8") as file:
        for node in ast.walk(ast.parse(file.read())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "facilityctl":
                below = node.module.removeprefix("facilityctl").lstrip(".")
                names = {".".join(filter(None, (below, alias.name))) for alias in node.names} | {below}
                yield from names & known.keys()


def test_no_module_uses_itself_by_another():
    known = modules()
    uses = {name: set(imported(path, known)) for name, path in known.items()}
    assert "broker" in uses["exchange"] and "tools.registers" in uses["tools.probe"]
    while leaves := [name for name, used in uses.items() if not used]:
        for leaf in leaves:
            del uses[leaf]
        for used in uses.values():
            used.difference_update(leaves)
    assert not uses, "a circle"


def test_tools_and_records_know_nothing_of_each_other():
    known = modules()
    for name, path in known.items():
        folder, others = name.split(".")[0], {"record": "tools.", "tools": "record."}
        if folder in others:
            assert not [used for used in imported(path, known) if used.startswith((others[folder], "main"))], name


# Tables -----------------------------------------------------------------------

@pytest.mark.parametrize("text, columns", [
    ("", 0), ("water", 5), ("停水", 4), ("f3 三层", 7), ("“停水”，", 8), ("e\u0301", 1)])
def test_width(part, text, columns):
    assert part("table").width(text) == columns


def test_what_moves_the_cursor_is_made_harmless(part):
    lines = part("table").table([["A", "B"], ["x\033[2J\n", "\x9b2J"]], ["dim", "red"])
    assert list(lines) == ["\033[2mA       B\033[0m\n", "\033[1;31mx?[2J?  ?2J\033[0m\n"]


# What is typed ----------------------------------------------------------------

def test_until_is_for_facilityd_to_understand(part):
    assert part("order").request_of("shelve", ["2-f3", "30 min", "why"]) == {"incident": "2-f3", "until": "30 min", "note": "why"}


@pytest.mark.parametrize("verb, words", [
    *(("report", [text, "f3"]) for text in ("", "two", "2.0", "1_0", "9" * 30)),
    *(("report", ["2", "f3", "", text]) for text in ("trapped", "trapped=", "=yes", "a=yes,,b=no")),
    ("ack", ["\udcff"]),
])
def test_what_cannot_be_meant_is_wrong_use(part, verb, words):
    failed = part("failed")
    with pytest.raises(failed.Wrong):
        part("order").request_of(verb, words)


def test_a_report_brings_answers(part):
    request = part("order").request_of("report", ["6", "lift", "a child", "trapped=yes,hurt=unknown"])
    assert request["answers"] == {"trapped": "yes", "hurt": "unknown"}
    assert part("order").request_of("answer", ["6-lift", "trapped", "no"]) == {
        "incident": "6-lift", "fact": "trapped", "answer": "no"}


def test_a_note_that_is_not_given_is_not_sent(part):
    assert part("order").request_of("report", ["2", "f3"]) == {"type": 2, "zone": "f3"}


@pytest.mark.parametrize("environment, language", [
    ({"LANG": "zh_CN.UTF-8"}, "zh"), ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
    ({"LC_ALL": "zh", "LC_MESSAGES": "en"}, "zh"), ({"LC_ALL": "", "LANG": "zh"}, "zh"), ({"LANG": "fr_FR"}, "en"), ({}, "en")])
def test_language_of_the_locale(part, monkeypatch, environment, language):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    options, words = part("options").parse(["--socket=/x", "points", "--json"])
    assert (options.language, options.both, options.socket, words) == (language, True, "/x", ["points", "--json"])
    options, _ = part("options").parse(["--lang", "zh"])
    assert (options.language, options.both) == ("zh", False)


# Documents --------------------------------------------------------------------

def name(text):
    return {"zh": f"〔{text}〕", "en": text}


ALERT = {
    "time": "2026-11-24T03:05:09.250+08:00", "event": "raised", "drill": True, "user": "li", "note": "no water",
    "incident": {
        "id": "2-f3-1b3xk", "name": name("Water loss"), "zone_name": name("Floor 3"), "severity": "high",
        "causes": [{"name": name("dry"), "readings": [{"name": name("pressure"), "value": 0.25, "unit": "bar"},
                                                      {"name": name("valve"), "text": name("shut"), "value": 1},
                                                      {"name": name("flow"), "value": None}]}],
        "steps": [{"id": "cut", "clause": "2.1", "status": "open", "text": name("cut it"), "applies": "yes",
                   "by": [name("property")], "tell": [name("security"), name("centre")], "deadline": "2026-11-24T03:10:09.250+08:00",
                   "action": {"state": "failed", "name": name("cut the boilers"), "outputs": [
                       {"name": name("boiler"), "text": name("off"), "state": "unproven", "error": "is locked"}]}},
                  {"id": "gone", "text": name("not this"), "applies": "no"}]}}


def test_an_alert(part):
    show = part("show").Show(SimpleNamespace(language="en", colour=False))
    assert "".join(show.alert(ALERT)) == """\
03:05:09 [drill] ▲ RAISED HIGH  Water loss · Floor 3  2-f3  by li: no water
           because dry
             pressure: 0.25 bar
             valve: shut
             flow: no value
           [ ] 2.1   cut it  — property; told: security, centre (by 03:10:09)  cut
             ✘ cut the boilers: FAILED
               boiler → off ? NOT PROVED: is locked
"""


FACT = {"id": "trapped", "question": name("is anybody inside?"), "ask": [name("desk")], "value": "unknown", "by": None,
        "asked": True, "deadline": "2026-11-24T03:07:09.250+08:00"}
WAITS = {"id": "calm", "clause": "6.1", "status": "open", "text": name("calm them"), "fact": "trapped", "applies": "unknown"}


def test_a_question_and_its_answer(part):
    """What nobody has said is no step yet, but a question: whose, and until when."""
    show = part("show").Show(SimpleNamespace(language="en", colour=False))
    asked = {**ALERT, "incident": {**ALERT["incident"], "causes": [], "facts": [FACT], "steps": [WAITS]}}
    text = "".join(show.alert(asked))
    assert "           ? is anybody inside? not answered  — desk (by 03:07:09)  trapped\n" in text and "calm" not in text
    answered = {**FACT, "value": "no", "by": "li", "asked": False}
    said = {**asked, "event": "fact", "fact": "trapped", "note": "", "incident": {**asked["incident"], "facts": [answered]}}
    assert "".join(show.alert(said)) == """\
03:05:09 [drill] ? a question and its answer  Water loss · Floor 3  2-f3  by li
           ? is anybody inside? no by li  — desk  trapped
"""


def test_an_alert_in_colour_and_chinese(part):
    show = part("show").Show(SimpleNamespace(language="zh", colour=True))
    text = "".join(show.alert(ALERT))
    assert "\033[2m03:05:09 \033[0m" in text and "\033[1m2-f3\033[0m" in text and "〔Water loss〕 · 〔Floor 3〕" in text
    assert "\033[1;31m▲ " in text and "not this" not in text and "dry]" not in text


@pytest.mark.parametrize("text", ["7", "null", "[]", "{}", '"x"', '{"incident": 7}', '{"incident": {"steps": [7, {}], "causes": 3}}',
                                  '{"event": [], "incident": {"id": 3, "name": "x", "severity": {}}}',
                                  '{"event": "beamed-up", "incident": {}}', "nonsense", "[" * 100000, '{"site": 3}'])
def test_no_document_stops_it(part, text):
    show = part("show").Show(SimpleNamespace(language="zh", colour=True))
    for lines in (show.alert, show.state, show.trouble, show.open_incident):
        shown = show.document(lines, text)
        assert shown.startswith("not a document: ") == (text[0] == "n" and text != "null" or text[:2] == "[[")
