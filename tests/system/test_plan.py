"""The shipped procedures against the plan's clauses (tests/clauses.tsv): promise 12."""

import glob
import os
import re
import shutil
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ETC = os.path.join(ROOT, "config/etc")
CHINESE = re.compile("[\u4e00-\u9fff]")


def read(name):
    with open(os.path.join(ETC, name), encoding="utf-8") as file:
        return file.read()


def bare(text):
    """Without comments; no text of the plan holds a '#'."""
    return re.sub(r"#.*", "", text)


def value(text, key):
    """Of `key = "text";`, `key = 12;` or `key = true;`; None where it lacks."""
    match = re.search(rf'(?<![\w]){key}\s*=\s*(?:"([^"]*)"|([\w.]+))\s*;', text)
    return match and (match.group(1) if match.group(1) is not None else match.group(2))


def groups(text):
    """{ name: body } of the groups `name: { ... };` at the top of a text."""
    found, at = {}, 0
    while match := re.compile(r"([\w.-]+)\s*:\s*\{").search(text, at):
        depth, at = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        found[match.group(1)] = text[match.end():at - 1]
    return found


def listed(text, key):
    """Of `key = [ "a", "b" ];`."""
    match = re.search(rf'(?<![\w]){key}\s*=\s*\[([^\]]*)\]', text)
    return re.findall(r'"([^"]+)"', match.group(1)) if match else []


def read_fact(text):
    return {**{key: value(text, key) for key in ("id", "zh", "en", "sensor", "deadline", "after", "unknown", "worse")},
            "ask": listed(text, "ask")}


def read_step(text):
    step = {key: value(text, key) for key in ("id", "clause", "zh", "en", "action", "fact", "mandatory", "deadline")}
    by, tell = listed(text, "by"), listed(text, "tell")
    return {**step, "by": by, "tell": tell, "roles": by + tell}


def read_type(text):
    """One plan file: its number, names, facts and steps."""
    (name, body), = groups(bare(text)).items()
    head, steps = body.split("  steps = (", 1)
    head, _, facts = head.partition("  facts = (")
    return {
        "id": name, "number": int(value(head, "number")), "zh": value(head, "zh"), "en": value(head, "en"),
        "severity": value(head, "severity"),
        "facts": [read_fact(fact) for fact in re.findall(r"\{([^{}]*)\}", facts)],
        "steps": [read_step(step) for step in re.findall(r"\{([^{}]*)\}", steps)],
    }


def read_clauses():
    table = {}
    with open(os.path.join(ROOT, "tests/clauses.tsv"), encoding="utf-8") as file:
        for line in file:
            if line.startswith("#"):
                continue
            incident, clause, roles, fact, outputs, mode, soon = line.rstrip("\n").split("\t")
            table[f"{incident}.{clause}"] = {"roles": set(roles.split(",")), "fact": fact,
                                             "outputs": outputs, "mode": mode, "soon": soon == "soon"}
    return table


def check_texts(thing, name):
    for language, wanted in (("zh", True), ("en", False)):
        text = thing[language]
        if not text or not text.strip():
            yield f"{name}: no text in {language}"
        elif bool(CHINESE.search(text)) != wanted:
            yield f"{name}: the text in {language} is in another language: {text}"


def check_steps(kind, clauses, roles):
    ids = [step["id"] for step in kind["steps"]]
    for step_id in {i for i in ids if ids.count(i) > 1}:
        yield f"{kind['id']}: step {step_id} stands twice"
    for step in kind["steps"]:
        name = f"{kind['id']}, {step['id']}"
        if step["clause"] == "§3.1":
            pass  # who reports to whom, of every incident
        elif step["clause"] not in clauses or step["clause"].split(".")[0] != str(kind["number"]):
            yield f"{name}: cites {step['clause']}, which is no clause of incident {kind['number']}"
        yield from check_texts(step, name)
        if not step["by"]:
            yield f"{name}: nobody does it"
        for role in set(step["roles"]) - set(roles):
            yield f"{name}: role {role} is unknown"
        for role in set(step["by"]) & set(step["tell"]):
            yield f"{name}: role {role} acts and is told"


