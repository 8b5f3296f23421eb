"""Framing by hand, then sockets and a pty for real: split bytes, noise, several units, faults."""

import asyncio
import os
import struct
import time

import pytest
from facility_sim import servers
from facility_sim.faults import Fault
from facility_sim.servers import (
    BABBLE_MAX, CONNECTIONS_MAX, LATE_MAX, RTU_SILENCE_S, Gateway, Line, Outlet, crc, rtu_answer, rtu_request, tcp_answer,
    tcp_request, with_crc)
from facility_sim.slave import Slave, Table


@pytest.fixture
def units():
    """Units 1 to 3: holding registers 0 to 9 with 100 * unit + address, all writable."""
    made = {unit: Slave(unit) for unit in (1, 2, 3)}
    for unit, slave in made.items():
        slave.tables["holding"] = table = Table(0, 9)
        table.put(0, [100 * unit + address for address in range(10)])
        table.allow(0, 10)
    return made


def ask(unit, transaction=1, count=1):
    return struct.pack(">HHHBBHH", transaction, 0, 6, unit, 3, 0, count)


def told(unit, value, transaction=1):
    return struct.pack(">HHHBBBH", transaction, 0, 5, unit, 3, 2, value)


# Frames -------------------------------------------------------------------------


def test_tcp_frames(units):
    request = b"\x12\x34\0\0\0\x06\x02\x03\0\x05\0\x01\x99"
    assert [tcp_request(request[:n]) for n in range(12)] == [0] * 12
    assert tcp_request(request) == 12
    assert tcp_answer(units, request[:12]) == b"\x12\x34\0\0\0\x05\x02\x03\x02\0\xcd"


def test_tcp_unit_unknown_and_silent(units):
    assert tcp_answer(units, b"\0\x01\0\0\0\x06\x09\x03\0\0\0\x01") == b"\0\x01\0\0\0\x03\x09\x83\x0b"
    units[2].silent = True
    assert tcp_answer(units, ask(2)) is None


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1", b"\0\x01\0\0\0\x01\x02", b"\0\x01\0\0\0\xff\x02",
                                  b"\0\x01\0\x01\0\x06\x02\x03\0\0\0\x01"])
def test_tcp_not_modbus(data):
    assert tcp_request(data) is None


def test_rtu_crc():
    """The example of the Modbus over serial line specification, and one from a data sheet."""
    assert crc(b"\x02\x07") == b"\x41\x12"
    assert crc(b"\x01\x03\0\0\0\x0a") == b"\xc5\xcd"


def test_rtu_frames(units):
    request = with_crc(b"\x03\x03\0\x02\0\x01")
    assert [rtu_request(request[:n]) for n in range(8)] == [0] * 8
    assert rtu_request(request) == 8
    assert rtu_answer(units, request) == with_crc(b"\x03\x03\x02\x01\x2e")
    broken = request[:7] + bytes((request[7] ^ 1,))
    assert rtu_request(broken) == rtu_request(broken, silent=True) == 0


def test_rtu_not_for_us(units):
    assert rtu_answer(units, with_crc(b"\x09\x03\0\x02\0\x01")) is None


def test_rtu_function_unknown(units):
    request = with_crc(b"\x02\x07")
    assert rtu_request(request) == 0
    assert rtu_request(request, silent=True) == 4
    assert rtu_answer(units, request) == with_crc(b"\x02\x87\x01")


def test_rtu_broadcast(units):
    assert rtu_answer(units, with_crc(b"\0\x06\0\x04\0\x2a")) is None
    assert [slave.tables["holding"].read(4, 1) for slave in units.values()] == [[42]] * 3


def test_late_replies_are_bounded():
    async def play():
        sent = []
        outlet = Outlet(sent.append)
        for _ in range(LATE_MAX + 5):
            outlet.deliver(b"x", Fault("late", 10))
        await asyncio.sleep(0.1)
        assert len(sent) == LATE_MAX
        outlet.deliver(b"abc", Fault("dripped", 5))  # and there is room again
        await asyncio.sleep(0.1)
        assert sent[LATE_MAX:] == [b"a", b"b", b"c"]

    asyncio.run(play())


# A gateway ----------------------------------------------------------------------


def with_gateway(units, play):
    async def run():
        gateway = Gateway(units)
        await gateway.open("127.0.0.1", 0)
        port = gateway.server.sockets[0].getsockname()[1]
        try:
            await play(gateway, lambda: asyncio.open_connection("127.0.0.1", port))
        finally:
            gateway.close()

    asyncio.run(run())


async def until(condition, limit_s=5):
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.005)


def test_gateway(units):
    async def play(gateway, dial):
        reader, writer = await dial()
        requests = ask(1, 1) + ask(2, 2) + ask(3, 3)
        writer.write(requests[:15])  # three requests in two pieces
        assert await reader.readexactly(11) == told(1, 100, 1)
        await asyncio.sleep(0.02)
        writer.write(requests[15:])
        assert await reader.readexactly(22) == told(2, 200, 2) + told(3, 300, 3)

        # one too many is hung up on, those that are there go on
        more = [await dial() for _ in range(CONNECTIONS_MAX)]
        assert await asyncio.wait_for(more[-1][0].read(), 5) == b""
        assert len(gateway.connections) == CONNECTIONS_MAX
        for _, other in more:
            other.close()
        await until(lambda: len(gateway.connections) == 1)
        writer.write(ask(1, 9))
        assert await reader.readexactly(11) == told(1, 100, 9)

        writer.write(b"GET / HTTP/1.1\r\n")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        await until(lambda: not gateway.connections)
        writer.close()

    with_gateway(units, play)


