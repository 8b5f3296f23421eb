#!/usr/bin/python3
"""What facilityd costs beside a bare loop that asks the same questions: see docs/benchmark.md."""

import argparse
import json
import subprocess
import sys
import time

from far import Daemon, Far, Use, bare, site, tcp_site
from stage import free_port, wait_for

REGISTERS = 50
CHANGE_EACH = 10  # answers; more often than 100 a second nothing changes
SLOT_DEVICES, SLOT_MS = 8, 10
CPU_RATIO, MEDIAN_MS, P99_MS, RESIDENT_MIB = 2.0, 0.5, 1.5, 24
FLAT = "1 ms"
FLAT_PER_S = 50000  # about what a loop flat out comes to
ALERT_CHANGES_PER_S = 20  # every other one raises


def slots_per_s(devices, period_ms):
    slots = -(-devices // SLOT_DEVICES)
    return min(slots, max(period_ms // SLOT_MS, 1)) * 1000 / period_ms


def changes_per_s(devices, period_ms):
    return max(1, min(100, devices * 1000 // period_ms // CHANGE_EACH)) if period_ms else 100


def floor_period_ms(devices, period_ms):
    """The same rhythm. Flat out facilityd polls each device once in 1 ms, which few devices let it keep."""
    return period_ms or (1 if devices * 1000 < FLAT_PER_S else 0)


def floor_of(build, far, port, devices, period_ms, seconds, mqtt_port):
    """The bare loop's row."""
    wait_for(lambda: far.ask()["connections"] == 0, 10, "nobody else is connected")
    far.ask("reset")
    floor = bare(build, "tcp", port, devices, REGISTERS, floor_period_ms(devices, period_ms), seconds, mqtt_port)
    seen = far.ask()
    return {"per_s": floor["requests"] / floor["seconds"], "us": floor["processor_ns"] / 1e3 / floor["requests"],
            "wakeups_per_s": floor["wakeups"] / floor["seconds"],
            "broker": seen["broker"], "subscriber": seen["subscriber"]}


def mean_of(a, b):
    return {key: mean_of(a[key], b[key]) if isinstance(a[key], dict) else (a[key] + b[key]) / 2 for key in a}


def tcp(build, devices, period_ms, seconds):
    """facilityd against the slaves, the bare loop before it and after it. period 0: flat out."""
    daemon = Daemon(build, "point")
    port = free_port()
    far = Far(build, "slaves", port, REGISTERS, changes_per_s(devices, period_ms), daemon.mqtt_port,
              daemon.topic, daemon.arrivals)
    try:
        floor = floor_of(build, far, port, devices, period_ms, seconds // 2, daemon.mqtt_port)
        poll = f"{period_ms} ms" if period_ms else FLAT
        pid = daemon.begin(tcp_site(daemon.mqtt_port, port, devices, REGISTERS, poll))
        wait_for(lambda: far.ask()["connections"] == devices, 20, "every device is connected")
        wait_for(lambda: far.ask()["samples"] > 2, 20, "changes reach the broker")
        time.sleep(3)
        before, first = Use(pid), far.ask("reset")
        time.sleep(seconds)
        after, last = Use(pid), far.ask()
        daemon.end("facilityd")
        floor = mean_of(floor, floor_of(build, far, port, devices, period_ms, seconds // 2, daemon.mqtt_port))
    finally:
        far.end()
        daemon.stop()
    requests = last["requests"] - first["requests"]
    elapsed_s = (last["at_ns"] - first["at_ns"]) / 1e9
    row = {
        "devices": devices, "period_ms": period_ms, "per_s": requests / elapsed_s,
        "us": (after.processor_ns - before.processor_ns) / 1e3 / requests,
        "wakeups_per_s": (after.wakeups - before.wakeups) / elapsed_s,
        "resident_mib": after.resident_kib / 1024, "own_mib": after.own_kib / 1024, "threads": after.threads,
        "broker": last["broker"], "subscriber": last["subscriber"], "samples": last["samples"],
    }
    row.update({f"bare_{key}": value for key, value in floor.items()})
    row["ratio"] = row["us"] / row["bare_us"]
    return row


def alert(build, devices, period_ms, seconds):
    """From the answer that makes a rule's condition true until the broker has the alert; the journal lies between."""
    daemon = Daemon(build, "alert")
    port = free_port()
    far = Far(build, "slaves", port, REGISTERS, ALERT_CHANGES_PER_S, daemon.mqtt_port, daemon.topic, daemon.arrivals)
    try:
        daemon.begin(tcp_site(daemon.mqtt_port, port, devices, REGISTERS, f"{period_ms} ms", limit=500, delay="0 s"))
        wait_for(lambda: far.ask()["samples"] > 2, 30, "alerts reach the broker")
        time.sleep(3)
        far.ask("reset")
        time.sleep(seconds)
        last = far.ask()
    finally:
        far.end()
        daemon.stop()
    return {"devices": devices, "period_ms": period_ms, **last}


def line_site(daemon, path, baud, units, registers, options):
    bus = f'adapter = "modbus-rtu"; path = "{path}"; baud = "{baud}"; parity = "none"; turnaround = "0 ms"; '
    return site(daemon.mqtt_port, [("line", bus + 'silence = "50 ms";')],
                [(f"u{i}", "line", i) for i in range(1, units + 1)], registers, options)


def rtu(build, baud, seconds):
    """A saturated line: ten units of 50 registers, polled as fast as it goes."""
    daemon = Daemon(build)
    path = daemon.folder + "/line"
    far = Far(build, "line", path, baud, 10, REGISTERS)
    try:
        pid = daemon.begin(line_site(daemon, path, baud, 10, REGISTERS, 'poll = "10 ms"; stale = "30 s"; timeout = "1 s";'))
        wait_for(lambda: far.ask()["requests"] > 10, 20, "the line is polled")
        far.ask("reset")
        before = Use(pid)
        time.sleep(seconds)
        after, last = Use(pid), far.ask()
    finally:
        daemon.end("facilityd")
        far.end()
    far = Far(build, "line", path, baud, 10, REGISTERS)
    try:
        floor = bare(build, "rtu", path, baud, 10, REGISTERS, min(seconds, 4))
        bare_line = far.ask()
    finally:
        far.end()
        daemon.stop()
    row = {
        "baud": baud, "utilisation": last["typical"], "mean": last["utilisation"], "violations": last["violations"],
        "least_gap_us": last["least_gap_us"], "gap_us": last["gap_us"], "per_s": last["requests"] / last["seconds"],
        "us": (after.processor_ns - before.processor_ns) / 1e3 / last["requests"],
        "bare_utilisation": bare_line["typical"], "bare_mean": bare_line["utilisation"],
        "bare_us": floor["processor_ns"] / 1e3 / floor["requests"], "bare_violations": bare_line["violations"],
    }
    row["ratio"] = row["us"] / row["bare_us"]
    return row


def dead_unit(daemon, far, files, timeout_ms, seconds):
    """Ten units at a period of 1 s; one goes dead, and comes back."""
    try:
        daemon.begin(files)
        wait_for(lambda: len(far.ask()["units"]) == 10, 20, "every unit is polled")
        time.sleep(1)
        far.ask("dead 5")
        start = time.monotonic()
        far.ask("reset")
        time.sleep(seconds)
        last, elapsed_s = far.ask("alive 5")["units"], time.monotonic() - start
        far.ask("reset")
        start = time.monotonic()
        wait_for(lambda: far.ask()["units"]["5"]["requests"] >= 2, 20, "it is polled again")
        found_s = time.monotonic() - start - 1  # the second request comes a period after the first
    finally:
        far.end()
        daemon.stop()
    probes = last.pop("5")["requests"]
    return {
        "polls_share": min(unit["requests"] for unit in last.values()) / elapsed_s,
        "longest_ms": max(unit["longest_ms"] for unit in last.values()), "probes": probes, "found_s": max(found_s, 0),
        "limit_ms": 1000 + max(100, timeout_ms),
    }


def dead_on_line(build, baud, seconds):
    daemon = Daemon(build)
    path = daemon.folder + "/line"
    return dead_unit(daemon, Far(build, "line", path, baud, 10, 10),
                     line_site(daemon, path, baud, 10, 10, 'poll = "1 s"; timeout = "40 ms";'), 40, seconds)


def dead_behind_gateway(build, seconds):
    daemon = Daemon(build)
    port = free_port()
    bus = f'adapter = "modbus-tcp"; host = "127.0.0.1"; port = {port};'
    return dead_unit(daemon, Far(build, "slaves", port, 10, 0),
                     site(daemon.mqtt_port, [("gateway", bus)], [(f"u{i}", "gateway", i) for i in range(1, 11)], 10,
                          'poll = "1 s"; timeout = "200 ms";'), 200, seconds)


def name_of(period_ms):
    return f"{period_ms} ms" if period_ms else "flat out"


def print_tcp(rows):
    print(f"\nModbus TCP, {REGISTERS} registers a device, one answer in {CHANGE_EACH} (at most 100 a second) with a change for the broker, "
          "a rule on each zone")
    print("devices  period   requests/s (bare)  readings/s   CPU us/request  bare  ratio  wake-ups/slot (bare)  "
          "MiB (own)  threads  answer->broker ms: median (bare), 99 % (bare)  ->subscriber: median (bare)")
    for r in rows:
        period = name_of(r["period_ms"])
        slots = slots_per_s(r["devices"], r["period_ms"]) if r["period_ms"] else 0
        slot = f"{r['wakeups_per_s'] / slots:8.1f} ({r['bare_wakeups_per_s'] / slots:.1f})" if slots else " " * 14
        print(f"{r['devices']:7} {period:>8} {r['per_s']:10.0f} ({r['bare_per_s']:6.0f}) {r['per_s'] * REGISTERS:11.0f} "
              f"{r['us']:15.1f} {r['bare_us']:6.1f} {r['ratio']:5.2f} {slot:>20} {r['resident_mib']:11.1f} "
              f"({r['own_mib']:4.1f}) {r['threads']:6} {r['broker']['median_ms']:18.2f} ({r['bare_broker']['median_ms']:.2f}) "
              f"{r['broker']['p99_ms']:8.2f} ({r['bare_broker']['p99_ms']:.2f}) "
              f"{r['subscriber']['median_ms']:16.2f} ({r['bare_subscriber']['median_ms']:.2f})")


def print_alert(r):
    print(f"\nAlerts, {r['devices']} devices each {r['period_ms']} ms: {r['samples']} raised, answer->broker "
          f"{r['broker']['median_ms']:.2f} ms at the median, {r['broker']['p99_ms']:.2f} ms at the 99th percentile; "
          f"->subscriber {r['subscriber']['median_ms']:.2f} ms")


def print_rtu(rows):
    print(f"\nModbus RTU, ten units of {REGISTERS} registers, as fast as the line goes")
    print("  baud  utilisation of a typical cycle (bare)  mean (bare)   requests/s  CPU us/request  bare  ratio  least gap us of  violations")
    for r in rows:
        print(f"{r['baud']:6} {r['utilisation']:29.4f} ({r['bare_utilisation']:.4f})  {r['mean']:.3f} ({r['bare_mean']:.3f}) {r['per_s']:8.1f} {r['us']:14.0f} "
              f"{r['bare_us']:6.0f} {r['ratio']:5.2f} {r['least_gap_us']:11} {r['gap_us']:5} {r['violations']:8}")


def print_dead(where, r):
    print(f"\nOne dead unit of ten {where}, period 1 s: the others keep {r['polls_share']:.1%} of their polls, "
          f"longest pause {r['longest_ms']:.0f} ms; {r['probes']} probes; found again after {r['found_s']:.1f} s")


def coincide(build):
    """A frame while 200 incidents are open and 500 outputs claimed, beside one with nothing open."""
    return json.loads(subprocess.run([f"{build}/bench/coincide"], check=True, stdout=subprocess.PIPE).stdout)


def print_coincide(row):
    print(f"\n{row['incidents']} incidents open and {row['claims']} outputs claimed, a frame of 25 readings and the read-backs, "
          f"engine and outputs: {row['busy_ns'] / 1e3:.1f} us (nothing open: {row['idle_ns'] / 1e3:.1f}); "
          f"{row['readings_per_s']} readings/s take {row['processor_percent']:.2f} % of a processor; "
          f"{row['busy_allocations']} allocations in {row['frames']} frames")


def targets(tcp_rows, rtu_rows, dead_rows, together):
    """(what, limit, seen, met)."""

    def row(what, limit, seen, unit, more=False):
        return what, f"{'>=' if more else '<='} {limit} {unit}", f"{seen:.4g} {unit}", seen >= limit if more else seen <= limit

    for r in tcp_rows:
        name = f"{r['devices']} devices, {name_of(r['period_ms'])}"
        yield row(f"CPU per request by the bare loop's: {name}", CPU_RATIO, r["ratio"], "")
        if r["period_ms"]:
            yield row(f"answer to broker, median: {name}", MEDIAN_MS, r["broker"]["median_ms"], "ms")
            if r["samples"] >= 100:
                yield row(f"answer to broker, 99 %: {name}", P99_MS, r["broker"]["p99_ms"], "ms")
        else:
            yield row(f"points a second on one core: {name}", 2, REGISTERS / r["us"], "million", True)
    for r in [r for r in tcp_rows if r["devices"] == 100][:1]:
        yield row("resident at 100 devices", RESIDENT_MIB, r["resident_mib"], "MiB")
    for r in rtu_rows:
        limit = 0.97 if r["baud"] > 19200 else 0.99
        yield row(f"utilisation at {r['baud']} baud", limit, r["utilisation"], "", True)
        yield row(f"gaps violated at {r['baud']} baud", 0, r["violations"], "")
    for where, dead in dead_rows.items():
        yield row(f"dead unit {where}: polls kept by the others", 0.98, dead["polls_share"], "", True)
        yield row(f"dead unit {where}: longest pause of the others", dead["limit_ms"], round(dead["longest_ms"]), "ms")
        yield row(f"dead unit {where}: found again", 5, dead["found_s"], "s")
    yield row("500 claims, 200 incidents: allocations in frames", 0, together["busy_allocations"], "")
    yield row("500 claims, 200 incidents: 5,000 readings/s", 5, together["processor_percent"], "% of a processor")


def middle(rows):
    return sorted(rows, key=lambda row: row["ratio"])[len(rows) // 2]


def run(build, quick, rounds):
    cells = [(100, 100), (100, 0)] if quick else [(n, p) for n in (10, 100, 500) for p in (1000, 100, 0)]
    with open("/proc/loadavg", encoding="ascii") as file:
        print("load of the machine before:", file.read().strip())
    # Paced, the processor is idle most of the time, and what else wakes it shows.
    tcp_rows = []
    for devices, period in cells:
        print(f"{devices} devices, {name_of(period)} ...", file=sys.stderr)
        tcp_rows.append(middle([tcp(build, devices, period, 4 if quick else 12 if period else 6)
                                for _ in range(rounds)]))
    print_tcp(tcp_rows)
    print_alert(alert(build, 100, 100, 4 if quick else 10))
    rtu_rows = [rtu(build, baud, 4 if quick else 8) for baud in ([19200] if quick else [9600, 19200, 115200])]
    print_rtu(rtu_rows)
    dead_rows = {"at 19200 baud": dead_on_line(build, 19200, 10), "behind a TCP gateway": dead_behind_gateway(build, 10)}
    for where, dead in dead_rows.items():
        print_dead(where, dead)
    together = coincide(build)
    print_coincide(together)
    print("\ntargets")
    for what, limit, seen, met in targets(tcp_rows, rtu_rows, dead_rows, together):
        print(f"{'met   ' if met else 'MISSED'} {what}: {seen} ({limit})")
    with open("/proc/loadavg", encoding="ascii") as file:
        print("load of the machine after:", file.read().strip())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=1, help="each TCP row so often; shown is that with the median ratio")
    parser.add_argument("--tcp", nargs=3, type=int, metavar=("DEVICES", "PERIOD_MS", "SECONDS"), help="one row only")
    parser.add_argument("--alert", nargs=3, type=int, metavar=("DEVICES", "PERIOD_MS", "SECONDS"), help="one row only")
    parser.add_argument("--rtu", nargs=2, type=int, metavar=("BAUD", "SECONDS"), help="one row only")
    arguments = parser.parse_args()
    if arguments.tcp:
        print_tcp([tcp(arguments.build, *arguments.tcp)])
    elif arguments.alert:
        print_alert(alert(arguments.build, *arguments.alert))
    elif arguments.rtu:
        print_rtu([rtu(arguments.build, *arguments.rtu)])
    else:
        run(arguments.build, arguments.quick, arguments.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