def check_facts(kind, roles):
    for fact in kind["facts"]:
        name = f"{kind['id']}, fact {fact['id']}"
        yield from check_texts(fact, name)
        if not (fact["zh"] or "").endswith("吗？") or not (fact["en"] or "").endswith("?"):
            yield f"{name}: is no question that yes or no answers"
        if not fact["ask"]:
            yield f"{name}: nobody is asked"
        for role in set(fact["ask"]) - set(roles):
            yield f"{name}: role {role} is unknown"
    ids = {fact["id"] for fact in kind["facts"]}
    for step in kind["steps"]:
        if step["fact"] and step["fact"].lstrip("!") not in ids:
            yield f"{kind['id']}, {step['id']}: fact {step['fact']} is unknown"
        # The question says it; who reads the step is to do it.
        if re.match("若|如|一旦|万一|倘|要是", step["zh"] or "") or re.match("If |Should ", step["en"] or ""):
            yield f"{kind['id']}, {step['id']}: begins with if; make it a fact"


def check_clauses(kind, clauses, actions):
    for clause, asked in clauses.items():
        if clause.split(".")[0] != str(kind["number"]):
            continue
        steps = [step for step in kind["steps"] if step["clause"] == clause]
        if not steps:
            yield f"{kind['id']}: no step for clause {clause}: {asked['fact']}"
            continue
        for role in asked["roles"] - {role for step in steps for role in step["roles"]}:
            yield f"{kind['id']}, clause {clause}: {role} is not told"
        acts = {(value(actions[s["action"]], "class"), value(actions[s["action"]], "mode"))
                for s in steps if s["action"]}
        wanted = set() if asked["outputs"] == "-" else {(asked["outputs"], asked["mode"])}
        if acts != wanted:
            yield f"{kind['id']}, clause {clause}: the machine does {acts}, and should do {wanted}"
        if asked["soon"] and not any(step["deadline"] for step in steps):
            yield f"{kind['id']}, clause {clause}: it is to be done soon, and no step has a deadline"
        # What the machine does, a person looks after: a step of its own.
        if acts and all(step["action"] for step in steps):
            yield f"{kind['id']}, clause {clause}: no step for people beside the machine's"


def problems(texts):
    """Everything wrong with these plan files."""
    clauses = read_clauses()
    roles = groups(groups(bare(read("roles.conf")))["roles"])
    actions = groups(groups(bare(read("actions.conf")))["actions"])
    kinds = [read_type(text) for text in texts]
    found = []
    for number in sorted({int(c.split(".")[0]) for c in clauses} - {kind["number"] for kind in kinds}):
        found.append(f"incident {number} has no procedure")
    ids = [kind[key] for kind in kinds for key in ("id", "number")]
    found += [f"{name} stands for two procedures" for name in sorted({str(i) for i in ids if ids.count(i) > 1})]
    for kind in kinds:
        found += check_texts(kind, kind["id"])
        found += check_steps(kind, clauses, roles)
        found += check_facts(kind, roles)
        found += check_clauses(kind, clauses, actions)
    return found


def plan_texts():
    return [read(os.path.join("plan", os.path.basename(path)))
            for path in sorted(glob.glob(os.path.join(ETC, "plan/*.conf")))]


def test_every_clause_has_its_steps():
    clauses = read_clauses()
    assert len(clauses) == 98 and {int(c.split(".")[0]) for c in clauses} == set(range(1, 29))
    assert problems(plan_texts()) == []


