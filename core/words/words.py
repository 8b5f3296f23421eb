#!/usr/bin/python3
"""Reads the table of words, core/words/<language>.conf, and turns it into what programs take.

  words.py check            every language has the same groups, ids and {names}
  words.py enums FILE       the enumerations, for C
  words.py rows FILE        the texts, for core/words.c
  words.py orders FILE      the members of verbs.table, for core/order.c
  words.py verbs FILE       all of it, {verb: {members, who}}, for what is not C
  words.py json FILE        {group: {id: {language: text}}}, for what is not C

Each says `file:line: what` for all that is wrong and ends with 1. A module for Python, too.
"""

import glob
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
NEEDED = ("zh", "en")  # documents carry these two
MADE = "/* Made by core/words/words.py of core/words: edit there. */"
HOLE = re.compile(r"\{([a-z0-9_]+)\}")
NOT_FOR_C = ("page", "phone", "flow", "record", "listing", "stats", "heading", "ctl", "tool", "usage", "ask", "ask-usage",
             "button", "open", "mark")
# Groups whose enumeration the program uses by a name of its own, and what its members begin with.
NAMES = {"event": ("transition_kind", "TRANSITION"), "verb": ("order_kind", "ORDER"),
         "trouble": ("failing_kind", "FAILING"), "fallback-reason": ("fallback_reason", "FALLBACK")}


class Wrong(Exception):
    """Lines for people."""


def parse(path):
    """({group: {id: text}}, {(group, id): line}); raises Wrong."""
    words, lines, wrong, group = {}, {}, [], None
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            if re.fullmatch(r"\[[a-z_-]+\]", line):
                group = line[1:-1]
                if group in words:
                    wrong.append(f"{path}:{number}: group [{group}] is there already")
                words.setdefault(group, {})
                lines[group, None] = number
                continue
            if line.startswith("|") and group and words[group]:  # a text of several lines
                words[group][word] += line[2:] + "\n"
                continue
            word, equals, text = (part.strip() for part in re.sub(r" =$", " = ", line).partition(" = "))
            if group is None or line.startswith("|"):
                wrong.append(f"{path}:{number}: \"{line}\" is no word of a group")
                continue
            if word in words[group]:
                wrong.append(f"{path}:{number}: [{group}] has \"{word}\" already")
            if re.fullmatch(r'" .*"|".* "', text):  # quotes keep a blank at an end
                text = text[1:-1]
            words[group][word] = text if equals else word
            lines[group, word] = number
    wrong += [f"{path}:{lines[group, word]}: \"{word}\" has no text" for group, texts in words.items()
              for word, text in texts.items() if not text]
    if wrong:
        raise Wrong("\n".join(wrong))
    return words, lines


def differences(path, words, lines, model_path, model):
    """What one language has that the other lacks, in both directions, and other {names}."""
    for group, texts in model.items():
        for word, text in texts.items():
            if word not in words.get(group, {}):
                yield f"{path}:{lines.get((group, None), 1)}: [{group}] lacks \"{word}\" of {model_path}"
            elif set(HOLE.findall(text)) != set(HOLE.findall(words[group][word])):
                yield f"{path}:{lines[group, word]}: \"{word}\" fills in other {{names}} than {model_path}"
    for group, texts in words.items():
        for word in texts:
            if word not in model.get(group, {}):
                yield f"{path}:{lines[group, word]}: [{group}] has \"{word}\", which {model_path} lacks"


def read(folder=HERE):
    """{group: {id: {language: text}}} in the order of en.conf; raises Wrong."""
    paths = {os.path.basename(path)[:-5]: os.path.relpath(path) for path in
             sorted(glob.glob(os.path.join(folder, "*.conf")))}
    missing = [language for language in NEEDED if language not in paths]
    if missing:
        raise Wrong(f"{folder}: lacks {missing[0]}.conf")
    tables = {language: parse(path) for language, path in paths.items()}
    model = tables["en"][0]
    wrong = [line for language, (words, lines) in tables.items() if language != "en"
             for line in differences(paths[language], words, lines, paths["en"], model)]
    if wrong:
        raise Wrong("\n".join(wrong))
    order = sorted(tables, key=lambda language: (NEEDED + (language,)).index(language))
    return {group: {word: {language: tables[language][0][group][word] for language in order}
                    for word in texts} for group, texts in model.items()}


