"""The demo's script: incidents from first signal to the end, what nobody answers, and an exercise; each checked."""

import time

from stage import Observer, wait_for

RAISE_S = 20      # more than every rule's promise (detect_within)
PROVE_S = 15      # an action's read-back
RETURN_S = 40


class Case:
    """One incident: how the building causes and ends it, and what must be seen."""

    def __init__(self, short, title, cause, end, applies=(), lacks=(), action=None, release=False,
                 cut=(), spared=(), latches=False, answers=()):
        self.short, self.title = short, title
        self.cause, self.end = cause, end          # events of the building
        self.applies, self.lacks = applies, lacks  # steps that must (not) apply
        self.action, self.release = action, release
        self.latches = latches                     # a person must say that it is over
        self.answers = answers                     # what only a person can say of it
        self.cut, self.spared = cut, spared        # points that must be 0, that must stay 1


CASES = [
    Case("2-f3", "water loss on floor 3: its boilers off, no others", ("water-cut", "f3"), ("water-back", "f3"),
         action="boilers-off", cut=["f3-tea-boiler-supply"], spared=["f2-tea-boiler-supply"]),
    Case("16-f2.tea", "leak in a tea room: its circuits cut, no others", ("leak", "f2.tea"), ("dry", "f2.tea"),
         action="circuits-cut", cut=["f2-tea-circuit"], spared=["f2-hall-circuit", "f2-emergency-lighting"]),
    Case("1-centre", "mains lost", ("mains-cut",), ("mains-back",), lacks=["free-trapped"]),
    Case("3-f1.hall", "smoke in the hall: the floor's circuits cut after a release, never the protected ones",
         ("smoke", "f1.hall"), ("smoke-clear", "f1.hall"), action="circuits-cut", release=True, latches=True, answers=[("can-put-out", "no")],
         cut=["f1-hall-circuit", "f1-tea-circuit"], spared=["f1-emergency-lighting", "f2-hall-circuit"]),
    Case("6-lift.east", "lift stopped with somebody in it", ("lift-stop", "lift.east"), ("lift-free", "lift.east"),
         applies=["call-rescue", "free-between-landings"], lacks=["engineer-for-empty-lift"]),
    Case("6-lift.west", "lift stopped, empty", ("lift-stop", "lift.west", "empty"), ("lift-free", "lift.west"),
         applies=["engineer-for-empty-lift", "notices"], lacks=["call-rescue"]),
    Case("19-f4", "condensate pan full: the dripping unit stopped", ("pan-full", "f4"), ("pan-empty", "f4"),
         action="unit-stopped", cut=["f4-ac-run"]),
]


def step_of(incident, step_id):
    return next((s for s in incident["steps"] if s["id"] == step_id), None)