def test_reports_go_up_the_chain_of_section_3():
    """Whoever sees it tells the two heads, and these the leaders and service centre 3.

    Case V5: cited as what it is; and what is settled on the spot, as section 1 wants it, goes no further.
    """
    for kind in map(read_type, plan_texts()):
        on = [step for step in kind["steps"] if step["id"] == "report-on"]
        assert len(on) == 1 and on[0]["clause"] == "§3.1" and on[0]["deadline"], kind["id"]
        low = kind["severity"] == "low"
        assert (on[0]["fact"], on[0]["mandatory"]) == (("!settled", None) if low else (None, "true")), kind["id"]
        assert set(on[0]["by"]) == {"window_service_head", "property"}, kind["id"]
        assert set(on[0]["tell"]) == {"centre_leaders", "service_centre_3"}, kind["id"]


def test_whom_a_report_reaches_is_told_and_not_asked_to_report():
    """Case V3: the leaders are no longer told that they are to report to themselves."""
    for kind in map(read_type, plan_texts()):
        for step in kind["steps"]:
            if step["id"] == "report-up":
                assert step["tell"], kind["id"]
                assert not {"centre_leaders", "service_centre_3"} & set(step["by"]), kind["id"]


def test_everybody_of_the_roles_has_something_to_do():
    told = {role for kind in map(read_type, plan_texts()) for step in kind["steps"] for role in step["roles"]}
    assert told == set(groups(groups(bare(read("roles.conf")))["roles"]))


# Words that a text cannot lack without losing the fact: whom to call, where to go. Of each clause
# the one in English and the one in Chinese.
CALLS = [
    ("3.2", "119", "119"), ("7.3", "120", "120"), ("18.3", "120", "120"),
    ("4.2", "district government's machine-room centre", "区政府机房管理中心"),
    ("7.1", "police office", "警务室"), ("7.3", "residents' committee", "村（居）委会"),
    ("8.1", "3 to 5", "3 到 5"), ("8.6", "district petition office", "区信访办"),
    ("11.2", "residents' committee", "村（居）委会"), ("11.3", "district central hospital", "区中心医院"),
    ("12.2", "district central hospital", "区中心医院"), ("14.4", "hospital", "区中心医院"),
    ("18.3", "district central hospital", "区中心医院"), ("18.3", "residents' committee", "村（居）委会"),
    ("20.3", "district police command centre", "区公安分局指挥中心"), ("20.3", "traffic police", "区交警支队"),
    ("22.2", "civil affairs rescue station", "区民政局救助站"), ("26.1", "district CDC", "区疾控中心"),
    ("26.3", "district administration bureau", "区机管局"), ("26.3", "samples", "留样"),
    ("28.1", "district internet office", "区网信办"),
]


@pytest.mark.parametrize("clause, en, zh", CALLS)
def test_whom_to_call_is_named(clause, en, zh):
    steps = [s for text in plan_texts() for s in read_type(text)["steps"] if s["clause"] == clause]
    assert any(en in step["en"] and zh in step["zh"] for step in steps), [s["en"] for s in steps]


def facts_of(name):
    return {fact["id"]: fact for fact in read_type(read(f"plan/{name}.conf"))["facts"]}


def test_own_server_and_city_line_are_different_steps():
    steps = {s["id"]: s["fact"] for s in read_type(read("plan/04-network-loss.conf"))["steps"] if s["fact"]}
    assert steps == {"direct-lines": "own-server", "repair-server": "own-server",
                     "press-upwards": "city-side", "explain": "city-side"}
    facts = facts_of("04-network-loss")
    assert (facts["own-server"]["sensor"], facts["city-side"]["sensor"]) == ("not all(server.up)", "not all(line.up)")


# Of these pairs exactly one is to be done: one needs a fact's yes, the other its no.
EITHER = [("lift-failure", "call-rescue", "engineer-for-empty-lift"), ("crime", "contain-suspect", "protect-scene"),
          ("group-dispute", "own-business", "other-business"),
          ("broken-glass", "replace-after-police", "replace-glass")]


@pytest.mark.parametrize("kind, yes, no", EITHER)
def test_no_two_steps_that_exclude_each_other_apply_together(kind, yes, no):
    steps = {step["id"]: step for k in map(read_type, plan_texts()) if k["id"] == kind for step in k["steps"]}
    assert steps[yes]["fact"] and steps[no]["fact"] == "!" + steps[yes]["fact"]


