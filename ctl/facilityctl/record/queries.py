"""What facilityctl lists, and takes out of the journal."""

import getopt
import json
import sys
import time

from facilityctl import period
from facilityctl.ask import answer_of, pages
from facilityctl.document import text_of
from facilityctl.failed import Wrong
from facilityctl.output import Output, say
from facilityctl.record import lists, model, sheet, stats, write
from facilityctl.record.page import Page
from facilityctl.table import headings, table
from facilityctl.verbs import check_count
from facilityctl.words import LANGUAGES, cell

# Letters, names, and how many words at least and at most.
OPTIONS = {
    "incidents": ("", ["json", "all", "since=", "until=", "type=", "zone=", "state=", "drill="], 0, 0),
    "record": ("o:", ["json", "html", "output=", "force"], 1, 1),
    "export": ("o:", ["since=", "until=", "format=", "output=", "force"], 0, 0),
    "points": ("", ["json"], 0, 1), "people": ("", ["json"], 0, 1), "troubles": ("", ["json"], 0, 0),
    "outputs": ("", ["json"], 0, 0), "locks": ("", ["json"], 0, 0),
    "state": ("", ["json"], 0, 0), "stats": ("", ["json"], 0, 0),
}
CHOICES = {"state": ("open", "closed", "all"), "drill": ("yes", "no", "only"), "format": ("csv", "json")}
PROGRESS_S = 1


def parse(verb, words):
    letters, known, least, most = OPTIONS[verb]
    try:
        given, words = getopt.gnu_getopt(words, letters, known)
    except getopt.GetoptError as error:
        raise Wrong(f"{verb}: {error}, see --help") from error
    options = {"output" if name == "-o" else name[2:]: value for name, value in given}
    for name, choices in CHOICES.items():
        if name in options and options[name] not in choices:
            raise Wrong(f'{verb}: --{name} "{options[name]}": one of {"|".join(choices)}')
    check_count(verb, len(words), least, most)
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


def record(show, options, words):
    if "json" in options and "html" in options:
        raise Wrong("--json or --html, not both")
    with Output(options.get("output"), "force" in options) as file:
        entries = list(pages(show.socket, show.language, verb="record", incident=words[0]))
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


def export(show, options):
    as_csv, asked = options.get("format", "csv") == "csv", members(options)
    with Output(options.get("output"), "force" in options) as file:
        # Entries on the same terminal are progress enough.
        shown, told = sys.stderr.isatty() and not file.isatty(), time.monotonic()
        if as_csv:
            file.write(sheet.heading())
        try:
            for count, entry in enumerate(pages(show.socket, show.language, verb="entries", **asked), 1):
                file.write(sheet.row(entry) if as_csv
                           else as_json(entry) + "\n")
                if shown and time.monotonic() - told >= PROGRESS_S:
                    told = time.monotonic()
                    line = cell("record", "progress", count=count, time=text_of(entry, "time")[:16])[show.language]
                    print(f"\r{line}\033[K", end="", file=sys.stderr, flush=True)
        finally:
            if shown:
                print("\r\033[K", end="", file=sys.stderr, flush=True)


def history_row(incident, language):
    def moment(key):
        iso = text_of(incident, key)
        return f"{iso[:10]} {iso[11:16]}" if len(iso) > 16 else ""
    return [text_of(incident, "id"), lists.with_drill(incident, language), lists.name(incident, language, "zone_name"),
            lists.word("severity", incident, "severity", language), lists.word("state", incident, "state", language),
            str(incident.get("steps_open", 0)), moment("raised"), moment("closed")]


def as_json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def past(show, options):
    """Incidents of the journal, in the order of their raise."""
    by_id = {}
    for row in pages(show.socket, show.language, verb="history", **members(options)):
        # One that closes between two pages comes twice, and is closed then.
        if by_id.get(row["id"], {}).get("state") != "closed":
            by_id[row["id"]] = row
    rows = sorted(by_id.values(), key=lambda row: (model.seconds(row.get("raised")) or 0, row["id"]))
    if "json" in options:
        say(as_json(rows))
    elif not rows:
        say(cell("record", "no-incident")[show.language])
    else:
        head = "id incident where severity state steps-open raised closed".split()
        colours = ["dim"] + [None if row.get("state") == "closed" else "yellow" for row in rows]
        show_table([headings(head, show.language)] + [history_row(row, show.language) for row in rows], colours, show)


def show_table(rows, colours, show):
    with Output(None, False) as file:
        file.writelines(table(rows, colours if show.colour else ()))


def listing(verb, show, options, words):
    """As it is now, in one answer."""
    documents, more = answer_of(show.socket, show.language, verb=verb, **({"match": words[0]} if words else {}))
    if "json" in options:
        say(as_json(documents))
    elif verb == "stats":
        say("\n".join(stats.lines(documents, show.language)))
    else:
        rows, colours = lists.listing(verb, documents, show.language)
        if rows:
            show_table(rows, colours, show)
        else:
            say(colours)
    if more:
        print("facilityctl: " + cell("listing", "more")[show.language], file=sys.stderr)


def run(verb, words, show):
    """show: what facilityctl was started with."""
    options, words = parse(verb, words)
    if verb == "record":
        record(show, options, words)
    elif verb == "export":
        export(show, options)
    elif verb == "incidents" and set(options) - {"json"}:
        past(show, options)
    else:
        listing(verb, show, options, words)
