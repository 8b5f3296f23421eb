"""A scenario: how a building begins and what may happen to it, from a file of plain lines.

facility-sim(1) has the grammar. Names are checked against the site when the file is read, except
those that an event is given when it is called.
"""

import copy

from facility_sim.building import Follow
from facility_sim.faults import take_fault
from facility_sim.words import Refusal, Words, find, meant

PATTERN_MAX, LINE_SIZE = 6, 511
PARAMETERS = ("zone", "point", "device")


def named(site, kind):
    """What there is of a kind, by name."""
    return {"zone": site.zones, "point": site.points, "device": site.devices, "class": site.classes}[kind]


class Parameter:
    """A word of an event's pattern that stands for a name; `fallback`: it may be left out."""

    def __init__(self, kind, fallback=None):
        self.kind, self.fallback = kind, fallback


class Operand:
    """A name in an effect: fixed when the file was read, or the event's n-th word."""

    def __init__(self, fixed=None, at=None):
        self.fixed, self.at = fixed, at

    def __call__(self, given):
        return self.fixed if self.at is None else given[self.at]


class Target:
    """The points of a class (`kind`) in a zone, or one point; `what` is that zone or point."""

    def __init__(self, kind, what):
        self.kind, self.what = kind, what

    def points(self, site, given):
        if not self.kind:
            return [self.what(given)]
        zone = self.what(given)
        return [p for p in site.points.values() if p.kind is self.kind and site.contains(zone, p.zone)]


class Event:
    """Words of its pattern (texts and parameters), and its effects."""

    def __init__(self):
        self.text, self.words, self.effects = "", [], []

    def match(self, site, words, at=0):
        """What each word of the pattern, from `at` on, stands for. A missing optional one is its fallback."""
        if at == len(self.words):
            self._expect(not words)
            return []
        pattern = self.words[at]
        if isinstance(pattern, str):
            self._expect(words[:1] == [pattern])
            return [pattern, *self.match(site, words[1:], at + 1)]
        if not words:
            self._expect(pattern.fallback)
        elif words[0] in named(site, pattern.kind) or not pattern.fallback:
            found = find(pattern.kind, named(site, pattern.kind), words[0])
            return [found, *self.match(site, words[1:], at + 1)]
        try:
            return [pattern.fallback, *self.match(site, words, at + 1)]
        except Refusal:
            if words:  # nor is it a word of those behind: it was meant to be a name
                find(pattern.kind, named(site, pattern.kind), words[0])
            raise

    def _expect(self, truth):
        if not truth:
            raise Refusal(f"expected: {self.text}")

    def happen(self, building, given, now_ms):
        """A place need not have every sensor that an event speaks of (a lift without a landing
        contact), but it must have one of them."""
        found, lacks = 0, None
        for effect in self.effects:
            try:
                found += effect.check(building, given)
            except Lacking as why:
                lacks = why
        if lacks and not found:
            raise lacks
        for effect in self.effects:
            effect.do(building, given, now_ms)


class Lacking(Refusal):
    """A place has no such point."""


class Effect:
    """Something that is done to what `what` says in a call."""

    def __init__(self, what, do):
        self.what, self.act = what, do

    def check(self, building, given):
        """How many points it would move, at least 1."""
        return 1

    def do(self, building, given, now_ms):
        self.act(building, self.what(given), now_ms)


class SetEffect(Effect):
    """Points of a target to a value, or (None) each to its normal one."""

    def __init__(self, target, value, over_ms):
        super().__init__(target.what, None)
        self.target, self.value, self.over_ms = target, value, over_ms

    def check(self, building, given):
        points = self.target.points(building.site, given)
        for point in points:
            if self.value is not None:
                check_value(building, point, self.value)
        if not points:
            raise Lacking(f"there is no {self.target.kind.id} in {self.what(given)}")
        return len(points)

    def do(self, building, given, now_ms):
        for point in self.target.points(building.site, given):
            if self.value is None:
                building.unset(point, self.over_ms, now_ms)
            else:
                building.set(point, self.value, self.over_ms, now_ms)


def check_value(building, point, value):
    if not building.wires.can_show(point, value):
        raise Refusal(f"{point.id} has no register that holds {value:g}")


# What a line may say ------------------------------------------------------------


