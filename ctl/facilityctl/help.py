"""facilityctl help, in the person's language; or the orders as JSON, for programs."""

import json
import textwrap

from facilityctl.options import CONFIG, SOCKET
from facilityctl.output import say
from facilityctl.table import width
from facilityctl.verbs import NAMES, ORDERS, check_name
from facilityctl.words import WORDS, cell

COLUMN, WIDTH = 36, 96


def lines_of(name, language):
    usage, does = ("usage", "verb") if name in ORDERS else ("ask-usage", "ask")
    after = WORDS[usage][name][language]
    line = f"  {name} {'' if after == '-' else after}"
    if width(line) > COLUMN - 2:
        yield line
        line = ""
    # A text without blanks stays as it is.
    first, *rest = textwrap.wrap(WORDS[does][name][language], WIDTH - COLUMN, break_long_words=False, break_on_hyphens=False)
    yield line + " " * (COLUMN - width(line)) + first
    for more in rest:
        yield " " * COLUMN + more


def who_lines(name, language):
    if name in ORDERS:
        yield f"  {cell('ctl', 'over-mqtt')[language]} cmd/<user>/{name} {{ {ORDERS[name]['members']} }}"
        yield f"  {cell('ctl', 'who-may')[language]} {cell('ctl', 'who-' + ORDERS[name]['who'])[language]}"


def all_lines(language):
    yield cell("ctl", "help-begin")[language]
    for name in NAMES:
        yield from lines_of(name, language)
    yield cell("ctl", "help-end", config=CONFIG, socket=SOCKET)[language].removesuffix("\n")


def orders_json():
    orders = [{"verb": name, **order, "help": {language: WORDS["verb"][name][language] for language in ("zh", "en")}}
              for name, order in ORDERS.items()]
    return json.dumps(orders, ensure_ascii=False, separators=(",", ":"))


def run(words, options):
    if words == ["--json"]:
        say(orders_json())
        return
    if words:
        check_name(words[0])
        lines = [*lines_of(words[0], options.language), *who_lines(words[0], options.language)]
    else:
        lines = all_lines(options.language)
    say("\n".join(lines))
