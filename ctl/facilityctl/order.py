"""What a person orders of facilityd: at its local socket where it is on this machine, else through the broker."""

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


KINDS = {"type": number}


def request_of(verb, words):
    """Its members, in the order of the words."""
    return {member: KINDS.get(member, plain)(word) for (member, _), word in zip(members(verb), words)}


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
