"""Two writers of pages: text for a terminal, and HTML, one file without anything from elsewhere, for A4."""

import html
import re

from facilityctl.table import headings, table
from facilityctl.words import LANGUAGES, cell

# What XML 1.0 does not allow.
NOT_XML = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

STYLE = """\
@page { size: A4; margin: 15mm 12mm; }
body { font: 10pt/1.4 'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', sans-serif; color: #000;
  background: #fff; max-width: 190mm; margin: 1em auto; }
h1 { font-size: 16pt; margin: 0 0 .3em; }
h2 { font-size: 12pt; margin: 1.2em 0 .3em; border-bottom: 1px solid #000; break-after: avoid; }
table { border-collapse: collapse; width: 100%; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { border: 1px solid #999; padding: .15em .4em; text-align: left; vertical-align: top; overflow-wrap: break-word; }
td:last-child { overflow-wrap: anywhere; }
th { background: #eee; }
table.plain td:first-child { width: 11em; background: #eee; }
.drill { border: 3px double #000; padding: .3em; text-align: center; font-weight: bold; font-size: 14pt;
  margin: 0 0 .6em; }
[lang=en] + [lang=zh], [lang=zh] + [lang=en] { color: #444; font-size: 90%; }
span { display: block; white-space: pre-wrap; }
h1 span, h2 span { display: inline; margin-right: .6em; }
@media print { body { margin: 0; max-width: none; } }
"""


def text(page, language, colour):
    if page.drill:
        yield f"*** {cell('record', 'drill')[language]} ***\n"
    for line in (page.title, *page.lines):
        yield line[language] + "\n"
    for title, columns, rows in page.sections:
        yield f"\n== {cell('record', title)[language]}\n"
        head = [headings(columns, language)] if columns else []
        body = [[one[language] for one in row] for row in rows]
        yield from table(head + body, ["dim"] if colour and head else [])


def escaped(value):
    return html.escape(NOT_XML.sub("?", value))


def cell_html(value, languages):
    texts = list(dict.fromkeys(value.values()))
    if len(texts) == 1:
        return escaped(texts[0])
    return "".join(f'<span lang="{language}">{escaped(value[language])}</span>' for language in languages)


def row_html(element, cells):
    return "<tr>" + "".join(f"<{element}>{one}</{element}>" for one in cells) + "</tr>\n"


def page_html(page, languages, first):
    """languages: what the page is in; first: that of its title in the window."""
    def one(value):
        return cell_html(value, languages)
    yield (f'<!DOCTYPE html>\n<html lang="{first}">\n<head>\n<meta charset="utf-8" />\n'
           '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'" />\n'
           f"<title>{escaped(page.title[first])}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n")
    if page.drill:
        yield f'<div class="drill">{one(cell("record", "drill"))}</div>\n'
    yield f"<h1>{one(page.title)}</h1>\n"
    for line in page.lines:
        yield f"<p>{one(line)}</p>\n"
    for title, columns, rows in page.sections:
        kind = "" if columns else ' class="plain"'
        yield f"<h2>{one(cell('record', title))}</h2>\n<table{kind}>\n"
        if columns:
            heads = [{language: headings([name], language)[0] for language in LANGUAGES} for name in columns]
            yield "<thead>" + row_html("th", map(one, heads)) + "</thead>\n"
        yield "<tbody>\n" + "".join(row_html("td", map(one, row)) for row in rows) + "</tbody>\n</table>\n"
    yield "</body>\n</html>\n"
