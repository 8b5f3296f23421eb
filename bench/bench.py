#!/usr/bin/python3
"""What facilityd costs beside a bare loop that asks the same questions: see docs/benchmark.md."""

import argparse
import sys
import time

from far import Daemon, Far, Use, bare, free_port, site, wait_for

REGISTERS = 50
CHANGES_PER_S = 10
SLOT_DEVICES, SLOT_MS = 8, 10
FLAT = "1 ms"


def slots_per_s(devices, period_ms):
    return min(-(-devices // SLOT_DEVICES), max(period_ms // SLOT_MS, 1)) * 1000 / period_ms


def tcp(build, devices, period_ms, seconds):
    """facilityd, then the bare loop, against the same slaves. period 0: flat out."""
    daemon = Daemon(build)
    port = free_port()
    far = Far(build, "slaves", port, REGISTERS, CHANGES_PER_S, daemon.mqtt_port)
    try:
        names = [(f"d{i}", f"b{i}", 1) for i in range(devices)]
        buses = [(f"b{i}", f'adapter = "modbus-tcp"; host = "127.0.0.1"; port = {port};') for i in range(devices)]
        poll = f"{period_ms} ms" if period_ms else FLAT
        pid = daemon.begin(site(daemon.mqtt_port, buses, names, REGISTERS, f'poll = "{poll}"; stale = "30 s";'))
        wait_for(lambda: far.ask()["connections"] == devices, 20, "every device is connected")
        wait_for(lambda: far.ask()["samples"] > 20, 20, "changes reach the broker")
        time.sleep(3)
        before, first = Use(pid), far.ask("reset")
        time.sleep(seconds)
        after, last = Use(pid), far.ask()
    finally:
        far.end()
        daemon.stop()
    far = Far(build, "slaves", port, REGISTERS, CHANGES_PER_S)
    try:
        floor = bare(build, "tcp", port, devices, REGISTERS, period_ms, min(seconds, 3))
    finally:
        far.end()
    requests = last["requests"] - first["requests"]
    elapsed_s = (last["at_ns"] - first["at_ns"]) / 1e9
    row = {
        "devices": devices, "period_ms": period_ms, "per_s": requests / elapsed_s,
        "us": (after.processor_ns - before.processor_ns) / 1e3 / requests,
        "wakeups_per_s": (after.wakeups - before.wakeups) / elapsed_s,
        "resident_mib": after.resident_kib / 1024, "own_mib": after.own_kib / 1024, "threads": after.threads,
        "median_ms": last["median_ms"], "p99_ms": last["p99_ms"], "samples": last["samples"],
        "bare_per_s": floor["requests"] / floor["seconds"],
        "bare_us": floor["processor_ns"] / 1e3 / floor["requests"],
        "bare_wakeups_per_s": floor["wakeups"] / floor["seconds"],
    }
    row["ratio"] = row["us"] / row["bare_us"]
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--tcp", nargs=3, type=int, metavar=("DEVICES", "PERIOD_MS", "SECONDS"))
    arguments = parser.parse_args()
    if arguments.tcp:
        for key, value in tcp(arguments.build, *arguments.tcp).items():
            print(key, round(value, 4))
    return 0


if __name__ == "__main__":
    sys.exit(main())
