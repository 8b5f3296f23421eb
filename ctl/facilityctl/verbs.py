"""What facilityctl understands: the orders of core/words, and verbs of its own."""

import difflib
import json
import pkgutil

from facilityctl.failed import Wrong
from facilityctl.words import WORDS

ORDERS = json.loads(pkgutil.get_data(__package__, "verbs.json").decode())
# Of its own: what kind it is, and how many words may follow. Queries have options, and count for themselves.
QUERY, TOOL, WATCH, HELP, ORDER = "query", "tool", "watch", "help", "order"
OWN = {"watch": (WATCH, 0, 0), "help": (HELP, 0, 1),
       "takeover": (TOOL, 0, 0), "adapters": (TOOL, 0, 0), "site": (TOOL, 0, 0), "profile": (TOOL, 1, 2), "probe": (TOOL, 2, 3), "scan": (TOOL, 1, 3)}
NAMES = ["watch", *ORDERS, *(name for name in WORDS["ask"] if name != "watch")]


def kind(name):
    return ORDER if name in ORDERS else OWN.get(name, (QUERY,))[0]


def members(name):
    """Of an order, each with whether it may be left out."""
    return [(word.strip("[]"), word.startswith("[")) for word in ORDERS[name]["members"].split()]


def check_count(name, count, least, most):
    if not least <= count <= most:
        takes = str(most) if least == most else f"{least} to {most}"
        raise Wrong(f"{name} takes {takes} argument{'' if takes == '1' else 's'}, see --help")


def check_name(name):
    if name not in NAMES:
        near = difflib.get_close_matches(name, NAMES, 1)
        raise Wrong(f'unknown command "{name}"' + (f' (did you mean "{near[0]}"?)' if near else ""))


def joined(name, words):
    """As out-of-service is typed: "16 f4" is the lock that is called 16-f4."""
    if name == "in-service" and len(words) > 1 and words[0].isdecimal():
        return ["-".join(words[:2]), *words[2:]]
    return words


def check_words(name, words):
    if name in ORDERS:
        optional = [may_lack for _, may_lack in members(name)]
        check_count(name, len(words), optional.count(False), len(optional))
    elif kind(name) != QUERY:
        check_count(name, len(words), *OWN[name][1:])
