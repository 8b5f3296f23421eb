#!/usr/bin/python3
"""Kills facilityd at random moments, hundreds of times, while sensors, people and the broker keep it busy.

    tests/kills.py [--build DIR] [--kills N] [--lanes N] [--seed N] [--keep]

Each lane is a building of its own: a broker, a Modbus slave, one consumer with a session that outlives
outages, people at the local socket, and facilityd, which is started, loaded and killed again and again.
Afterwards what the consumer heard, what the journal has, what people were answered and what facilityd
said before and after each kill are compared. Prints one line of figures; status 1 when anything was
lost, told twice or changed by a kill. `--seed` repeats the choices, not the machine's timing.
"""

import argparse
import os
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "sim"))

from kills_lane import Lane  # noqa: E402
from kills_verdict import Verdict  # noqa: E402


def report(lanes, verdicts, took_s):
    starts = sorted(s for lane in lanes for s in lane.starts)
    waits = sorted(w for lane in lanes for w in lane.waits)
    total = {name: sum(len(getattr(v, name)) for v in verdicts) for name in ("lost", "doubled", "changed")}
    for lane, verdict in zip(lanes, verdicts):
        for name in total:
            for text in getattr(verdict, name)[:10]:
                print(f"lane {lane.number}: {name}: {text}")
    middle, late = (lambda v: v[len(v) // 2] * 1000 if v else 0), (lambda v: v[len(v) * 99 // 100] * 1000 if v else 0)
    print(f"{sum(lane.kills_done for lane in lanes)} kills in {took_s:.0f} s, "
          f"{sum(len(v.all) for v in verdicts)} messages, {sum(len(v.stream) for v in verdicts)} transitions, "
          f"{sum(v.incidents for v in verdicts)} incidents, {sum(len(lane.answered) for lane in lanes)} orders "
          f"answered, {sum(v.compared for v in verdicts)} open incidents compared: "
          f"{total['lost']} lost, {total['doubled']} doubled, {total['changed']} changed "
          f"(start {middle(starts):.0f} ms, order {middle(waits):.1f} ms, 99 %: {late(waits):.1f} ms)")
    return sum(total.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--lanes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", action="store_true", help="leave the folders of the lanes")
    arguments = parser.parse_args()
    print(f"--seed {arguments.seed}", flush=True)
    build = os.path.join(ROOT, arguments.build)
    lanes = [Lane(build, i, -(-arguments.kills // arguments.lanes), arguments.seed) for i in range(arguments.lanes)]
    failures, begin = [], time.monotonic()

    def run(lane):
        try:
            lane.run()
        except Exception as error:  # noqa: BLE001 - told below, after all lanes have ended
            failures.append(f"lane {lane.number}: {error!r}")
    threads = [threading.Thread(target=run, args=(lane,)) for lane in lanes]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for failure in failures:
            print(failure)
        if failures:
            return 1
        return 1 if report(lanes, [Verdict(lane) for lane in lanes], time.monotonic() - begin) else 0
    finally:
        for lane in lanes:
            lane.stop(arguments.keep)


if __name__ == "__main__":
    sys.exit(main())
