"""What facility-config says of a configuration: a program of its own, since reading one needs its loader."""

import difflib
import json
import os
import subprocess
import sys

from facilityctl.failed import USAGE, Wrong
from facilityctl.version import LIBEXEC

PROGRAM = "facility-config"


def run(*words, piped=True):
    """(exit status, what it printed); its messages go where ours do. Beside this program where it was built, else where
    it is installed."""
    beside = os.path.join(os.path.dirname(os.path.realpath(sys.argv[0])), PROGRAM)
    program = beside if os.access(beside, os.X_OK) else os.path.join(LIBEXEC, PROGRAM)
    sys.stdout.flush()
    try:
        result = subprocess.run([program, *words], stdout=subprocess.PIPE if piped else None, check=False)
    except OSError as error:
        sys.exit(f"facilityctl: {program}: {error.strerror}")
    return result.returncode, json.loads(result.stdout) if piped and result.stdout else None


def modbus_bus(path, bus_id):
    """(the site, its bus of this id)."""
    site = run("site", path)[1]
    if not site:
        sys.exit(USAGE)  # it has said why
    buses = {bus["id"]: bus for bus in site["buses"]}
    if bus_id not in buses:
        near = difflib.get_close_matches(bus_id, buses, 1)
        hint = f' (did you mean "{near[0]}"?)' if near else ""
        raise Wrong(f'the configuration has no bus "{bus_id}"{hint}')
    bus = buses[bus_id]
    if not bus["adapter"].startswith("modbus-"):
        raise Wrong(f'bus "{bus_id}" is {bus["adapter"]}; only Modbus can be asked like this')
    return site, bus
