"""What a person orders of facilityd: at its local socket where it is on this machine, else through the broker."""

import math
import re
import sys

from facilityctl.ask import Nobody, whole_answer
from facilityctl.document import get, items, text_of
from facilityctl.failed import Wrong
from facilityctl.output import say
from facilityctl.verbs import members
from facilityctl.words import cell, listed, same

def number(text):
    if not re.fullmatch(r"-?\d{1,18}", text, re.A):
        raise Wrong(f'"{text}" is no number of an incident of the plan')
    return int(text)


def plain(text):
    if not text.isprintable() and any("\ud800" <= one <= "\udfff" for one in text):
        raise Wrong(f"{ascii(text)} is not UTF-8")
    return text


def answers(text):
    """ "trapped=yes,hurt=no": what a report answers too. """
    pairs = [one.partition("=") for one in plain(text).split(",")]
    if not all(fact and says for fact, _, says in pairs):
        raise Wrong(f'"{text}" is no answer: FACT=yes|no|unknown, and more after a comma')
    return {fact.strip(): says.strip() for fact, _, says in pairs}


def value(text):
    if text in ("on", "off"):
        return int(text == "on")
    try:
        return float(text) if math.isfinite(float(text)) else number(text)
    except ValueError:
        raise Wrong(f'"{text}" is no value of an output: a number, on or off') from None


def yes(text):
    if text != "anyway":
        raise Wrong(f'"{text}" has no place there')
    return True


KINDS = {"type": number, "value": value, "anyway": yes, "answers": answers}
# How it is typed with all its words, where what may lack stands before the end.
TYPED = {"set": ("output", "value", "until", "note")}


def lock_words(words):
    """ "KIND:ID [quiet [NUMBER]] UNTIL REASON", in the order of its members, and the members that they leave out. """
    rest, more = words[1:], {}
    if rest[:1] == ["quiet"] and len(rest) > 2:
        more["quiet"], rest = True, rest[1:]
        if len(rest) > 2:
            more["type"], rest = number(rest[0]), rest[1:]
    if len(words) < 3 or len(rest) != 2:
        raise Wrong("lock takes KIND:ID [quiet [NUMBER]] UNTIL REASON, see --help")
    return [words[0], *rest], more


def request_of(verb, words):
    """Its members, in the order of the words."""
    if verb == "lock":
        words, more = lock_words(words)
        return {**dict(zip(("what", "until", "note"), map(plain, words))), **more}
    names = [member for member, _ in members(verb)]
    if verb in TYPED and len(words) == len(names):
        names = TYPED[verb]
    if verb == "set" and len(words) < len(names) and re.fullmatch(r"\d+ *(s|min|h|d)?", words[-1], re.A):
        raise Wrong(f'"{words[-1]}" is no reason: set OUTPUT VALUE [UNTIL] REASON, see --help')
    if words[-1:] == ["anyway"] and "anyway" in names:
        names = [*names[:len(words) - 1], "anyway"]
    return {member: KINDS.get(member, plain)(word) for member, word in zip(names, words)}


def by_broker(verb, request, options):
    # Only now, since its library takes longer to load than all the rest.
    from facilityctl import exchange
    return exchange.run(verb, request, options)


def carry_out(verb, request, options):
    """The answer; raises Failed where it is refused."""
    must = "socket" in options.given
    if options.names_broker() and not must:
        return by_broker(verb, request, options)
    try:
        return whole_answer(options.socket, options.language, verb=verb, **request)
    except Nobody as nobody:
        if must:
            raise
        if nobody.denied:
            print(f"facilityctl: {nobody.what}", file=sys.stderr)
        return by_broker(verb, request, options)


def covered(lock, language):
    """What a lock covers, in lines."""
    covers = get(lock, "covers")

    def some(key):
        return get(covers, key, "count"), listed(same(str(one)) for one in get(covers, key, "ids") or [])
    yield cell("ctl", "lock-until", until=text_of(lock, "until")[:16].replace("T", " "))
    for key, word in (("outputs", "lock-outputs"), ("blind", "lock-blind")):
        count, ids = some(key)
        if count:
            yield cell("ctl", word, count=count, ids=ids)
    types = listed({**same(""), **get(one, "name")} for one in items(covers, "types") if isinstance(get(one, "name"), dict))
    if types[language]:
        yield cell("ctl", "lock-types", types=types)


def switches(action, language, released):
    """What is to be switched, or where that is asked."""
    def name(value):
        return text_of(value, language) or text_of(value, "en")

    outputs = [f"{name(get(one, 'name'))} → {name(get(one, 'text'))}" for one in items(action, "outputs")]
    places = [f"{text_of(one, 'id')} ({name(one)})" for one in items(action, "places")]
    waits = text_of(action, "state") == "awaiting" and not released
    which = "waits-place" if places else "waits" if not outputs else "waits-switch" if waits else "will-switch"
    return cell("ctl", which, step=same(text_of(action, "step")), outputs=listed(map(same, outputs)),
                places=listed(map(same, places)))[language]


def run(verb, words, options):
    answer = carry_out(verb, request_of(verb, words), options)
    holders = get(answer, "held_by")
    say("ok")
    if isinstance(get(answer, "lock"), dict):
        for line in covered(answer["lock"], options.language):
            say(line[options.language])
    if text_of(answer, "until"):
        say(cell("ctl", "lock-until", until=text_of(answer, "until")[:16].replace("T", " "))[options.language])
    persons = get(answer, "still_locked_by")
    if persons:
        say(cell("ctl", "still-locked-by", persons=listed(same(str(one)) for one in persons))[options.language])
    second = text_of(answer, "second_until")
    if second:
        say(cell("ctl", "waits-second", until=second[11:19])[options.language])
    for action in items(answer, "actions"):
        say(switches(action, options.language, verb == "release" and not second))
    if isinstance(holders, list) and holders:
        say(cell("ctl", "held-by", incidents=listed(same(str(one)) for one in holders))[options.language])
    for member, word in (("unknown", "not-known-before"), ("held", "still-held")):
        outputs = get(answer, member)
        if isinstance(outputs, list) and outputs:
            say(cell("ctl", word, outputs=listed(same(str(one)) for one in outputs))[options.language])
