"""A page for people, in two languages: a title, lines, and sections of rows of cells. Printed as text in one language,
or as a self-contained HTML page in one or both, for the screen and for A4."""

import html
import re
import unicodedata
from typing import NamedTuple

from .cells import Cell

DRILL = Cell("演练，非真实事件", "DRILL, no real incident")
GAP = 2
# Not allowed in XML 1.0, and what would move a terminal's cursor.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
CONTROL_OF_TERMINALS = re.compile(r"[\x00-\x1f\x7f\x80-\x9f]")
STYLE = """\
@page { size: A4; margin: 15mm 12mm; }
body { font: 10pt/1.4 'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', sans-serif; color: #000; \
background: #fff; max-width: 190mm; margin: 1em auto; }
h1 { font-size: 16pt; margin: 0 0 .3em; }
h2 { font-size: 12pt; margin: 1.2em 0 .3em; border-bottom: 1px solid #000; break-after: avoid; }
table { border-collapse: collapse; width: 100%; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { border: 1px solid #999; padding: .15em .4em; text-align: left; vertical-align: top; \
overflow-wrap: break-word; }
td:last-child { overflow-wrap: anywhere; }
th { background: #eee; }
table.plain td:first-child { width: 11em; background: #eee; }
.drill { border: 3px double #000; padding: .3em; text-align: center; font-weight: bold; font-size: 14pt; \
margin: 0 0 .6em; }
[lang=en] + [lang=zh], [lang=zh] + [lang=en] { color: #444; font-size: 90%; }
span { display: block; white-space: pre-wrap; }
h1 span, h2 span { display: inline; margin-right: .6em; }
@media print { body { margin: 0; max-width: none; } }
"""


class Section(NamedTuple):
    title: Cell
    columns: tuple  # None: rows without a heading
    rows: list


def width_of(text):
    """How many columns of a terminal it takes: a Chinese character is as wide as two letters."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def table_lines(rows):
    """Columns aligned by what a terminal shows. The last column ends where its text ends."""
    rows = [[CONTROL_OF_TERMINALS.sub("?", text) for text in row] for row in rows]
    widths = [max(map(width_of, column)) + GAP for column in zip(*rows)]
    return ["".join([text + " " * (width - width_of(text)) for text, width in zip(row[:-1], widths)] + [row[-1]])
            for row in rows]


class Page:
    def __init__(self, title, drill):
        self.title, self.drill, self.lines, self.sections = title, drill, [], []

    def add(self, title, columns, rows):
        self.sections.append(Section(title, columns, rows))

    def as_text(self, language, colour):
        """`language`: zh or en. Headings are dim on a terminal that has colours."""
        def of(cell):
            return getattr(cell, language)

        lines = [f"*** {of(DRILL)} ***"] if self.drill else []
        lines += [of(self.title), *map(of, self.lines)]
        for section in self.sections:
            lines += ["", f"== {of(section.title)}"]
            rows = ([section.columns] if section.columns else []) + section.rows
            table = table_lines([[of(cell) for cell in row] for row in rows])
            if colour and section.columns:
                table[0] = f"\033[2m{table[0]}\033[0m"
            lines += table
        return "\n".join(lines) + "\n"

    def as_html(self, languages):
        """`languages`: one or both, in their order; the page is in the first."""
        def text(words):
            return html.escape(CONTROL.sub("?", words)).replace("&#x27;", "&#39;")

        def of(cell):
            if cell.zh == cell.en:
                return text(cell.zh)
            return "".join(f'<span lang="{language}">{text(getattr(cell, language))}</span>'
                           for language in ("zh", "en") if language in languages)

        def row(element, row_cells):
            return "<tr>" + "".join(f"<{element}>{of(cell)}</{element}>" for cell in row_cells) + "</tr>\n"

        parts = [f'<!DOCTYPE html>\n<html lang="{languages[0]}">\n<head>\n<meta charset="utf-8" />\n'
                 '<meta http-equiv="Content-Security-Policy" '
                 'content="default-src \'none\'; style-src \'unsafe-inline\'" />\n'
                 f"<title>{text(getattr(self.title, languages[0]))}</title>\n<style>\n{STYLE}</style>\n"
                 "</head>\n<body>\n"]
        if self.drill:
            parts.append(f'<div class="drill">{of(DRILL)}</div>\n')
        parts.append(f"<h1>{of(self.title)}</h1>\n")
        parts += [f"<p>{of(line)}</p>\n" for line in self.lines]
        for section in self.sections:
            parts.append(f"<h2>{of(section.title)}</h2>\n")
            parts.append("<table>\n" if section.columns else '<table class="plain">\n')
            if section.columns:
                parts.append(f"<thead>{row('th', section.columns)}</thead>\n")
            parts.append("<tbody>\n" + "".join(row("td", r) for r in section.rows) + "</tbody>\n</table>\n")
        return "".join(parts) + "</body>\n</html>\n"
