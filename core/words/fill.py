#!/usr/bin/python3
"""Puts the table of words into the files that carry a part of it, because they are used alone.

  fill.py           writes what has changed, and names it
  fill.py --check   names it only, and ends with 1 where there is any

They are: the broker's access list (config/broker/facility-broker), the words of the bridge to
telephones, the Node-RED flow, the bash completion, the words that schemas name, and the lists of events and verbs in the
manuals, which get a line for what they lack; a better one may be written there by hand.
"""

import argparse
import glob
import json
import os
import re
import sys

import words as table

BROKER = "config/broker/facility-broker"
BRIDGE = "examples/notify-bridge/words.py"
BRIDGE_GROUPS = ("event", "severity", "status", "stage", "answer", "note", "mark", "phone")
FLOW = "examples/node-red/flows.json"
COMPLETION = "ctl/facilityctl.bash"
MQTT = "docs/mqtt.md"
MANUAL = "docs/facilityctl.1"


def fill_broker(text, words, orders):
    """Who may say what, in lines of at most 100."""
    said = {"OPERATES": [verb for verb, (who, _, _) in orders.items() if who != "engineer"],
            "ENGINEERS": [verb for verb, (who, _, _) in orders.items() if who == "engineer"],
            "HOMEASSISTANT": [verb for verb, (_, _, machine) in orders.items() if machine == "+homeassistant"],
            "HOMEASSISTANT_WHERE_LET": [verb for verb, (_, _, machine) in orders.items() if machine.endswith("?")]}
    for name, verbs in said.items():
        lines, line = [], f"{name} = ["
        for verb in verbs:
            if len(line) + len(verb) + 4 > 100:
                lines.append(line.rstrip())
                line = " " * (len(name) + 4)
            line += f'"{verb}", '
        text = re.sub(rf"^{name} = \[.*?\]$", "\n".join([*lines, line[:-2] + "]"]), text, flags=re.M | re.S)
    return text


def fill_bridge(_text, words, _orders):
    part = {group: words[group] for group in BRIDGE_GROUPS}
    inside = json.dumps(part, ensure_ascii=False, indent=1)
    return f'"""Words of facilityd: made of core/words by its fill.py, edit there."""\n\nWORDS = {inside}\n'


def fill_flow(text, words, _orders):
    """Each "words: {...} // groups" of its templates, in Chinese; names of its groups are its own."""
    def line(match):
        part = {group: {word: texts["zh"] for word, texts in words[group].items()} for group in match[2].split()}
        return f"words: {json.dumps(part, ensure_ascii=False)} // {match[2]}"
    nodes = json.loads(text)
    for node in nodes:
        if "format" in node:
            node["format"] = re.sub(r"words: (\{.*\}) // ([a-z -]+)", line, node["format"])
    return json.dumps(nodes, ensure_ascii=False, indent=1) + "\n"


def fill_completion(text, words, orders):
    verbs = ['_facilityctl_verbs="']
    for verb in [*words["ask"]][:1] + [*orders] + [*words["ask"]][1:]:
        if len(verbs[-1]) + len(verb) > 96:
            verbs.append("\t")
        verbs[-1] += f"{verb} "
    rows = [f"\t[{verb}]=\"{words['usage'][verb]['en']}\"" for verb in orders]
    made = [*(line.rstrip(" ") for line in verbs), "declare -gA _facilityctl_orders=(", *rows, ")"]
    made[len(verbs) - 1] += '"'
    return re.sub(r"^_facilityctl_verbs=.*?^# Up to here", "\n".join(made) + "\n# Up to here", text, flags=re.M | re.S)


def fill_schema(text, words, _orders):
    """A schema names its words as examples: there may be more of them tomorrow."""
    def walk(part):
        if isinstance(part, dict):
            if "x-words" in part:
                part["examples"] = [word for word in words[part["x-words"]] if word != "none"]
            for inner in part.values():
                walk(inner)
        elif isinstance(part, list):
            for inner in part:
                walk(inner)
    schema = json.loads(text)
    walk(schema)
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def insert_after(text, pattern, line):
    """Behind the last place of the pattern."""
    end = [match.end() for match in re.finditer(pattern, text, re.M)][-1]
    return text[:end] + line + text[end:]


def fill_mqtt(text, words, orders):
    before = r"`raised`, `reraised`"
    for event, texts in words["event"].items():
        if not re.search(rf"^\|.*`{event}`", text, re.M):
            text = insert_after(text, rf"^\| {before}.*\n", f"| `{event}` | {texts['en']} |\n")
        before = rf"(?:`[a-z-]+`, )*`{event}`"
    before = None
    for verb, (_, members, _) in orders.items():
        if before and not re.search(rf"^\| `{verb}` \|", text, re.M):
            said = ", ".join(f"`{member}`" for member in members.split())
            text = insert_after(text, rf"^\| `{before}` \|.*\n", f"| `{verb}` | {said} | {words['verb'][verb]['en']} |\n")
        before = verb
    return text


def fill_manual(text, words, orders):
    before = None
    for verb in orders:
        if before and not re.search(rf"^\.It Cm {verb}\b(?!-)", text, re.M):
            usage = words["usage"][verb]["en"].lower()
            usage = re.sub(r"\[([a-z]+)\]", r"Op Ar \1", re.sub(r"(?<!\[)\b([a-z]+)\b(?!\])", r"Ar \1", usage))
            said = words["verb"][verb]["en"]
            item = f".It Cm {verb} {usage.replace('Ar step|Ar all', 'Ar step | Cm all')}\n{said[0].upper()}{said[1:]}.\n"
            text = insert_after(text, rf"^\.It Cm {before}\b(?!-).*\n(?:(?!\.It|\.El).*\n)*", item)
        before = verb
    return text


def files(root):
    yield BROKER, fill_broker
    yield BRIDGE, fill_bridge
    yield FLOW, fill_flow
    yield COMPLETION, fill_completion
    yield MQTT, fill_mqtt
    yield MANUAL, fill_manual
    for path in sorted(glob.glob(os.path.join(root, "docs/schemas/*.json"))):
        yield os.path.relpath(path, root), fill_schema


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(table.HERE)))
    arguments = parser.parse_args()
    folder = os.path.join(arguments.root, "core/words")
    try:
        words = table.read(folder)
        orders = table.read_orders(words, folder)
    except table.Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 1
    changed = 0
    for name, fill in files(arguments.root):
        path = os.path.join(arguments.root, name)
        text = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
        filled = fill(text, words, orders)
        if filled == text:
            continue
        changed += 1
        print(f"{name}: {'is not as core/words has it: make words' if arguments.check else 'filled'}")
        if not arguments.check:
            with open(path, "w", encoding="utf-8") as file:
                file.write(filled)
    return 1 if changed and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
