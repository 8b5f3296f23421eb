"""What a person orders of facilityd: at its local socket where it is on this machine, else through the broker."""

import math
import re
import sys

from facilityctl.ask import Nobody, whole_answer
from facilityctl.document import get
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


def value(text):
    if text in ("on", "off"):
        return int(text == "on")
    try:
        return float(text) if math.isfinite(float(text)) else number(text)
    except ValueError:
        raise Wrong(f'"{text}" is no value of an output: a number, on or off') from None


KINDS = {"type": number, "value": value}
# How it is typed with all its words, where what may lack stands before the end.
TYPED = {"set": ("output", "value", "until", "note")}


def request_of(verb, words):
    """Its members, in the order of the words."""
    names = [member for member, _ in members(verb)]
    if verb in TYPED and len(words) == len(names):
        names = TYPED[verb]
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


def run(verb, words, options):
    answer = carry_out(verb, request_of(verb, words), options)
    holders = get(answer, "held_by")
    say("ok")
    if isinstance(holders, list) and holders:
        say(cell("ctl", "held-by", incidents=listed(same(str(one)) for one in holders))[options.language])
