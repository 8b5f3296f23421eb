"""facility-record: what `facilityctl record` prints, from the entries that it hands over on standard input.

usage: facility-record json|text|html LANGUAGES plain|colour NOW

LANGUAGES: zh, en, zh+en or en+zh; text is in the first, a page in HTML in all of them. NOW is when
the record is made. It asks nobody and writes nowhere but to standard output.
"""

import json
import sys

from . import record
from .sheet import Sheet


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    form, languages, colour, made = sys.argv[1:]
    languages = languages.split("+")
    now = record.time_of({"made": made}, "made")
    made_record = record.make(json.load(sys.stdin), made, now)
    if form == "json":
        printed = json.dumps(made_record, ensure_ascii=False, indent=1) + "\n"
    elif form == "html":
        printed = Sheet(made_record).page.as_html(languages)
    else:
        printed = Sheet(made_record).page.as_text(languages[0], colour == "colour")
    sys.stdout.buffer.write(printed.encode("utf-8", "replace"))