class Play:
    def __init__(self, building):
        self.building = building
        self.observer = Observer(building.mqtt_port, login=building.login("facilityd"))
        self.checks = 0

    def check(self, truth, what):
        if not truth:
            raise AssertionError(what)
        self.checks += 1
        print(f"demo: ok: {what}", flush=True)

    def command(self, *words):
        status, answer = self.building.ctl(*words)
        self.check(status == 0, f"facilityctl {' '.join(words)}: {answer}")

    def all_good(self):
        """Every point has a good value on the broker."""
        points = [d for t, d in list(self.observer.retained.items()) if t.startswith("point/")]
        return len(points) > 20 and all(p["quality"] == "good" for p in points)

    def raised(self, case):
        start = time.monotonic()
        self.building.sim(*case.cause)
        incident = wait_for(lambda: self.observer.incident(case.short), RAISE_S, f"incident {case.short}")
        self.check(True, f"{case.short} raised after {time.monotonic() - start:.1f} s: {incident['name']['en']}, "
                         f"{sum(s['applies'] != 'no' for s in incident['steps'])} steps")
        roles = {role["id"] for step in incident["steps"] for role in step["roles"]}
        self.check(all(all(s["text"].values()) and s["roles"] for s in incident["steps"]),
                   "each of its steps in Chinese and English, for " + ", ".join(sorted(roles)))
        due = {role["id"] for step in incident["steps"] if step["applies"] == "yes" for role in step["roles"]}
        due |= {role["id"] for fact in incident["facts"] if fact["asked"] for role in fact["ask"]}
        wait_for(lambda: self.told(incident) >= due, 5, f"told on notify/<role>: {', '.join(sorted(due))}")
        self.check(self.told(incident) == due, f"told on notify/<role>: these {len(due)}, and nobody else")
        for wanted, steps in (("yes", case.applies), ("no", case.lacks)):
            for step_id in steps:
                self.check(step_of(incident, step_id)["applies"] == wanted, f"{step_id} applies: {wanted}")

    def answer(self, short, answers):
        for fact, value in answers:
            self.command("answer", short, fact, value)

    def applies(self, short, **expected):
        """Until each step, its dashes as underscores, applies or not as expected."""
        def now():
            return {s["id"]: s["applies"] for s in self.observer.incident(short)["steps"]}

        wanted = {step_id.replace("_", "-"): value for step_id, value in expected.items()}
        wait_for(lambda: wanted.items() <= now().items(), 5, f"{short}: {wanted}")
        self.check(True, f"{short}: " + ", ".join(f"{step_id} applies: {value}" for step_id, value in wanted.items()))

    def told(self, incident):
        """The roles that have had a message about this incident."""
        return {role for role, notice in list(self.observer.notices)
                if notice["incident"] and notice["incident"]["id"] == incident["id"]}

    def acted(self, case):
        def state():
            incident = self.observer.incident(case.short)
            return incident and step_of(incident, case.action)["action"]

        if case.release:
            wait_for(lambda: state()["state"] == "awaiting", PROVE_S, f"{case.action} waits for a release")
            self.command("release", case.short, case.action)
        wait_for(lambda: state()["state"] == "done", PROVE_S, f"{case.action} done, it is {state()}")
        outputs = state()["outputs"]
        self.check(outputs and any(o["state"] == "confirmed" for o in outputs),
                   f"{case.action}: " + ", ".join(f"{o['point']} {o['state']}" for o in outputs))
        for point in case.cut:
            self.check(float(self.building.sim("get", point).split()[-1]) == 0, f"{point} is off in the building")
        for point in case.spared:
            self.check(float(self.building.sim("get", point).split()[-1]) == 1, f"{point} stays on in the building")

    def ended(self, case):
        self.building.sim(*case.end)
        if case.latches:
            self.reset(case.short)
        wait_for(lambda: self.observer.events(case.short, "returned"), RETURN_S, f"{case.short} returned")
        self.check(True, f"{case.short} is back to normal")
        self.command("ack", case.short)
        if case.action:
            self.command("restore", case.short)
            for point in case.cut:
                wait_for(lambda p=point: float(self.building.sim("get", p).split()[-1]) == 1, PROVE_S,
                         f"{point} is on again")
        self.answer(case.short, case.answers)
        self.command("done", case.short, "all")
        wait_for(lambda: self.observer.events(case.short, "closed"), 5, f"{case.short} closed")
        wait_for(lambda: not self.observer.incident(case.short), 5, f"{case.short} is gone from the broker")
        self.check(True, f"{case.short} is closed, and nothing of it is retained")

    def reset(self, short):
        """Refused as long as the readings show it; the incident does not end by itself."""
        wait_for(lambda: self.building.ctl("reset", short, "looked, it is out")[0] == 0, RETURN_S, f"{short} reset")
        self.check(True, f"{short} was reset by a person, when the readings were good again")

    def reported_by_a_person(self):
        """What no sensor can see: a pet in the hall, from the report to the end."""
        print("\ndemo: === a pet in the hall, reported by a person", flush=True)
        self.command("report", "13", "f1.hall", "a dog, its owner does not listen")
        incident = wait_for(lambda: self.observer.incident("13-f1.hall"), 5, "incident 13-f1.hall")
        self.check(incident["causes"][0]["by"] == "demo", "it says who reported it: demo, " +
                   incident["causes"][0]["note"])
        self.command("ack", "13-f1.hall")
        self.command("over", "13-f1.hall")
        wait_for(lambda: self.observer.events("13-f1.hall", "returned"), 5, "13-f1.hall returned")
        self.command("done", "13-f1.hall", "all")
        wait_for(lambda: not self.observer.incident("13-f1.hall"), 5, "13-f1.hall is gone from the broker")
        self.check(True, "13-f1.hall is closed, and nothing of it is retained")

    def child_in_a_lift(self):
        """Case Q1: the car's contact sees nobody, a person knows better."""
        print("\ndemo: === somebody knows more than the contact: a child in the lift", flush=True)
        short = "6-lift.east"
        self.check(float(self.building.sim("get", "lift-east-occupied").split()[-1]) == 0, "the car's contact reads 0")
        self.command("report", "6", "lift.east", "a child is inside")
        incident = wait_for(lambda: self.observer.incident(short), 5, f"incident {short}")
        asked = {fact["id"]: fact for fact in incident["facts"] if fact["asked"]}
        self.check(asked["occupied"]["value"] == "unknown", f"it asks: {asked['occupied']['question']['en']}")
        self.applies(short, calm_passengers="yes", call_rescue="yes", free_between_landings="yes",
                     engineer_for_empty_lift="no")
        self.command("done", short, "all")
        self.check(step_of(self.observer.incident(short), "call-rescue")["status"] == "open",
                   "\"all\" leaves what nobody has decided")
        self.answer(short, [("occupied", "yes"), ("between-landings", "no"), ("at-landing", "yes")])
        self.applies(short, free_at_landing="yes", free_between_landings="no")
        self.command("done", short, "all")
        self.check(step_of(self.observer.incident(short), "free-at-landing")["status"] == "done", "she is out")
        self.command("answer", short, "occupied", "no", "she is out")
        self.applies(short, engineer_for_empty_lift="yes")
        self.command("ack", short)
        self.close(short)
        self.check(True, f"{short} is closed, and nothing of it is retained")

    def roof_leaks(self):
        """Case Q2: a person reports it for the whole site, and nothing goes dark for that."""
        print("\ndemo: === the roof leaks somewhere, says a person: nothing goes dark for that", flush=True)
        short, wet, dry = "16-centre", "f3-tea-circuit", ("f1-hall-circuit", "f4-server-circuit", "b1-plant-circuit")

        def on(point):
            return float(self.building.sim("get", point).split()[-1]) == 1

        def cut():
            incident = self.observer.incident(short)
            return incident and step_of(incident, "circuits-cut")["action"]

        self.command("report", "16", "centre", "the roof leaks")
        wait_for(lambda: (cut() or {}).get("state") == "awaiting", PROVE_S, "the cut waits for a release")
        time.sleep(2)
        self.check(all(map(on, (wet, *dry))), f"it asks in which of {len(cut()['places'])} places, and every circuit stays on")
        self.command("release", short, "circuits-cut", "f3.tea")
        wait_for(lambda: cut()["state"] == "done", PROVE_S, "the cut of that place")
        self.check(not on(wet) and all(map(on, dry)), f"{wet} is off in the building, and nothing else")
        self.command("over", short)
        self.command("restore", short)
        wait_for(lambda: on(wet), PROVE_S, f"{wet} is on again")
        self.command("done", short, "all")
        self.command("ack", short)
        wait_for(lambda: not self.observer.incident(short), 5, f"{short} is gone from the broker")
        self.check(True, f"{short} is closed, and nothing of it is retained")

    def close(self, short):
        self.command("done", short, "all")
        self.command("over", short)
        wait_for(lambda: self.observer.events(short, "closed"), 5, f"{short} closed")
        wait_for(lambda: not self.observer.incident(short), 5, f"{short} is gone from the broker")

    def called(self, incident):
        """Who was called because nobody answered: (level, role)."""
        return {(notice["level"], role) for role, notice in list(self.observer.notices)
                if notice["event"] == "escalated" and notice["incident"]["id"] == incident["id"]}

    def is_on(self, point):
        return float(self.building.sim("get", point).split()[-1]) == 1

    def two_claims_on_one_boiler(self):
        """Case P1: no water, and its limiter trips meanwhile; that the water is back is not all."""
        print("\ndemo: === two incidents hold one boiler off", flush=True)
        boiler = "f3-tea-boiler-supply"
        self.building.sim("water-cut", "f3")
        wait_for(lambda: not self.is_on(boiler), RAISE_S + PROVE_S, f"{boiler} is off")
        self.building.sim("limiter-trip", "f3.tea")
        other = wait_for(lambda: self.observer.incident("12-f3.tea"), RAISE_S, "incident 12-f3.tea")
        wait_for(lambda: step_of(self.observer.incident("12-f3.tea"), "boiler-cut")["action"]["state"] == "done", PROVE_S,
                 "its claim")
        self.building.sim("water-back", "f3")
        wait_for(lambda: self.observer.incident("2-f3")["returned"], RETURN_S, "2-f3 returned")
        status, answer = self.building.ctl("--lang", "en", "restore", "2-f3")
        self.check(status == 0 and other["id"] in answer and not self.is_on(boiler),
                   f"restore 2-f3: the boiler stays off, and the answer names {other['id']}")
        self.building.sim("limiter-reset", "f3.tea")
        wait_for(lambda: self.observer.incident("12-f3.tea")["returned"], RETURN_S, "12-f3.tea returned")
        self.command("restore", "12-f3.tea")
        wait_for(lambda: self.is_on(boiler), PROVE_S, f"{boiler} is on again")
        self.check(True, "it is on again with the last claim withdrawn")
        self.answer("12-f3.tea", [("injured", "no")])
        for short in ("2-f3", "12-f3.tea"):
            self.command("ack", short)
            self.command("done", short, "all")
            wait_for(lambda s=short: not self.observer.incident(s), 5, f"{short} is gone from the broker")

    def closed_with_a_circuit_off(self):
        """Case P2: dry, acknowledged, every step done: the circuit is off still, and on the list."""
        print("\ndemo: === closed, and still held", flush=True)
        circuit = "f2-toilet-circuit"
        self.building.sim("leak", "f2.toilet")
        wait_for(lambda: not self.is_on(circuit), RAISE_S + PROVE_S, f"{circuit} is off")
        self.building.sim("dry", "f2.toilet")
        wait_for(lambda: self.observer.incident("16-f2.toilet")["returned"], RETURN_S, "16-f2.toilet returned")
        self.command("ack", "16-f2.toilet")
        status, answer = self.building.ctl("--lang", "en", "done", "16-f2.toilet", "all")
        wait_for(lambda: not self.observer.incident("16-f2.toilet"), 5, "16-f2.toilet is gone from the broker")
        self.check(status == 0 and circuit in answer and circuit in self.observer.retained["held"]["held"],
                   f"16-f2.toilet is closed; the answer and the topic held say that {circuit} is held")
        self.command("restore", circuit)
        wait_for(lambda: self.is_on(circuit) and circuit not in self.observer.retained["held"]["held"], PROVE_S, "put back")
        self.check(True, f"{circuit} is on again, and off the list")

    def nobody_answers(self):
        """A complaint that nobody takes on, with deadlines 40 times shorter: the plan's chain, level by level."""
        print("\ndemo: === nobody answers: the same deadlines, 40 times shorter", flush=True)
        self.building.hurry(1 / 40)
        wait_for(lambda: self.observer.retained["state"]["status"] == "online", 10, "facilityd is back")
        self.command("report", "9", "f1.hall", "waited two hours")
        incident = wait_for(lambda: self.observer.incident("9-f1.hall"), 5, "incident 9-f1.hall")
        wait_for(lambda: self.observer.events("9-f1.hall", "overdue"), 20, "a step is overdue")
        self.check(True, "a step is overdue: " + self.observer.events("9-f1.hall", "overdue")[0]["step"])
        wait_for(lambda: self.called(incident) >= {(1, "window_service_head"), (1, "property")}, 20, "level 1 is called")
        self.check(True, "level 1 of the chain is called: window_service_head, property")
        wait_for(lambda: self.called(incident) >= {(2, "centre_leaders"), (2, "service_centre_3")}, 30,
                 "level 2 is called")
        self.check(True, "level 2 of the chain is called: centre_leaders, service_centre_3")
        wait_for(lambda: self.observer.events("9-f1.hall", "reminder"), 20, "a reminder")
        self.check(True, "and what is overdue is told again")
        self.command("ack", "9-f1.hall")
        self.close("9-f1.hall")
        self.check(True, "9-f1.hall is closed, and nothing of it is retained")

    def siren(self):
        """A fight that nobody acknowledges: the siren of the duty room, until somebody does."""
        print("\ndemo: === still nobody answers: the siren", flush=True)

        def value(point):
            return float(self.building.sim("get", point).split()[-1])

        self.command("report", "7", "f1.hall", "a fight")
        self.check(value("f1-duty-siren") == 0, "f1-duty-siren is silent")
        wait_for(lambda: value("f1-duty-siren") == value("f1-duty-beacon") == 1, 30, "the siren sounds")
        trouble = wait_for(lambda: self.observer.retained.get("trouble/fallback"), 5, "the trouble")
        self.check("not acknowledged" in trouble["text"]["en"], "nobody has acknowledged in time: f1-duty-siren and "
                   "f1-duty-beacon are on, and trouble/fallback says why")
        self.command("ack", "7-f1.hall")
        wait_for(lambda: value("f1-duty-siren") == value("f1-duty-beacon") == 0, PROVE_S, "it is silent")
        wait_for(lambda: "trouble/fallback" not in self.observer.retained, 5, "the trouble ends")
        self.check(True, "acknowledged: both are off, and the trouble is gone")
        self.answer("7-f1.hall", [("injured", "no"), ("weapon", "no")])
        self.close("7-f1.hall")

    def exercise(self):
        """A water loss that is none: everything says so, and nothing is switched."""
        print("\ndemo: === an exercise: water loss on floor 3", flush=True)
        self.command("drill", "2", "f3", "yearly exercise")
        incident = wait_for(lambda: self.observer.incident("drill-2-f3"), 5, "the exercise")
        action = step_of(incident, "boilers-off")["action"]
        self.check(incident["drill"] and action["state"] == "advised", "it is marked, and its action is only advised")
        self.command("ack", "drill-2-f3")
        self.command("accept", "drill-2-f3", "notices")
        self.close("drill-2-f3")
        self.check(float(self.building.sim("get", "f3-tea-boiler-supply").split()[-1]) == 1,
                   "f3-tea-boiler-supply was not switched")
        marks = {a["drill"] for a in self.observer.alerts if a.get("incident", {}).get("id") == incident["id"]}
        self.check(marks == {True}, "every alert of it says that it is an exercise")

    def run(self):
        wait_for(self.all_good, 20, "every point is good")
        self.check(True, "every point of the building has a good value")
        for case in CASES:
            print(f"\ndemo: === {case.title}", flush=True)
            self.raised(case)
            if case.action:
                self.acted(case)
            self.ended(case)
        self.two_claims_on_one_boiler()
        self.closed_with_a_circuit_off()
        self.reported_by_a_person()
        self.child_in_a_lift()
        self.roof_leaks()
        self.nobody_answers()
        self.siren()
        self.exercise()
        # What is sent again after a restart says so, under the id that it had.
        first = [a for a in self.observer.alerts if not a["replayed"]]
        ids = [a["id"] for a in first]
        again = len(self.observer.alerts) - len(first)
        self.check(len(ids) == len(set(ids)), f"{len(ids)} alerts, each event id once; {again} sent again, marked")
        sequence = [a["seq"] for a in first]
        self.check(sequence == sorted(sequence), "in order")
        # More incidents in ten minutes than anybody can follow, as facilityd says itself.
        left = {t for t in self.observer.retained if t.startswith(("trouble/", "incident/"))} - {"trouble/flood"}
        self.check(not left, "no incident is left, and no trouble but that it was a flood")


def play(building):
    start = time.monotonic()
    show = Play(building)
    try:
        show.run()
    finally:
        show.observer.close()
    print(f"\ndemo: {show.checks} checks passed in {time.monotonic() - start:.0f} s")
    return 0
