"""facility-sim: the command line."""

import getopt
import os
import sys

USAGE = """\
Usage: facility-sim --config FILE [--scenario FILE] [--control PATH] [--table]
       facility-sim --control PATH do COMMAND...

Be every Modbus device of a facilityd configuration, or tell one that runs what
is to happen in its building.

  --config FILE    facilityd's configuration
  --scenario FILE  how the building begins, and the events it knows
  --control PATH   socket for commands
  --table          show every point, redrawn in place on a terminal
  --help           this text
  --version        the version

Commands: an event with its parameters (water-cut f3), set POINT VALUE,
get POINT, fault DEVICE KIND, list, events, quit. More in facility-sim(1).
"""
EXIT_USAGE = 2


def run():
    try:
        options, words = getopt.getopt(sys.argv[1:], "", ["config=", "scenario=", "control=", "table", "help", "version"])
    except getopt.GetoptError as error:
        sys.stderr.write(f"facility-sim: {error}\n{USAGE}")
        return EXIT_USAGE
    options = {name[2:]: value or True for name, value in options}
    if "help" in options:
        sys.stdout.write(USAGE)
        return 0
    if "version" in options:
        from facility_sim.version import VERSION
        print(f"facility-sim {VERSION}")
        return 0
    if words[:1] == ["do"] and words[1:] and "control" in options and "config" not in options:
        from facility_sim.client import send
        try:
            return send(options["control"], words[1:])
        except OSError as error:
            print(f"facility-sim: control socket {options['control']}: {os.strerror(error.errno)}", file=sys.stderr)
            return 1
    if words or "config" not in options:
        sys.stderr.write(USAGE)
        return EXIT_USAGE
    from facility_sim.life import live
    return live(**options)


def main():
    sys.exit(run())