def test_what_saves_a_life_waits_for_no_answer():
    facts = {(kind["number"], fact["id"]): fact for kind in map(read_type, plan_texts()) for fact in kind["facts"]}
    assert {key for key, fact in facts.items() if fact["unknown"] == "yes"} == {
        (1, "trapped"), (6, "occupied"), (6, "between-landings"), (7, "injured"), (12, "injured"), (21, "suspect-here"),
        (27, "injured")}
    # What is assumed when nobody answers: the side that costs more where it is wrong.
    assert {key for key, fact in facts.items() if fact["worse"] == "no"} == {
        (3, "can-put-out"), (5, "can-repair"), (6, "at-landing"), (9, "misunderstanding"), (9, "condition-missing"),
        (13, "harm"), (21, "negligence"), *((number, "settled") for number in (9, 10, 13, 22))}
    assert {key: fact["after"] for key, fact in facts.items() if fact["after"]} == {(1, "long"): "20 min",
                                                                                    (20, "lasting"): "15 min"}


@pytest.mark.parametrize("old, new, complaint", [
    ('clause = "2.4"', 'clause = "2.3"', "no step for clause 2.4"),
    ('clause = "16.2"', 'clause = "6.2"', "cites 6.2"),
    ('clause = "1.4"', 'clause = "1.5"', "cites 1.5"),
    ('en = "Put up notices at toilets, basins and every other tap."', 'en = ""', "no text in en"),
    ('zh = "各单位负责人把停水情况告诉本单位人员。"', 'zh = "Tell your staff."', "another language"),
    ('by = [ "floor_guides" ]', 'by = [ "flor_guides" ]', "role flor_guides is unknown"),
    ('tell = [ "police_office" ]', 'tell = [ "service_desk" ]', "role service_desk acts and is told"),
    ('by = [ "centre_leaders" ]', 'by = [ ]', "nobody does it"),
    ('by = [ "centre", "service_centre_3" ]', 'by = [ "centre" ]', "service_centre_3 is not told"),
    (' action = "boilers-off";', "", "should do {('boiler.supply', 'auto')}"),
    ('action = "floor-circuits-off"', 'action = "zone-circuits-off"', "should do {('circuit', 'confirm')}"),
    ('fact = "!occupied"', 'fact = "!occupid"', "fact !occupid is unknown"),
    ('ask = [ "medical_staff"', 'ask = [ "doctor"', "role doctor is unknown"),
    ('zh = "有人受伤吗？"', 'zh = "有人受伤。"', "is no question"),
    ('zh = "马上打 120。"', 'zh = "若有人受伤：马上打 120。"', "begins with if"),
    ('deadline = "24 h";', "", "clause 27.4: it is to be done soon, and no step has a deadline"),
    ('id = "notices"; clause = "2.3"', 'id = "tell-staff"; clause = "2.3"', "tell-staff stands twice"),
])
def test_what_is_wrong_is_found(old, new, complaint):
    texts = plan_texts()
    broken = [text.replace(old, new) for text in texts]
    assert broken != texts, "nothing was changed: the test looks for a text that is gone"
    assert any(complaint in problem for problem in problems(broken)), problems(broken)


def test_a_lost_procedure_is_found():
    assert "incident 6 has no procedure" in problems([t for t in plan_texts() if "lift-failure" not in t])


def test_a_procedure_twice_is_found():
    found = problems(plan_texts() + [read("plan/06-lift-failure.conf")])
    assert "6 stands for two procedures" in found and "lift-failure stands for two procedures" in found


def test_every_plan_file_is_included():
    included = re.findall(r'^@include "(plan/[^"]+)"', read("facilityd.conf"), re.M)
    assert sorted(included) == sorted(os.path.relpath(p, ETC) for p in glob.glob(os.path.join(ETC, "plan/*.conf")))


