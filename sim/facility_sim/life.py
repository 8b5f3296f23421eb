"""The life of one simulated building: from the signals that end it to the last file put away."""

import asyncio
import contextlib
import math
import os
import signal
import sys

from facility_sim import site
from facility_sim.board import STEP_S, Board
from facility_sim.building import Building
from facility_sim.control import Commands, Control
from facility_sim.scenario import Scenario
from facility_sim.wiring import Unserved, Wiring


class Failure(Exception):
    """Why there is nothing to serve; without a sentence where that has been said."""


def say(text):
    print(f"facility-sim: {text}", file=sys.stderr, flush=True)


class Life:
    """Signals are heard first, so that everything is put away."""

    def __init__(self):
        self.loop = asyncio.get_running_loop()
        self.end = asyncio.Event()
        self.timer = None
        self.building = self.scenario = self.wiring = None
        self.closing = contextlib.ExitStack()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self.loop.add_signal_handler(number, self.end.set)

    def clock_ms(self):
        return self.loop.time() * 1000

    def load(self, config, scenario):
        loaded = site.load(config)
        if not loaded:
            raise Failure
        self.scenario = Scenario(loaded)
        if scenario:
            self.read_scenario(scenario)
        self.building = Building(loaded)
        self.wiring = Wiring(self.building, self.clock_ms)
        self.scenario.begin(self.building, self.clock_ms())

    def read_scenario(self, path):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                errors = self.scenario.read(file, path)
        except OSError as error:
            raise Failure(f"{path}: {os.strerror(error.errno)}") from error
        if errors:
            print(*errors, sep="\n", file=sys.stderr)
            raise Failure

    def wake(self):
        """Something has happened: the building is asked when it next changes by itself."""
        if self.timer:
            self.timer.cancel()
        self.timer = self.loop.call_soon(self.step)

    def step(self):
        next_ms = self.building.step(self.clock_ms())
        self.timer = self.loop.call_at(next_ms / 1000, self.step) if next_ms < math.inf else None

    async def serve(self, control_path, table):
        self.closing.callback(self.wiring.close)
        await self.wiring.open(say)
        if control_path:
            control = Control(Commands(self.building, self.scenario, self.clock_ms), self.end.set)
            try:
                await control.open(control_path)
            except OSError as error:
                raise Failure(f"control socket {control_path}: {os.strerror(error.errno)}") from error
            self.closing.callback(control.close)
        print("ready", flush=True)
        self.building.wake = self.wake
        self.wake()
        if table:
            self.loop.create_task(self.show())
        await self.end.wait()

    async def show(self):
        board = Board(self.building, self.wiring.of_device, sys.stdout)
        self.closing.callback(board.close)
        with contextlib.suppress(BrokenPipeError):
            while True:
                board.step()
                await asyncio.sleep(STEP_S)


async def run(config, scenario=None, control=None, table=False):
    life = Life()
    with life.closing:
        try:
            life.load(config, scenario)
            await life.serve(control, table)
        except (Failure, Unserved) as error:
            if str(error):
                say(error)
            return 1
    return 0


def live(**options):
    return asyncio.run(run(**options))