class Parser:
    """Fills a scenario. `event`: whose effects the indented lines are."""

    def __init__(self, scenario):
        self.scenario, self.site, self.event, self.words = scenario, scenario.site, None, None

    def line(self, text):
        if len(text) > LINE_SIZE:
            raise Refusal("the line is too long")
        self.words = Words(text)
        word = self.words.peek()
        if word is None:
            return
        if text[:1].isspace():
            if not self.event:
                raise Refusal("an indented line needs an event above it")
            self.effect()
            return
        self.event = None
        line = self.lines.get(word)
        if not line:
            raise Refusal(f'"{word}" begins no line: relay, normal, noise, follow or event')
        self.words.take()
        line(self)
        self.words.end()

    def relay(self):
        self.scenario.relay_ms = self.words.duration()

    def normal(self):
        target = self.target()
        value = self.target_value(target)
        self.open(lambda building: [building.normal(p, value) for p in target.points(self.site, None)])

    def noise(self):
        target = self.target()
        kind = self.class_of(target)
        if kind.is_state:
            raise Refusal(f"{kind.id} is a state and cannot be noisy")
        amplitude = self.words.value(kind)
        if amplitude < 0:
            raise Refusal("noise must not be negative")
        self.open(lambda building: [building.noise(p, amplitude) for p in target.points(self.site, None)])

    def follow(self):
        self.expect("class")
        kind = self.words.name("class", self.site.classes)
        self.expect("output", " and the class of the output")
        output = self.words.name("class", self.site.classes)
        follow = Follow(kind, output, self.words.value(kind), self.words.value(kind))
        if self.words.peek() is not None:
            self.expect("tau")
            follow.tau_ms = self.words.duration()
        self.open(lambda building: building.follow(follow))

    def open(self, begin):
        self.scenario.openings.append(begin)

    def expect(self, word, more=""):
        if not self.words.accept(word):
            raise Refusal(f'expected "{word}"{more}')

    # Events

    def new_event(self):
        self.event = Event()  # even if this line is wrong, the indented ones below it are its own
        event, texts = self.event, []
        while not self.words.accept(":"):
            word = self.words.take('a ":" must follow the event\'s name')
            if len(event.words) == PATTERN_MAX:
                raise Refusal(f"more than {PATTERN_MAX} words")
            texts.append(word)
            event.words.append(self.parameter(word) if word[0].isupper() else word)
        event.text = " ".join(texts)
        if not event.words or isinstance(event.words[0], Parameter):
            raise Refusal("an event begins with its name")
        self.scenario.events.append(event)
        if self.words.peek() is not None:
            self.effect()

    def parameter(self, word):
        name, has_fallback, fallback = word.partition("=")
        kind = name.lower()
        if kind not in PARAMETERS:
            raise Refusal(f'"{name}" is no kind of parameter: ZONE, POINT or DEVICE')
        return Parameter(kind, find(kind, named(self.site, kind), fallback) if has_fallback else None)

    def effect(self):
        word = self.words.take()
        take = self.effects.get(word)
        if not take:
            raise Refusal(f'"{word}" is no effect: set, stuck, unstuck, silent, answers, fault or reset')
        effect = take(self)
        self.words.end()
        self.event.effects.append(effect)

    def set(self):
        target = self.target()
        value = None if self.words.accept("normal") else self.target_value(target)
        return SetEffect(target, value, self.words.duration() if self.words.accept("over") else 0)

    def relay_effect(self, stuck):
        def act(building, point, now_ms):
            if not building.stuck(point, stuck, now_ms):
                raise Refusal(f"{point.id} is neither an output nor the read-back of one")
        return Effect(self.operand("point"), act)

    def silence_effect(self, silent):
        return Effect(self.operand("device"), lambda building, device, _: building.wires.silence(device, silent))

    def fault_effect(self):
        what, fault = self.operand("device"), take_fault(self.words)
        return Effect(what, lambda building, device, _: building.wires.fault(device, copy.copy(fault)))

    def reset_effect(self):
        return Effect(Operand(), lambda building, _, now_ms: building.reset(now_ms))

    # Names and values

    def operand(self, kind):
        """A fixed name, or one of the event's parameters: what it is in a call."""
        word = self.words.peek()
        if word is None or not word[0].isupper():
            return Operand(self.words.name(kind, named(self.site, kind)))
        self.words.take()
        for i, pattern in enumerate(self.event.words if self.event else ()):
            if isinstance(pattern, Parameter) and pattern.kind == kind == word.lower():
                return Operand(at=i)
        raise Refusal(f"{word} is no parameter of this event")

    def target(self):
        if not self.words.accept("class"):
            if not self.words.accept("point"):
                raise Refusal('expected "class" or "point"')
            return Target(None, self.operand("point"))
        kind = self.words.name("class", self.site.classes)
        if self.words.accept("in"):
            return Target(kind, self.operand("zone"))
        return Target(kind, Operand(self.site.root))

    def class_of(self, target):
        """None: a parameter's class is known only when it is called."""
        point = target.what.fixed
        return target.kind or (point and point.kind)

    def target_value(self, target):
        kind = self.class_of(target)
        return self.words.value(kind) if kind else self.words.number()

    lines = {"relay": relay, "normal": normal, "noise": noise, "follow": follow, "event": new_event}
    effects = {
        "set": set,
        "stuck": lambda self: self.relay_effect(True),
        "unstuck": lambda self: self.relay_effect(False),
        "silent": lambda self: self.silence_effect(True),
        "answers": lambda self: self.silence_effect(False),
        "fault": fault_effect,
        "reset": reset_effect,
    }


class Scenario:
    """Immutable once read."""

    def __init__(self, site):
        self.site, self.relay_ms = site, None
        self.openings, self.events = [], []

    def read(self, lines, name):
        """Every error, as "name:line: what"."""
        parser, errors = Parser(self), []
        for number, text in enumerate(lines, 1):
            try:
                parser.line(text)
            except Refusal as why:
                errors.append(f"{name}:{number}: {why}")
        return errors

    def begin(self, building, now_ms):
        if self.relay_ms is not None:
            building.relay_ms = self.relay_ms
        for begin in self.openings:
            begin(building)
        building.begin(now_ms)

    def do(self, building, words, now_ms):
        """Do what the words name; a Refusal when they name nothing."""
        if not words:
            raise Refusal("an event is missing")
        events = {event.words[0]: event for event in self.events}
        if words[0] not in events:
            raise Refusal(f'unknown event "{words[0]}"{meant(words[0], events)}')
        for event in self.events:
            if event.words[0] != words[0]:
                continue
            try:
                given, why = event.match(self.site, words), None
                break
            except Refusal as error:
                why = error
        if why:
            raise why
        event.happen(building, given, now_ms)
