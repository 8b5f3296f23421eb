"""make demo: the main job on this machine, to play with; --once: as a script that checks itself.

Starts a broker, the simulated building, facilityd with the shipped configuration
and an operator's view; ends and removes all of it again.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys

import script
from stage import Building

# What a person types, what the building does then, and what to expect.
COMMANDS = {
    "water": ("water-cut", "f3", "the water pressure of a floor falls: boilers are switched off"),
    "water-back": ("water-back", "f3", "the pressure returns"),
    "leak": ("leak", "f2.tea", "a floor gets wet: the circuits of that place are cut"),
    "dry": ("dry", "f2.tea", "and is dry again"),
    "mains": ("mains-cut", None, "the mains fail"),
    "mains-back": ("mains-back", None, "and return"),
    "smoke": ("smoke", "f1.hall", "smoke in a room: the floor's circuits wait for a release"),
    "smoke-clear": ("smoke-clear", "f1.hall", "the smoke is gone"),
    "lift": ("lift-stop", "lift.east", "a lift stops with somebody in it"),
    "lift-free": ("lift-free", "lift.east", "they are out, the lift runs"),
    "pan": ("pan-full", "f4", "an air conditioner's condensate pan fills up"),
    "pan-empty": ("pan-empty", "f4", "it is emptied"),
    "stuck": ("stuck", "f3-tea-boiler-supply", "a relay sticks and does not obey"),
    "unstuck": ("unstuck", "f3-tea-boiler-supply", "it obeys again"),
    "silent": ("silent", "water-f2", "a device stops answering"),
    "answers": ("answers", "water-f2", "it answers again"),
}
OWN = {
    "incidents": "what is open",
    "hurry": "restart facilityd with deadlines 40 times shorter: see who is called when nobody answers",
}
HURRY = 1 / 40


def operator(facilityctl):
    """What a person tells facilityd, as it says itself."""
    told = subprocess.run([facilityctl, "help", "--json"], stdout=subprocess.PIPE, check=True).stdout
    return {order["verb"]: f"{order['members'].upper()}: {order['help']['en']}" for order in json.loads(told)}


def print_help(building):
    print("\nThe building (the place may be left out):")
    for name, (_, place, text) in COMMANDS.items():
        print(f"  {name + ' ' + (place or ''):32} {text}")
    print("The operator (an incident is its number and zone: 2-f3):")
    for name, text in {**operator(building.program("facilityctl")), **OWN}.items():
        print(f"  {name:14} {text}")
    print("And: help, quit (or Ctrl-C)\n", flush=True)


def obey(building, line):
    words = line.split(None, 3)
    if not words:
        return
    if words[0] == "help":
        print_help(building)
    elif words[0] in COMMANDS:
        event, place, _ = COMMANDS[words[0]]
        place = words[1] if len(words) > 1 else place
        try:
            building.sim(event, *([place] if place else []))
        except RuntimeError as error:
            print(error)
    elif words[0] == "hurry":
        building.hurry(HURRY)
        print("ok: a minute is now a second and a half")
    elif words[0] == "incidents":
        print(building.ask(*words)[1])
    elif words[0] in operator(building.program("facilityctl")):
        _, answer = building.ctl(*words)
        print(answer)
    else:
        print(f'unknown command "{words[0]}": type help')


def play(building):
    print_help(building)
    while True:
        try:
            line = input()
        except EOFError:
            # Nobody types: go on until Ctrl-C, as a wall display would.
            signal.pause()
            return
        if line.strip() in ("quit", "exit"):
            return
        obey(building, line)


def start_view(building, language):
    argv = [building.program("facilityctl"), *building.as_user("demo")]
    if language:
        argv += ["--lang", language]
    if sys.stdout.isatty():
        argv += ["--color", "always"]
    building._spawn("watch", argv + ["watch"], stdout=None)


def report_failure(building):
    for name in ("facilityd", "facility-sim", "mosquitto"):
        path = os.path.join(building.folder, name + ".log")
        if os.path.exists(path):
            print(f"--- the end of {name}'s log:")
            sys.stdout.flush()
            subprocess.run(["tail", "-n", "40", path], check=False)


def run(arguments):
    building = Building(arguments.build, secure=True)
    try:
        building.start()
        print(f"The building runs: MQTT with TLS on localhost:{building.mqtt_port}, websockets on "
              f"{building.websocket_port}, Modbus TCP on {building.modbus_port}, files in {building.folder}",
              flush=True)
        print(f"The dashboard: http://127.0.0.1:{building.websocket_port}/?user=demo with the password "
              f"{building.login('demo').password()}, an engineer's; or user=desk, an operator's, with "
              f"{building.login('desk').password()}" if building.page()
              else "The dashboard is not built; to have it: make dashboard", flush=True)
        start_view(building, arguments.lang)
        if arguments.once:
            return script.play(building)
        play(building)
        return 0
    except (RuntimeError, TimeoutError, AssertionError) as error:
        print(f"demo: FAILED: {error}")
        report_failure(building)
        return 1
    finally:
        building.stop()
        if not os.path.exists(building.folder):
            print("demo: everything is ended and removed")


def main():
    parser = argparse.ArgumentParser(description="The main job on this machine.")
    parser.add_argument("--build", default="build", help="where the programs are")
    parser.add_argument("--once", action="store_true", help="play and check a script, then end")
    parser.add_argument("--lang", choices=["zh", "en"], help="language (default: by locale)")
    arguments = parser.parse_args()
    if not shutil.which("mosquitto") and not os.path.exists("/usr/sbin/mosquitto"):
        sys.exit("demo: mosquitto is missing: run make demo, which installs it")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(run(arguments))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