def test_trapped_and_empty_lifts_are_different_steps():
    lift = read_type(read("plan/06-lift-failure.conf"))
    needs = {step["id"]: step["fact"] for step in lift["steps"] if step["fact"]}
    assert needs == {"calm-passengers": "occupied", "call-rescue": "occupied", "free-at-landing": "at-landing",
                     "free-between-landings": "between-landings", "engineer-for-empty-lift": "!occupied"}
    sensors = {fact["id"]: fact["sensor"] for fact in lift["facts"]}
    assert sensors == {"occupied": "any(lift.occupied)", "at-landing": "any(lift.occupied) and any(lift.landing)",
                       "between-landings": "any(lift.occupied) and not any(lift.landing)"}


def test_protected_outputs_are_protected():
    """Emergency lighting, lifts and fire pump: never armed, and marked so that no action cuts them."""
    found = set()
    for name, body in groups_of_points():
        is_safety = any(word in name for word in ("emergency-lighting", "fire-pump", "lift"))
        if "writable = true" not in body:
            continue
        assert ("protected = true" in body) == is_safety, name
        assert ("armed = true" in body) != is_safety, name
        if is_safety:
            found.add(name)
    assert found == {f"f{i}-emergency-lighting" for i in range(1, 5)} | {
        "fire-pump-supply", "lift-east-supply", "lift-west-supply"}


def groups_of_points():
    for path in sorted(glob.glob(os.path.join(ETC, "devices-*.conf"))):
        for device in groups(bare(read(os.path.basename(path)))).values():
            yield from groups(groups(device)["points"]).items()


@pytest.fixture
def facilityd(build):
    return os.path.join(ROOT, build, "facilityd")


def check(facilityd, path):
    return subprocess.run([facilityd, "--check", "--config", path], capture_output=True, text=True, check=False,
                          timeout=30)


def test_the_shipped_configuration_is_without_warnings(facilityd):
    result = check(facilityd, os.path.join(ETC, "facilityd.conf"))
    assert result.returncode == 0, result.stderr
    # A note, not a warning: the main switch is off as shipped. Every type has a rule or a button.
    # Beyond their range the points of some rules say nothing: that too is a note.
    notes = [line for line in result.stderr.splitlines() if "is blind beyond min and max of" not in line]
    assert len(notes) == 1 and "daemon.actions_armed is false" in notes[0]
    assert "configuration OK" in result.stdout and "warning" not in result.stdout


def test_what_the_sample_has_in_comments_is_right_too(facilityd, tmp_path):
    shutil.copytree(ETC, tmp_path / "etc")
    path = tmp_path / "etc/connections.conf"
    text, count = re.subn(r"^(\s*)# (\w+ = [^;]+;)", r"\1\2", path.read_text(encoding="utf-8"), flags=re.M)
    assert count >= 5
    path.write_text(text, encoding="utf-8")
    result = check(facilityd, str(tmp_path / "etc/facilityd.conf"))
    assert result.returncode == 0, result.stderr


def test_the_program_finds_a_lost_clause_too(facilityd, tmp_path):
    shutil.copytree(ETC, tmp_path / "etc")
    path = tmp_path / "etc/plan/02-water-loss.conf"
    path.write_text(path.read_text(encoding="utf-8").replace('clause = "2.4"', 'clause = "2.3"'), encoding="utf-8")
    result = check(facilityd, str(tmp_path / "etc/facilityd.conf"))
    assert "no step for clause 2.4" in result.stderr


def test_what_is_explained_is_not_acted_on_and_check_says_so(facilityd, tmp_path):
    shutil.copytree(ETC, tmp_path / "etc")
    path = tmp_path / "etc/plan/19-condensate.conf"
    text, count = re.subn(r'(id = "unit-stopped".*?) fact = "dripping";', r"\1", path.read_text(encoding="utf-8"), flags=re.S)
    assert count == 1
    path.write_text(text, encoding="utf-8")
    result = check(facilityd, str(tmp_path / "etc/facilityd.conf"))
    assert 'while "power-loss" explains it, its machine\'s steps wait too' in result.stderr
