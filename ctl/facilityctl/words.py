"""The table of words, which the build puts beside this file; a cell is a text in every language."""

import json
import pkgutil
import string

WORDS = json.loads(pkgutil.get_data(__package__, "words.json").decode())
LANGUAGES = tuple(WORDS["language"]["name"])
EXTRA = {"event": "write"}  # an intent is an event too, but of no incident's life


def same(text):
    return dict.fromkeys(LANGUAGES, text)


def cell(group, word, **parts):
    """A word of the table with its {names} filled in, by texts or by cells; what it does not know, as it is."""
    if word not in WORDS[group]:
        group = EXTRA.get(group, group)
    texts = WORDS[group].get(word)
    if texts is None:
        return same(word)
    parts = {name: part if isinstance(part, dict) else same(str(part)) for name, part in parts.items()}
    return {language: texts[language].format(**{name: part[language] for name, part in parts.items()})
            for language in LANGUAGES}


def join(*parts):
    """Texts and cells, one behind the other."""
    return {language: "".join(part if isinstance(part, str) else part[language] for part in parts)
            for language in LANGUAGES}


def listed(cells):
    whole = None
    for one in cells:
        whole = one if whole is None else cell("record", "list", first=whole, second=one)
    return whole or same("")


def pattern_fits(text, said):
    """What {names} of an English text stand for in what was said; None: it does not fit."""
    found, rest = {}, said
    pieces = list(string.Formatter().parse(text))
    for i, (literal, name, _, _) in enumerate(pieces):
        if not rest.startswith(literal):
            return None
        rest = rest[len(literal):]
        if name is None:
            continue
        following = pieces[i + 1][0] if i + 1 < len(pieces) else ""
        end = rest.find(following) if following else len(rest)
        if end < 0:
            return None
        found[name], rest = rest[:end], rest[end:]
    return None if rest else found


def said(group, text):
    """What the machine has said in English, in every language; what a person said stays as it is."""
    for texts in WORDS[group].values():
        found = pattern_fits(texts["en"], text)
        if found is not None:
            inner = {name: said(group, part) for name, part in found.items()}
            return {language: texts[language].format(**{name: part[language] for name, part in inner.items()})
                    for language in LANGUAGES}
    return same(text)
