"""Times as people type them: "2026-11-24", "2026-11-24T03:00", with or without seconds, fraction and offset, and
"7d", "12h", "30m" before now. No offset means local time."""

import datetime
import re

AGO_MAX = 100000
UNITS = {"d": 86400, "h": 3600, "m": 60}
LOCAL = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?)?")
WITH_OFFSET = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")


def parse(text, now, end):
    """Seconds since the epoch; a day means its beginning, or with `end` that of the next one. Raises ValueError."""
    ago = re.fullmatch(r"(\d+)([dhm])", text, re.ASCII)
    if ago and int(ago[1]) <= AGO_MAX:
        return now - int(ago[1]) * UNITS[ago[2]]
    if LOCAL.fullmatch(text):
        local = datetime.datetime.fromisoformat(text)
        if end and len(text) == 10:  # by the calendar: a day may have 23 or 25 hours
            local += datetime.timedelta(days=1)
        return local.timestamp()
    if WITH_OFFSET.fullmatch(text):
        return datetime.datetime.fromisoformat(text).timestamp()
    raise ValueError(text)


def iso(seconds):
    """As documents have it: ISO 8601 with milliseconds and offset."""
    return datetime.datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="milliseconds")
