"""What stands in a printed record, in both languages: a time, a duration, a word, a name. What is missing is a dash."""

import json
import math
import os
import zipfile
from typing import NamedTuple

from .record import get, string


class Cell(NamedTuple):
    zh: str
    en: str

    def __add__(self, more):
        return Cell(self.zh + more.zh, self.en + more.en)


def same(text):
    return Cell(text, text)


DASH = same("—")
NOTHING = same("")
DURATIONS = (  # seconds of the larger and the smaller unit, and their names
    (86400, 3600, Cell("天", "d"), Cell("小时", "h")),
    (3600, 60, Cell("小时", "h"), Cell("分", "min")),
    (60, 1, Cell("分", "min"), Cell("秒", "s")),
)


def read_words():
    """The table of words, {group: {id: {language: text}}}: packed into this program."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if zipfile.is_zipfile(here):
        with zipfile.ZipFile(here) as packed:
            return json.loads(packed.read("facility_record/words.json"))
    with open(os.path.join(here, "facility_record/words.json"), encoding="utf-8") as file:
        return json.load(file)


WORDS = read_words()


def word(group, value, *keys):
    """Of an id that the table does not have, the id."""
    id_ = string(value, *keys)
    if group == "event" and id_ not in WORDS["event"]:
        group = "write"  # an intent is an event too, but of no incident's life
    text = WORDS[group].get(id_)
    return Cell(text["zh"], text["en"]) if text else same(id_) if id_ else DASH


def text(value, *keys):
    return same(string(value, *keys)) if string(value, *keys) else DASH


def time(value, *keys):
    """2026-11-24 03:01:09"""
    at = string(value, *keys)
    return same(f"{at[:10]} {at[11:19]}") if len(at) > 19 else DASH


def duration(seconds):
    """2 min 10 s"""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        return DASH
    whole = math.floor(seconds + 0.5)
    for big_s, small_s, big, small in DURATIONS:
        if whole >= big_s:
            return Cell(*(f"{whole // big_s} {b} {whole % big_s // small_s} {s}" for b, s in zip(big, small)))
    return same(f"{seconds:.1f}" if whole < 10 else str(whole)) + Cell(" 秒", " s")


def names(value, *keys):
    zh, en = string(value, *keys, "zh"), string(value, *keys, "en")
    return Cell(zh or en, en or zh) if zh or en else DASH


def user(value, *keys):
    """Who: an account or a role; facilityd is the machine."""
    return Cell("系统", "the machine") if string(value, *keys) == "facilityd" else text(value, *keys)


def listed(cells):
    joined = NOTHING
    for i, cell in enumerate(cells):
        joined += (Cell("、", ", ") if i else NOTHING) + cell
    return joined


def value(reading, number):
    """What a reading or an output is: its text, or its number and unit."""
    if isinstance(get(reading, "text"), dict):
        return names(reading, "text")
    shown = get(reading, number)
    if isinstance(shown, bool) or not isinstance(shown, (int, float)):
        return Cell("无数值", "no value")
    unit = string(reading, "unit")
    return same(f"{shown:g}" + (f" {unit}" if unit else ""))


def verdict(step, is_open):
    """The deadline of a step of the record: in time, late by, not due yet, a dash."""
    if get(step, "kept") is True:
        return Cell("按时", "in time")
    if get(step, "kept") is False:
        return Cell("超时 ", "late by ") + duration(get(step, "late_s"))
    if not is_open or not string(step, "deadline") or string(step, "applies") == "no":
        return DASH
    return Cell("未到期", "not due yet")


def status(step):
    """Its status: not needed where it does not apply."""
    if string(step, "applies") == "no" and string(step, "status") == "open":
        return word("applies", step, "applies")
    return word("status", step, "status")
