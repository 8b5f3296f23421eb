"""facilityctl profile check [NAME|FILE]: what profiles there are, and what one says."""

import sys

from facilityctl import config
from facilityctl.failed import REFUSED, Failed, Wrong
from facilityctl.table import headings, table
from facilityctl.tools.registers import type_text
from facilityctl.tools.show import number_text
from facilityctl.words import cell

QUANTITY_COLUMNS = ("quantity", "table", "register", "wire", "type", "scale", "range", "what")
PROFILE_COLUMNS = ("profile", "device", "maker", "quantities", "state", "file")
BASES = {"0": "from 0, as on the wire", "1": "from 1", "4xxxx": "as data sheets do (30001, 40001)"}


def named(one, language):
    """Documents have Chinese and English."""
    return one["zh" if language == "zh" else "en"] or ""


def head(profile, language):
    yield f"{profile['id']}: {named(profile, language)}"
    yield f"  file: {profile['file']}"
    yield f"  made by: {profile['manufacturer']}, {profile['model']}"
    yield f"  adapters: {', '.join(profile['adapters'])}"
    for source in profile["sources"]:
        yield "  source: " + ", ".join(filter(None, (source["title"], source["revision"], source["found"])))
    for note in profile["notes"]:
        yield f"  note: {note}"


def limits(options):
    yield (f"  registers: counted {BASES[options['address_base']]}; in one request at most {options['max_registers']}, "
           f"or {options['max_bits']} bits")
    yield f"  time: {options['timeout']} ms for an answer, usually {options['latency']} ms"


def modbus_cells(quantity):
    options, registers = quantity["options"], quantity["registers"]
    scale = number_text(options["scale"], 10)
    if options["offset"]:
        scale += f" {options['offset']:+.10g}"
    return [registers["table"], str(options["register"]), f"0x{registers['address']:04x}", type_text(quantity),
            "" if scale == "1" else scale]


def quantity_row(quantity, language):
    limit = "" if quantity["unit"] is None else \
        f"{number_text(quantity['min'], 10)} to {number_text(quantity['max'], 10)} {quantity['unit']}"
    what = named(quantity, language) + (cell("ctl", "is-output")[language] if quantity["writable"] else "")
    return [quantity["id"], *(modbus_cells(quantity) if "registers" in quantity else [""] * 5), limit,
            what + (f"; {quantity['note']}" if quantity["note"] else "")]


def check_one(word, options):
    profile = config.run("profile", options.config, word)[1]
    if not profile:
        raise Failed(f'there is no profile "{word}"; "facilityctl profile check" lists those that there are')
    if not profile["sound"]:
        return REFUSED
    quantities = profile["quantities"]
    is_modbus = profile["adapters"][0].startswith("modbus-")
    print("\n".join([*head(profile, options.language), *(limits(profile["options"]) if is_modbus else ())]) + "\n")
    rows = [headings(QUANTITY_COLUMNS, options.language, "tool")]
    rows += [quantity_row(one, options.language) for one in quantities]
    colours = ["dim"] + ["yellow" if one["writable"] else None for one in quantities]
    sys.stdout.writelines(table(rows, colours if options.colour else ()))
    return 0


def check_all(options):
    status, profiles = config.run("profiles", options.config)
    rows, colours = [headings(PROFILE_COLUMNS, options.language, "tool")], ["dim"]
    for one in profiles:
        errors = one["errors"]
        state = "good" if not errors else "1 error" if errors == 1 else f"{errors} errors"
        rows.append([one["id"], named(one, options.language), one["manufacturer"] or "", str(one["quantity_count"]), state,
                     one["file"]])
        colours.append("red" if errors else None)
    sys.stdout.writelines(table(rows, colours if options.colour else ()))
    return REFUSED if status else 0


def run(words, options):
    if words[0] != "check":
        raise Wrong(f'profile "{words[0]}": the only thing to do is check')
    return check_one(words[1], options) if len(words) > 1 else check_all(options)
