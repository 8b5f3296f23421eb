"""Tables for people, aligned by what a terminal shows; what would move the cursor is made harmless."""

import re
import unicodedata

from facilityctl.words import cell

COLOURS = {"dim": "\033[2m", "red": "\033[1;31m", "yellow": "\033[1;33m", "green": "\033[32m"}
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def width(text):
    """Columns of a terminal: a Chinese character is as wide as two letters."""
    return sum(0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def table(rows, colours=()):
    """Lines, aligned; the last column ends where its text ends. colours: a name or None for each row."""
    rows = [[CONTROL.sub("?", text) for text in row] for row in rows]
    widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    for number, row in enumerate(rows):
        padded = [text + " " * (widths[i] - width(text) + 2) for i, text in enumerate(row[:-1])]
        line = "".join(padded) + row[-1]
        colour = COLOURS.get(colours[number]) if number < len(colours) else None
        yield f"{colour}{line}\033[0m\n" if colour else line + "\n"


def headings(ids, language, group="heading"):
    return [cell(group, one)[language].upper() for one in ids]