@pytest.mark.parametrize("fault, least_s, reply", [
    (Fault("late", 200), 0.2, told(2, 200)),
    (Fault("dripped", 20), 0.2, told(2, 200)),
    (Fault("wrong-unit"), 0, told(3, 200)),
    (Fault("truncated"), 0, told(2, 200)[:5]),
])
def test_gateway_faults(units, fault, least_s, reply):
    async def play(_gateway, dial):
        reader, writer = await dial()
        units[2].fault = fault
        start = time.monotonic()
        writer.write(ask(2))
        assert await asyncio.wait_for(reader.readexactly(len(reply)), 5) == reply
        assert time.monotonic() - start >= least_s
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.05)
        units[2].fault = None
        writer.write(ask(2, 2))
        assert await asyncio.wait_for(reader.readexactly(11), 5) == told(2, 200, 2)
        writer.close()

    with_gateway(units, play)


def test_gateway_noise_and_reset(units):
    async def play(_gateway, dial):
        reader, writer = await dial()
        units[2].fault = Fault("noise")
        writer.write(ask(2))
        assert (await asyncio.wait_for(reader.readexactly(16), 5))[5:] == told(2, 200)
        units[2].fault = Fault("reset")
        writer.write(ask(2))
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(1), 5)
        writer.close()

    with_gateway(units, play)


def test_a_peer_that_never_reads_costs_bounded_memory(units):
    async def play(gateway, dial):
        reader, writer = await dial()
        writer.transport.pause_reading()
        await until(lambda: gateway.connections)
        (connection,) = gateway.connections
        for _ in range(20000):  # what the kernel keeps for both
            writer.write(ask(1, count=10) * 100)
            await asyncio.sleep(0)
            if not connection.transport.is_reading():
                break
        assert not connection.transport.is_reading()
        assert connection.transport.get_write_buffer_size() < 1 << 20
        writer.transport.resume_reading()
        while not connection.transport.is_reading():
            assert await asyncio.wait_for(reader.read(1 << 16), 5)
        writer.close()

    with_gateway(units, play)


# A line -------------------------------------------------------------------------


def with_line(units, folder, play):
    async def run():
        path, line = str(folder / "line"), Line(units)
        os.symlink("/nowhere", path)  # left by one that was killed
        await line.open(path)
        try:
            await play(line, lambda: os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))
        finally:
            line.close()
        assert not os.path.lexists(path)

    asyncio.run(run())


async def hear(master, wait_s=0.1):
    await asyncio.sleep(wait_s)
    try:
        return os.read(master, 256)
    except BlockingIOError:
        return b""


def test_line_byte_by_byte(units, tmp_path, monkeypatch):
    """A frame may take longer than the silence that ends one."""
    monkeypatch.setattr(servers, "RTU_SILENCE_S", 0.5)

    async def play(_line, dial):
        master = dial()
        for byte in with_crc(b"\x01\x03\0\x01\0\x01"):
            os.write(master, bytes((byte,)))
            await asyncio.sleep(0.1)
        assert await hear(master) == with_crc(b"\x01\x03\x02\0\x65")
        os.close(master)

    with_line(units, tmp_path, play)


def test_line_bytes(units, tmp_path):
    async def play(_line, dial):
        master = dial()
        request, reply = with_crc(b"\x01\x03\0\x01\0\x01"), with_crc(b"\x01\x03\x02\0\x65")
        # noise spoils the frame that follows at once, and not the one after a silence
        os.write(master, b"\x55\xaa\x00" + request)
        assert await hear(master, 3 * RTU_SILENCE_S) == b""
        os.write(master, request)
        assert await hear(master) == reply

        os.close(master)  # a master that goes and comes
        master = dial()
        os.write(master, request)
        assert await hear(master) == reply
        os.write(master, with_crc(b"\x02\x07"))
        assert await hear(master) == with_crc(b"\x02\x87\x01")
        os.close(master)

    with_line(units, tmp_path, play)


def test_line_babble(units, tmp_path):
    """Babble without a silence does not end the line, and is not gathered for ever."""
    async def play(line, dial):
        master = dial()
        for _ in range(40):
            os.write(master, b"\x55" * 64)
            await asyncio.sleep(0.001)
            assert len(line.data) <= BABBLE_MAX + 1024
        await asyncio.sleep(3 * RTU_SILENCE_S)
        os.write(master, with_crc(b"\x02\x03\0\x01\0\x01"))
        assert (await hear(master))[0] == 2
        os.close(master)

    with_line(units, tmp_path, play)


def test_line_faults(units, tmp_path):
    async def play(_line, dial):
        master = dial()
        request, reply = with_crc(b"\x01\x03\0\x01\0\x01"), with_crc(b"\x01\x03\x02\0\x65")
        for fault, check in [
            (Fault("reset", left=1), lambda heard: heard == b""),
            (Fault("truncated", left=1), lambda heard: heard == reply[:3]),
            (Fault("wrong-unit", left=1), lambda heard: heard == with_crc(b"\x02\x03\x02\0\x65")),
            (Fault("noise", left=1), lambda heard: len(heard) == 12 and heard[5:] != reply),
            (Fault("late", 20, left=1), lambda heard: heard == reply),
            (Fault("exception", code=6, left=1), lambda heard: heard == with_crc(b"\x01\x83\x06")),
            (None, lambda heard: heard == reply),
        ]:
            units[1].fault = fault
            os.write(master, request)
            assert check(await hear(master)), fault
        os.close(master)

    with_line(units, tmp_path, play)


def test_line_path_taken(units, tmp_path):
    (tmp_path / "file").write_text("")

    async def play():
        with pytest.raises(FileExistsError):
            await Line(units).open(str(tmp_path / "file"))
        with pytest.raises(FileNotFoundError):
            await Line(units).open(str(tmp_path / "absent" / "line"))

    asyncio.run(play())