def read_orders(words, folder=HERE):
    """{verb: (who, members, machine)} in the order of group [verb]; machine: "", "+homeassistant" or "+homeassistant?"; raises Wrong."""
    path, orders, wrong = os.path.relpath(os.path.join(folder, "verbs.table")), {}, []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            row = re.fullmatch(r"([a-z-]+) = (operator|involved|engineer)(\+homeassistant\??)? (.+)", line.strip())
            if row:
                orders[row[1]] = (row[2], row[4], row[3] or "")
            elif line.strip() and not line.startswith("#"):
                wrong.append(f"{path}:{number}: \"{line.strip()}\" is no verb, who and members")
    for group in ("verb", "usage", "button"):
        missing = set(orders) ^ set(words[group])
        wrong += [f"{path}: \"{verb}\" stands here or in [{group}] only" for verb in sorted(missing)]
    if wrong:
        raise Wrong("\n".join(wrong))
    return {verb: orders[verb] for verb in words["verb"]}


def languages(words):
    return list(next(iter(words["language"].values())))


def identifier(text):
    return re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")


def enumeration(name, members, last):
    return "\n".join([f"enum {name} {{", *(f"\t{member}," for member in members), f"\t{last}", "};\n"])


def for_c(words):
    return {group: ids for group, ids in words.items() if group not in NOT_FOR_C}


def enums(words):
    """C: every group's ids as an enumeration."""
    words = for_c(words)
    groups = [f"WORD_{identifier(group)}" for group in words]
    parts = [MADE, "#ifndef CORE_WORDS_TABLE_H\n#define CORE_WORDS_TABLE_H\n",
             enumeration("language", [f"LANGUAGE_{identifier(l)}" for l in languages(words)], "LANGUAGE_COUNT"),
             enumeration("word_group", groups, "WORD_GROUP_COUNT")]
    for group, ids in words.items():
        name, prefix = NAMES.get(group, (f"word_{identifier(group).lower()}", f"WORD_{identifier(group)}"))
        last = f"{name.upper()}_COUNT"
        parts.append(enumeration(name, [f"{prefix}_{identifier(word)}" for word in ids], last))
    return "\n".join([*parts, "#endif\n"])


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("??", '?""?') + '"'


def rows(words):
    """C: the texts, in the order of the enumerations."""
    words = for_c(words)
    parts = [MADE]
    for group, ids in words.items():
        parts.append(f"static const struct row {identifier(group).lower()}_rows[] = {{")
        parts += ["\t{ %s, { %s } }," % (quoted(word), ", ".join(map(quoted, texts.values())))
                  for word, texts in ids.items()]
        parts.append("};")
    parts.append("static const struct group groups[WORD_GROUP_COUNT] = {")
    parts += [f"\t{{ {quoted(group)}, {identifier(group).lower()}_rows, {len(ids)} }},"
              for group, ids in words.items()]
    return "\n".join([*parts, "};\n"])


def orders(words):
    """C: core/order.c's rows."""
    parts = [MADE, "static const struct row rows[ORDER_KIND_COUNT] = {"]
    machines = {"": "MACHINE_NEVER", "+homeassistant": "MACHINE_MAY", "+homeassistant?": "MACHINE_WHERE_LET"}
    parts += [f"\t[ORDER_{identifier(verb)}] = {{ {quoted(members)}, WHO_{identifier(who)}, {machines[machine]} }},"
              for verb, (who, members, machine) in read_orders(words).items()]
    return "\n".join([*parts, "};\n"])


def as_json(value):
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def verbs(words):
    return as_json({verb: {"members": members, "who": who} for verb, (who, members, _) in read_orders(words).items()})


def main(arguments):
    makers = {"check": orders, "enums": enums, "rows": rows, "orders": orders, "verbs": verbs,
              "json": as_json}
    if not arguments or arguments[0] not in makers or len(arguments) != (1 if arguments[0] == "check" else 2):
        print(__doc__)
        return 2
    try:
        text = makers[arguments[0]](read())
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 1
    if len(arguments) == 2:
        with open(arguments[1], "w", encoding="utf-8") as file:
            file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
