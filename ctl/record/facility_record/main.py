"""facility-record: what facilityctl's verbs incidents, record and export do with the journal.

facilityctl starts it with what was typed: facility-record SOCKET LANGUAGE|both:LANGUAGE COLOUR VERB [WORD]...
"""

import getopt
import json
import os
import signal
import sys
import time

from facility_record import model, period, table, write
from facility_record.ask import Failed, pages
from facility_record.output import Failed as NotWritten
from facility_record.output import Output
from facility_record.page import Page, names, text_of, word
from facility_record.words import LANGUAGES, cell

REFUSED, USAGE = 1, 2
OPTIONS = {
    "incidents": ("", ["json", "all", "since=", "until=", "type=", "zone=", "state=", "drill="], 0),
    "record": ("o:", ["json", "html", "output=", "force"], 1),
    "export": ("o:", ["since=", "until=", "format=", "output=", "force"], 0),
}
CHOICES = {"state": ("open", "closed", "all"), "drill": ("yes", "no", "only"), "format": ("csv", "json")}
PROGRESS_S = 1


class Wrong(Exception):
    """Of what was typed, for people."""


class Show:
    """In which language, in all of them, and in colour?"""

    def __init__(self, language, colour):
        self.both = language.startswith("both:")
        self.language = language.removeprefix("both:")
        self.colour = colour == "colour"


def parse(verb, words):
    letters, names_, count = OPTIONS[verb]
    try:
        given, words = getopt.gnu_getopt(words, letters, names_)
    except getopt.GetoptError as error:
        raise Wrong(f"{verb}: {error}, see --help") from error
    options = {"output" if name == "-o" else name[2:]: value for name, value in given}
    for name, choices in CHOICES.items():
        if name in options and options[name] not in choices:
            raise Wrong(f'{verb}: --{name} "{options[name]}": one of {"|".join(choices)}')
    if len(words) != count:
        raise Wrong(f"{verb} takes {count} argument{'' if count == 1 else 's'}, see --help")
    return options, words


def members(options):
    """since, until, type, zone, state and drill as the daemon wants them."""
    found = {name: options[name] for name in ("zone", "state", "drill") if name in options}
    for name in ("since", "until"):
        if name in options:
            try:
                found[name] = period.iso(period.parse(options[name], time.time(), name == "until"))
            except ValueError as error:
                raise Wrong(f'--{name} "{options[name]}": no time: 2026-11-24, 2026-11-24T03:00, 7d, 12h or 30m') from error
    if "type" in options:
        if not options["type"].isdecimal():
            raise Wrong(f'"{options["type"]}" is no number of an incident of the plan')
        found["type"] = int(options["type"])
    return found


def record(socket, show, options, words):
    if "json" in options and "html" in options:
        raise Wrong("--json or --html, not both")
    with Output(options.get("output"), "force" in options) as file:
        entries = list(pages(socket, show.language, verb="record", incident=words[0]))
        now = time.time()
        made = model.make(entries, now, period.iso(now))
        if "json" in options:
            file.write(json.dumps(made, ensure_ascii=False, indent=1) + "\n")
            return
        page = Page(made)
        if "html" in options:
            order = LANGUAGES if show.both else (show.language,)
            file.writelines(write.page_html(page, order, show.language))
        else:
            file.writelines(write.text(page, show.language, show.colour and file is sys.stdout))


def export(socket, show, options, _words):
    as_csv, asked = options.get("format", "csv") == "csv", members(options)
    with Output(options.get("output"), "force" in options) as file:
        # Entries on the same terminal are progress enough.
        shown, told = sys.stderr.isatty() and not file.isatty(), time.monotonic()
        if as_csv:
            file.write(table.heading())
        try:
            for count, entry in enumerate(pages(socket, show.language, verb="entries", **asked), 1):
                file.write(table.row(entry) if as_csv
                           else json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n")
                if shown and time.monotonic() - told >= PROGRESS_S:
                    told = time.monotonic()
                    line = cell("record", "progress", count=count, time=text_of(entry, "time")[:16])[show.language]
                    print(f"\r{line}\033[K", end="", file=sys.stderr, flush=True)
        finally:
            if shown:
                print("\r\033[K", end="", file=sys.stderr, flush=True)


def history_row(show, incident):
    def moment(key):
        iso = text_of(incident, key)
        return f"{iso[:10]} {iso[11:16]}" if len(iso) > 16 else ""
    mark = f"[{cell('mark', 'drill')[show.language]}] " if incident.get("drill") is True else ""
    return [text_of(incident, "id"), mark + names(incident, "name")[show.language],
            names(incident, "zone_name")[show.language], word("severity", incident, "severity")[show.language],
            word("state", incident, "state")[show.language], str(incident.get("steps_open", 0)), moment("raised"),
            moment("closed")]


def incidents(socket, show, options, _words):
    by_id = {}
    for row in pages(socket, show.language, verb="history", **members(options)):
        # One that closes between two pages comes twice, and is closed then.
        if by_id.get(row["id"], {}).get("state") != "closed":
            by_id[row["id"]] = row
    rows = sorted(by_id.values(), key=lambda row: (model.seconds(row.get("raised")) or 0, row["id"]))
    with Output(None, False) as file:
        if "json" in options:
            file.write(json.dumps(rows, ensure_ascii=False, separators=(",", ":")) + "\n")
        elif not rows:
            file.write(cell("record", "no-incident")[show.language] + "\n")
        else:
            head = "id incident where severity state steps-open raised closed".split()
            colours = ["dim"] + [None if row.get("state") == "closed" else "yellow" for row in rows]
            lines = [write.headings(head, show.language)] + [history_row(show, row) for row in rows]
            file.writelines(write.table(lines, colours if show.colour else ()))


def run():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.stdout.reconfigure(encoding="utf-8", newline="")
    socket, language, colour, verb, *words = sys.argv[1:]
    try:
        options, words = parse(verb, words)
        {"incidents": incidents, "record": record, "export": export}[verb](socket, Show(language, colour), options, words)
    except Wrong as wrong:
        print(f"facilityctl: {wrong}", file=sys.stderr)
        return USAGE
    except (Failed, NotWritten) as failed:
        print(f"facilityctl: {failed}", file=sys.stderr)
        return REFUSED
    return os.EX_OK


def main():
    sys.exit(run())
