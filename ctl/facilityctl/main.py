"""facilityctl: the operator's command line. What a verb needs is loaded only for it."""

import importlib
import os
import signal
import sys

from facilityctl import verbs
from facilityctl.failed import USAGE, Failed, Wrong
from facilityctl.options import parse
from facilityctl.version import VERSION


def run_help(_verb, words, options):
    from facilityctl import help as helping
    helping.run(words, options)


def run_watch(_verb, _words, options):
    from facilityctl import watch
    watch.run(options)


def run_order(verb, words, options):
    from facilityctl import order
    order.run(verb, words, options)


def run_query(verb, words, options):
    from facilityctl.record import queries
    queries.run(verb, words, options)


def run_tool(verb, words, options):
    return importlib.import_module(f"facilityctl.tools.{verb}").run(words, options)


KINDS = {verbs.HELP: run_help, verbs.WATCH: run_watch, verbs.ORDER: run_order, verbs.QUERY: run_query, verbs.TOOL: run_tool}


def carry_out(arguments):
    """The exit status, None for 0. Raises Failed."""
    options, words = parse(arguments)
    if "version" in options.given:
        print(f"facilityctl {VERSION}")
        return os.EX_OK
    if "help" in options.given:
        return run_help("help", [], options)
    if not words:
        print("Try facilityctl --help.", file=sys.stderr)
        return USAGE
    verb, *words = words
    verbs.check_name(verb)
    words = verbs.joined(verb, words)
    verbs.check_words(verb, words)
    kind = verbs.kind(verb)
    if kind != verbs.TOOL and "host" in options.given and \
            ("socket" in options.given or kind not in (verbs.WATCH, verbs.ORDER)):
        raise Wrong("--host is for the broker, the rest for the local socket")
    return KINDS[kind](verb, words, options)


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="")
    try:
        sys.exit(carry_out(sys.argv[1:]))
    except Failed as failed:
        print(f"facilityctl: {failed}", file=sys.stderr)
        sys.exit(failed.status)
