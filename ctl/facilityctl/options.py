"""What stands before the verb."""

import getopt
import os
import sys

from facilityctl.failed import Wrong
from facilityctl.version import CONFIG
from facilityctl.words import LANGUAGES

SOCKET = "/run/facilityd/facilityd.sock"
WITH_WORD = ("config", "host", "port", "site", "user", "password-file", "ca-file", "socket", "lang", "color")
LETTERS = {"c": "config", "u": "user", "h": "help", "V": "version"}
BROKER = ("config", "host", "port", "site", "user", "password-file", "ca-file")


def locale_language():
    """From the environment as setlocale(3) ranks it."""
    named = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")[:2]
    return named if named in LANGUAGES else "en"


def wants_colour(when):
    return when == "always" or when != "never" and sys.stdout.isatty() and not os.environ.get("NO_COLOR")


class Options:
    """given: by name, what was typed. language: of what is printed; both: nobody asked for that one, so what can be in
    all of them may be. colour, config and socket: with what stands for them where they lack."""

    def __init__(self, given):
        language = given.get("lang")
        self.given = given
        self.both = language is None
        self.language = locale_language() if self.both else language if language in LANGUAGES else "en"
        self.colour = wants_colour(given.get("color"))
        self.config = given.get("config", CONFIG)
        self.socket = given.get("socket", SOCKET)

    def names_broker(self):
        """Who says something about the broker means the broker."""
        return any(name in self.given for name in BROKER)


def parse(arguments):
    """(options, the words from the verb on): the first word that is no option is the verb."""
    try:
        given, words = getopt.getopt(arguments, "c:u:hV", [name + "=" for name in WITH_WORD] + ["help", "version"])
    except getopt.GetoptError as error:
        raise Wrong(f"{error}\nTry facilityctl --help.") from error
    return Options({LETTERS.get(name.lstrip("-"), name.lstrip("-")): value for name, value in given}), words
