"""The control protocol: answers, and a real socket."""

import asyncio
import errno
import os
import socket

import pytest
from facility_sim.building import Building
from facility_sim.client import send
from facility_sim.control import Commands, Control
from facility_sim.scenario import Scenario
from small_site import small_site

SCENARIO = """\
normal class boiler.supply on
event flood ZONE=f1 : set class leak in ZONE wet
event all-normal : reset
"""


@pytest.fixture
def commands():
    site = small_site()
    scenario, building = Scenario(site), Building(site)
    assert scenario.read(SCENARIO.splitlines(), "t.sim") == []
    scenario.begin(building, 0)
    return Commands(building, scenario, lambda: 0)


def answers(commands, *pairs):
    for command, expected in pairs:
        assert commands.answer(command) == (expected.splitlines(), False), command


def test_commands(commands):
    answers(commands,
            ("get f1-pressure", "0.00\nok"), ("set f1-pressure 2.345 bar", "ok"), ("get f1-pressure", "2.35\nok"),
            ("set f1-pressure normal", "ok"), ("get f1-pressure", "0.00\nok"), ("set f1-leak wet", "ok"),
            ("get f1-leak", "1\nok"), ("all-normal", "ok"), ("get f1-leak", "0\nok"), ("flood", "ok"),
            ("get f1-leak", "1\nok"), ("events", "flood ZONE=f1\nall-normal\nok"), ("set f1-supply 0", "ok"),
            ("get f1-supply", "0\nok"), ("fault boiler late 2s times 3", "ok"))
    assert commands.answer("quit") == (["ok"], True)


def test_lists(commands):
    answers(commands, ("list", """\
f1-pressure 0.00 bar\twater.pressure in f1
f2-pressure 0.00 bar\twater.pressure in f2
f1-leak 0\tleak in f1.tea
f2-leak 0\tleak in f2.tea
f1-supply 1\tboiler.supply in f1.tea
f1-contactor 1\tboiler.contactor in f1.tea
f1-temperature 0.0 degC\tboiler.temperature in f1.tea
ok"""))


@pytest.mark.parametrize("command, why", [
    ("get", "the name of a point is missing"),
    ("get f1-presure", 'unknown point "f1-presure" (did you mean "f1-pressure"?)'),
    ("set f1-pressure", "a value of water.pressure is missing"),
    ("set f1-pressure low", '"low" is not a value of water.pressure (bar)'),
    ("set f1-pressure 1 over", "a duration is missing, such as 5s"),
    ("set f1-pressure 1 now", '"now" is one word too many'),
    ("set f1-leak 2", '"2" is not a state of leak: 0 (dry) or 1 (wet)'),
    ("fault boilr late 1s", 'unknown device "boilr" (did you mean "boiler"?)'),
    ("fault boiler late 1s now", '"now" is one word too many'),
    ("flod", 'unknown event "flod" (did you mean "flood"?)'),
    ("flood f3", 'unknown zone "f3" (did you mean "f1"?)'),
    ("", "an event is missing"),
    ("list " * 40, "too many words"),
])
def test_errors(commands, command, why):
    answers(commands, (command, "error: " + why))


def with_control(commands, path, play):
    async def run():
        ended = asyncio.Event()
        control = Control(commands, ended.set)
        await control.open(path)
        try:
            await play(ended)
        finally:
            control.close()
        assert not os.path.exists(path)

    asyncio.run(run())


def test_sockets(commands, tmp_path):
    path = str(tmp_path / "socket")

    async def play(ended):
        (one_in, one), (two_in, two) = [await asyncio.open_unix_connection(path) for _ in range(2)]
        # lines in pieces, several lines at once, two clients
        one.write(b"get f1-")
        await asyncio.sleep(0.02)
        two.write(b"set f1-leak 1\nget f1-leak\n")
        assert await asyncio.wait_for(two_in.readexactly(8), 5) == b"ok\n1\nok\n"
        one.write(b"leak\n")
        assert await asyncio.wait_for(one_in.readexactly(5), 5) == b"1\nok\n"
        two.write(b"x" * 4096)  # a line without an end is not gathered for ever
        assert await asyncio.wait_for(two_in.read(), 5) == b""
        one.write(b"quit\n")
        await asyncio.wait_for(ended.wait(), 5)
        one.close()
        two.close()

    with_control(commands, path, play)


def test_paths(commands, tmp_path):
    path, file = str(tmp_path / "socket"), tmp_path / "file"
    file.write_text("")
    longer = "x" * 199

    async def play(_ended):
        for wrong, number in [(path, errno.EADDRINUSE), (str(file), errno.EEXIST), (longer, errno.ENAMETOOLONG)]:
            with pytest.raises(OSError) as error:
                await Control(commands, None).open(wrong)
            assert error.value.errno == number

    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(path)  # left behind by one that was killed
    with_control(commands, path, play)
    for wrong, number in [(longer, errno.ENAMETOOLONG), (str(tmp_path / "absent"), errno.ENOENT)]:
        with pytest.raises(OSError) as error:
            send(wrong, ["list"])
        assert error.value.errno == number
