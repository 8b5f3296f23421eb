"""The alarm statistics in words, with what the guides say of each figure (EEMUA 191, ISA-18.2)."""

from facilityctl.document import get, items, text_of
from facilityctl.record.lists import short_time
from facilityctl.words import WORDS, cell

# Up to which figure a verdict holds; the last one is for all above.
AVERAGES = ((1, "average-1"), (2, "average-2"), (5, "average-5"), (None, "average-more"))
PEAKS = ((10, "peak-10"), (None, "peak-more"))
FLOODS = ((1, "flood-1"), (None, "flood-more"))


def verdict(verdicts, figure):
    return next(word for limit, word in verdicts if limit is None or figure <= limit)


def number(stats, *keys):
    found = get(stats, *keys)
    return found if isinstance(found, (int, float)) and not isinstance(found, bool) else 0


def when(value, *keys):
    return short_time(text_of(value, *keys)) or "-"


def lines(documents, language):
    """One a line, without its end."""
    stats = documents[0] if documents and isinstance(documents[0], dict) else {}

    def say(word, **parts):
        return cell("stats", word, **parts)[language]

    def counted(word, pairs):
        between = say("between")
        return say(word) + between.join(say("count", count=count, what=what) for count, what in pairs)

    def ranking(word, rows):
        rows = list(rows)
        return [say(word) + ("" if rows else say("none")), *(f"  {row}" for row in rows)]

    average, peak = number(stats, "raised", "average_per_10_min"), number(stats, "raised", "peak_10_min")
    percent = number(stats, "flood", "percent_of_day")
    yield counted("open", ((number(stats, "open", key), WORDS["open"][key][language]) for key in WORDS["open"]))
    yield counted("raised", ((number(stats, "raised", key), say(key)) for key in ("last_10_min", "last_hour", "last_day")))
    yield say("average", figure=f"{average:.3g}", verdict=say(verdict(AVERAGES, average)))
    yield say("peak", figure=peak, time=when(stats, "raised", "peak_time"), verdict=say(verdict(PEAKS, peak)))
    flood = say("flood", time=when(stats, "flood", "since")) if get(stats, "flood", "active") is True else say("no-flood")
    yield flood + say("of-day", figure=f"{percent:.3g}", verdict=say(verdict(FLOODS, percent)))
    for key in ("chattering", "standing", "stale", "most_frequent"):
        lasting = key in ("standing", "stale")
        yield from ranking(key, (
            f"{text_of(one, 'incident') or '-'}  {say('since', time=when(one, 'since'))}" if lasting
            else f"{text_of(one, 'rule') or '-'}  {text_of(one, 'zone') or '-'}  {number(one, 'raises')}" if key == "chattering"
            else f"{number(one, 'type')}-{text_of(one, 'zone') or '-'}  {number(one, 'raises')}"
            for one in items(stats, key)))
