"""facilityctl takeover: of two facilityd of a site the one of this machine is at work from now on."""

from facilityctl.ask import whole_answer
from facilityctl.output import say


def run(_words, options):
    whole_answer(options.socket, options.language, verb="takeover")
    say("ok")
