"""What was read, beside what is known of it: registers in the types and orders that they could be, so that a person
finds the right one by looking. Lines of text, no I/O."""

from facilityctl.table import headings, table
from facilityctl.tools import modbus
from facilityctl.tools.registers import (BIT_TABLES, FORMATS, ORDERS, WORDS_MAX, exception_text, is_plausible, point_value,
                                         type_text, value_text, words_of)

COLUMNS = ("register", "hex", "u16", "u32-abcd", "u32-cdab", "f32-abcd", "f32-cdab", "known")
BIT_COLUMNS = ("address", "bit", "known")


def number_text(number, digits=7):
    return f"{number:.{digits}g}"


class View:
    """A range; `found`, which goes on behind it for values that begin in its last registers; all points and quantities
    that are known, each with id, unit (None: a state), min, max, options and registers."""

    def __init__(self, wanted, found, known):
        self.table, self.first, self.count = wanted
        self.found = found
        self.known = [one for one in known if one["registers"]["table"] == self.table]
        self.is_bits = self.table in BIT_TABLES

    def words(self, i):
        """From the i-th on, as far as they were read without a gap."""
        words = []
        for one in self.found[i:i + WORDS_MAX]:
            if one.reason:
                break
            words.append(one.word)
        return words

    def known_at(self, first, count=1):
        return [one for one in self.known if 0 <= one["registers"]["address"] - self.first - first < count]

    def address(self, i):
        return f"{self.table}:{self.first + i} (0x{self.first + i:04x})"

    def reason(self, i):
        found = self.found[i]
        if found.reason == modbus.EXCEPTION:
            return f"exception {found.code}: {exception_text(found.code)}"
        return found.reason


def describe(known, words):
    """"voltage_l1 = 230.4 V (f32)", and whether what is known does not fit what was read."""
    kind, unit = type_text(known), known["unit"]
    try:
        number = point_value(known, words)
    except ValueError:
        return f"{known['id']}: no value as {kind}", True
    if unit is not None and not known["min"] <= number <= known["max"]:
        limits = f"{number_text(known['min'], 6)} to {number_text(known['max'], 6)}"
        return f"{known['id']} = {number_text(number)} {unit} as {kind}, outside {limits}", True
    return f"{known['id']} = {number_text(number)}{' ' + unit if unit else ''} ({kind})", False


def describe_all(view, i, words):
    told = [describe(known, words) for known in view.known_at(i)]
    return "; ".join(text for text, _ in told), any(strange for _, strange in told)


def failed_row(view, i, run):
    """Registers that were not read for one and the same reason."""
    address = f"{view.table}:{view.first + i}-{view.first + i + run - 1}" if run > 1 else view.address(i)
    why = "; ".join([view.reason(i), *(known["id"] for known in view.known_at(i, run))])
    return [address] + [""] * (1 if view.is_bits else 6) + [why]


def float_cell(order, words):
    """One that nobody can mean is a dot, so that those that somebody can stand out."""
    if len(words) < 2:
        return ""
    return value_text("f32", order, words) if is_plausible(order, words) else "."


def number_cells(words):
    word = words[0]
    return [f"{word:04x}", f"{word}, {word - 0x10000}" if word > 0x7fff else str(word),
            value_text("u32", "abcd", words), value_text("u32", "cdab", words), float_cell("abcd", words),
            float_cell("cdab", words)]


def lines(view, language, colour):
    """A line for each register."""
    rows, colours, i = [headings(BIT_COLUMNS if view.is_bits else COLUMNS, language, "tool")], ["dim"], 0
    while i < view.count:
        run = 1
        if view.found[i].reason:
            while i + run < view.count and view.found[i + run] == view.found[i]:
                run += 1
            rows.append(failed_row(view, i, run))
            colours.append("dim")
        else:
            words = view.words(i)
            known, strange = describe_all(view, i, words)
            rows.append([view.address(i), *([str(words[0])] if view.is_bits else number_cells(words)), known])
            colours.append("red" if strange else None)
        i += run
    yield from table(rows, colours if colour else ())


def type_rows(words):
    for kind in FORMATS:
        size = words_of(kind)
        if size <= len(words):
            # In one register the order of words means nothing.
            yield [kind] + [value_text(kind, order, words) if size > 1 or order in ("abcd", "badc") else ""
                            for order in ORDERS]


def blocks(view, colour):
    """A block for each register: every type in every order."""
    for i in range(view.count):
        words = view.words(i)
        known = describe_all(view, i, words)[0] if words else view.reason(i)
        yield ("\n" if i else "") + view.address(i) + (f"  {known}" if known else "") + "\n"
        if words:
            yield from table([["", *ORDERS], *type_rows(words)], ["dim"] if colour else ())
