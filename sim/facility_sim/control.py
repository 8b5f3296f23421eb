"""The control socket: one command a line, and its answer. Knows no Modbus."""

import asyncio
import contextlib
import errno
import os
import socket
import stat

from facility_sim.client import check_path
from facility_sim.faults import take_fault
from facility_sim.scenario import check_value
from facility_sim.words import Refusal, Words

LINE_SIZE = 1024


class Commands:
    """What may be asked of a running building."""

    def __init__(self, building, scenario, clock_ms):
        self.building, self.scenario, self.clock_ms = building, scenario, clock_ms
        self.site = building.site

    def set(self, words):
        point = words.name("point", self.site.points)
        if words.accept("normal") and words.peek() is None:
            self.building.unset(point, 0, self.clock_ms())
            return []
        value = words.value(point.kind)
        over_ms = words.duration() if words.accept("over") else 0
        words.end()
        check_value(self.building, point, value)
        self.building.set(point, value, over_ms, self.clock_ms())
        return []

    def get(self, words):
        point = words.name("point", self.site.points)
        return [point.kind.text(self.building.value(point))]

    def fault(self, words):
        device = words.name("device", self.site.devices)
        fault = take_fault(words)
        words.end()
        self.building.wires.fault(device, fault)
        return []

    def list(self, _words):
        return [f"{p.id} {p.kind.text(self.building.value(p))}{p.kind.unit and ' ' + p.kind.unit}"
                f"\t{p.kind.id} in {p.zone}" for p in self.site.points.values()]

    def events(self, _words):
        return [event.text for event in self.scenario.events]

    def event(self, words):
        self.scenario.do(self.building, words.all, self.clock_ms())
        return []

    commands = {"set": set, "get": get, "fault": fault, "list": list, "events": events}

    def answer(self, line):
        """The lines of the answer, and whether this is the end."""
        try:
            words = Words(line)
            if words.accept("quit"):
                return ["ok"], True
            command = self.commands.get(words.peek())
            if command:
                words.take()
            return [*(command or Commands.event)(self, words), "ok"], False
        except Refusal as why:
            return [f"error: {why}"], False


class Control:
    """The socket's server side; `quit` is called when somebody asks for the end."""

    def __init__(self, commands, quit_):
        self.commands, self.quit, self.path, self.server = commands, quit_, None, None
        self.writers = set()

    async def open(self, path):
        check_path(path)
        self._make_way(path)
        self.server = await asyncio.start_unix_server(self._serve, path, limit=LINE_SIZE)
        self.path = path

    def close(self):
        if self.server:
            self.server.close()
            for writer in self.writers:
                writer.close()
            with contextlib.suppress(FileNotFoundError):  # Python 3.13 has removed it
                os.unlink(self.path)

    @staticmethod
    def _make_way(path):
        """Is someone there, or was the socket left behind by one that was killed?"""
        try:
            is_socket = stat.S_ISSOCK(os.lstat(path).st_mode)
        except FileNotFoundError:
            return
        if not is_socket:
            raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(path) == 0:
                raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        os.unlink(path)

    async def _serve(self, reader, writer):
        self.writers.add(writer)
        try:
            while line := await reader.readline():
                lines, ended = self.commands.answer(line.decode("utf-8", "replace"))
                writer.write("".join(text + "\n" for text in lines).encode())
                await writer.drain()
                if ended:
                    self.quit()
        except (ValueError, OSError):
            pass  # a line without an end is not gathered for ever; who has gone wants no answer
        finally:
            self.writers.discard(writer)
            writer.close()
