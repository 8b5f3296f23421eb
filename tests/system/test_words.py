"""One table of words, core/words: every language has all of it, and every surface takes its words from there."""

import glob
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from stage import ROOT

sys.path.insert(0, os.path.join(ROOT, "core/words"))
import words as table  # noqa: E402 (the table is in no package)

TOPIC_GROUPS = ("event", "write", "severity", "state", "status", "action", "output", "mode", "quality", "reason")
# What is said of an event, a state or a severity by whoever invents a word of his own.
OTHERS = ("特急", "特别重大", "重大", "较大", "已关闭", "演习", "步骤超时", "逐级上报", "升级处理", "逾期未完成", "未办成",
          "反复触发", "频繁抖动", "检修中", "EXERCISE")
SURFACES = ("ctl", "dashboard/src", "examples", "sim", "daemon", "docs/mqtt.md", "docs/notifications.md")
# Names and sentences of a made-up building, not words of a surface.
EXEMPT = re.compile(r"_test\.|bench|/test_|\.sim$|/words\.py$|package-lock|\.json$|\.png$")


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def surface_files():
    listed = subprocess.run(["git", "ls-files", *SURFACES], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for path in listed.splitlines() if not EXEMPT.search(path)]


def tool(name, root, *arguments):
    return subprocess.run([sys.executable, os.path.join(root, "core/words", name), *arguments], cwd=root,
                          capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path):
    """The table and what is filled from it, to be changed."""
    for path in ("core/words", "docs", "examples", "config/broker", "ctl"):
        shutil.copytree(os.path.join(ROOT, path), tmp_path / path, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def change(copy, name, old, new):
    path = copy / "core/words" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_language_has_every_word():
    assert tool("words.py", ROOT, "check").returncode == 0


def sources(folder):
    return "\n".join(read(os.path.relpath(path, ROOT)) for path in
                     sorted(glob.glob(os.path.join(ROOT, folder, "*.c"))) if not path.endswith("_test.c"))


def holes(text):
    """A text with all that is filled in made alike, of C or of the table."""
    return re.sub(r"%(?:\d*)?z?[a-z]|\{\w+\}", "{}", text)


def test_every_reason_for_a_person_is_in_the_table():
    """What commands say of a failure is said in every language."""
    groups = table.read()
    people = sources("daemon/people")
    refusals = re.findall(r'command_refuse\(\s*error,\s*"((?:[^"\\]|\\.)+)"', people)
    refusals += re.findall(r'(?:return|\?|:) "((?:[^"\\]|\\.)+)";', people)
    refusals += re.findall(r'snprintf\(\s*why, \w+,\s*"((?:[^"\\]|\\.)+)"', people)
    refusals = [text.replace("unknown %s", f"unknown {what}") for text in refusals
                for what in re.findall(r'command_refuse_unknown\(error, "(\w+)"', people)]
    known = {holes(text) for text in groups["refusal"]}
    told = {holes(text.replace('\\"', '"').replace('"{}"{}{}{}', '"{}"')) for text in refusals}
    told = {re.sub(r'"\{\}"(\{\})+$', '"{}"', text) for text in told} - {"{}"}
    missing = {text for text in told if text not in known and
               not any(re.fullmatch(re.escape(k).replace(r"\{\}", ".+"), text) for k in known)}
    assert len(told) > 20 and not missing


@pytest.mark.parametrize("old, new, complaint", [
    ("reminder = 催办\n", "", '[event] lacks "reminder" of core/words/en.conf'),
    ("reminder = 催办\n", "reminder = 催办\nsang = 唱歌\n", '[event] has "sang", which core/words/en.conf lacks'),
    ("reminder = 催办\n", "reminder = 催办\nreminder = 催\n", '[event] has "reminder" already'),
    ("第 {level} 级（共 {levels} 级）：{why}", "第 {level} 级：{why}", "fills in other {names} than core/words/en.conf"),
    ("[mark]\n", "[brand]\n", '[mark] lacks "drill"'),
    ("reminder = 催办\n", "reminder =\n", "\"reminder\" has no text"),
])
def test_what_one_language_lacks_is_an_error_with_its_line(copy, old, new, complaint):
    change(copy, "zh.conf", old, new)
    done = tool("words.py", copy, "check")
    assert done.returncode == 1 and complaint in done.stderr
    assert re.match(r"core/words/zh\.conf:\d+: ", done.stderr)


def test_a_verb_without_its_row_is_an_error(copy):
    change(copy, "verbs.table", "over = operator incident [note]\n", "")
    done = tool("words.py", copy, "check")
    assert done.returncode == 1 and '"over" stands here or in [verb] only' in done.stderr


def test_files_that_carry_a_part_of_it_are_current():
    done = tool("fill.py", ROOT, "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_language_more_needs_no_other_file(copy):
    text = (copy / "core/words/en.conf").read_text(encoding="utf-8")
    (copy / "core/words/fr.conf").write_text(text.replace("name = English", "name = Français"), encoding="utf-8")
    for maker in ("enums", "rows", "json"):
        done = tool("words.py", copy, maker, str(copy / maker))
        assert done.returncode == 0, done.stderr
    assert "LANGUAGE_FR" in (copy / "enums").read_text(encoding="utf-8")
    assert json.loads((copy / "json").read_text(encoding="utf-8"))["language"]["name"]["fr"] == "Français"


@pytest.fixture
def added(copy):
    """An event and a verb more in the table, and nothing else by hand."""
    for name, event, verb in (("en.conf", "sang = sang a song", "sing = somebody sings"),
                              ("zh.conf", "sang = 唱过歌", "sing = 有人唱歌")):
        change(copy, name, "[event]\n", f"[event]\n{event}\n")
        for group in ("verb", "usage", "button"):
            change(copy, name, f"\n[{group}]\n", f"\n[{group}]\n{verb if group == 'verb' else 'sing = INCIDENT [NOTE]'}\n")
    change(copy, "verbs.table", "ack = operator", "sing = engineer incident [note]\nack = operator")
    assert tool("words.py", copy, "check").returncode == 0
    # The manuals get a line behind the one before; the first has none.
    for name in ("en.conf", "zh.conf"):
        path = copy / "core/words" / name
        lines = path.read_text(encoding="utf-8").splitlines()
        start = lines.index("[verb]")
        lines[start + 1], lines[start + 2] = lines[start + 2], lines[start + 1]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = tool("fill.py", copy)
    assert done.returncode == 0, done.stderr
    return copy


def test_a_new_event_is_known_to_every_surface(added):
    for path in ("docs/schemas/alert.json", "docs/schemas/notify.json"):
        assert '"sang"' in (added / path).read_text(encoding="utf-8"), path
    assert "唱过歌" in (added / "examples/notify-bridge/words.py").read_text(encoding="utf-8")
    assert "唱过歌" in (added / "examples/node-red/flows.json").read_text(encoding="utf-8")
    assert "| `sang` | sang a song |" in (added / "docs/mqtt.md").read_text(encoding="utf-8")
    for maker, found in (("enums", "TRANSITION_SANG,"), ("rows", '{ "sang", { "唱过歌", "sang a song" } }'), ("json", "唱过歌")):
        assert tool("words.py", added, maker, str(added / "made")).returncode == 0
        assert found in (added / "made").read_text(encoding="utf-8"), maker


def test_a_new_verb_is_known_to_every_surface(added):
    assert '"sing"' in (added / "config/broker/facility-broker").read_text(encoding="utf-8")
    assert "[sing]=" in (added / "ctl/facilityctl.bash").read_text(encoding="utf-8")
    assert ".It Cm sing Ar incident Op Ar note\nSomebody sings.\n" in (added / "docs/facilityctl.1").read_text(encoding="utf-8")
    assert "| `sing` | `incident`, `[note]` | somebody sings |" in (added / "docs/mqtt.md").read_text(encoding="utf-8")
    assert tool("words.py", added, "orders", str(added / "made")).returncode == 0
    assert '[ORDER_SING] = { "incident [note]", WHO_ENGINEER,' in (added / "made").read_text(encoding="utf-8")


def test_no_surface_has_a_word_of_its_own():
    """Neither another word for what the table has, nor the table's own typed in again."""
    words = table.read()
    chinese = {texts["zh"] for group in TOPIC_GROUPS for texts in words[group].values() if len(texts["zh"]) > 1}
    found = []
    for path in surface_files():
        for number, line in enumerate(read(path).splitlines(), 1):
            typed = re.sub(r"\bWORD_[A-Z0-9_]+", "", line)  # a row of the table has its name of the text
            quoted = re.findall(r'["\'`>]([^"\'`<>]*[\u4e00-\u9fff][^"\'`<>]*)["\'`<]', line)
            found += [f"{path}:{number}: {text}" for text in quoted if text in chinese]
            found += [f"{path}:{number}: {word}" for word in OTHERS if word in typed]
    assert not found, "take them from core/words:\n" + "\n".join(found)


def test_surfaces_have_no_chinese_but_the_tables():
    """Where every text is in the table, none stands beside it."""
    found = [path for path in surface_files() if path.startswith(("ctl/", "dashboard/src/", "examples/", "daemon/"))
             and re.search("[\u4e00-\u9fff]", read(path))]
    assert not found, f"take the words of {found} from core/words"


def test_the_page_uses_every_word_of_its_own_and_no_other():
    source = "".join(read(path) for path in surface_files() if path.startswith("dashboard/src"))
    own = set(table.read()["page"])
    used = set(re.findall(r"\bt\(\s*\"(\w+)\"", source))
    assert used <= own, f"not in [page]: {used - own}"
    unused = {word for word in own if not re.search(rf"[\"']{word}[\"']", source)}
    # These are put together: the kinds of a report, what is asked before a switch, or of what was taken back.
    assert unused <= {"reportKind", "drillKind", "outOfServiceKind", "releaseAsk", "restoreAsk", "adoptAsk", "discardAsk"}


def test_what_is_filled_in_has_a_name():
    """A number says nothing to whoever translates. Troubles count in numbers, and the page fills in by place."""
    numbered = [f"[{group}] {key}: {text}" for group, rows in table.read().items() if group not in ("trouble", "page")
                for key, texts in rows.items() for text in (key, *texts.values()) if re.search(r"\{\d*\}", text)]
    assert not numbered


def test_every_cause_is_the_programs():
    """Outputs, journal, link and configuration say why by an id: each of the table is somebody's."""
    words, code = table.read(), "\n".join(map(sources, ("daemon", "daemon/*", "daemon/*/*", "link", "link/*", "config")))
    for group in ("write-refusal", "cause"):
        unused = [word for word in words[group]
                  if f"WORD_{table.identifier(group)}_{table.identifier(word)}" not in code]
        assert not unused, f"nobody says of [{group}]: {unused}"
