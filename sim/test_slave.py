"""The PDU handler against frames written by hand, and the faults as a person writes them."""

import pytest
from facility_sim.faults import Fault, take_fault
from facility_sim.slave import Slave, Table
from facility_sim.words import Refusal, Words


@pytest.fixture
def slave():
    unit = Slave(7, lambda *told: unit.told.append(told[1:]))
    unit.told = []
    unit.tables = {"coil": Table(10, 29), "discrete": Table(0, 7), "holding": Table(100, 119),
                   "input": Table(65530, 65535)}
    return unit


def answers(slave, *pairs):
    for request, reply in pairs:
        assert slave.answer(request) == reply, request.hex(" ")


def test_reads(slave):
    for table, address, value in [("coil", 10, 1), ("coil", 19, 1), ("discrete", 7, 1), ("holding", 101, 0x1234),
                                  ("input", 65535, 0xfffe)]:
        slave.tables[table].put(address, [value])
    answers(slave,
            (b"\x01\x00\x0a\x00\x0a", b"\x01\x02\x01\x02"),
            (b"\x02\x00\x00\x00\x08", b"\x02\x01\x80"),
            (b"\x03\x00\x64\x00\x02", b"\x03\x04\x00\x00\x12\x34"),
            (b"\x04\xff\xff\x00\x01", b"\x04\x02\xff\xfe"))
    assert slave.asked == 4


def test_reads_outside(slave):
    answers(slave,
            (b"\x01\x00\x09\x00\x01", b"\x81\x02"), (b"\x01\x00\x0a\x00\x15", b"\x81\x02"),
            (b"\x02\x00\x08\x00\x01", b"\x82\x02"), (b"\x03\x00\x77\x00\x02", b"\x83\x02"),
            (b"\x03\x00\x78\x00\x01", b"\x83\x02"), (b"\x04\xff\xff\x00\x02", b"\x84\x02"),
            (b"\x04\x00\x00\x00\x01", b"\x84\x02"))


def test_counts(slave):
    answers(slave,
            (b"\x01\x00\x0a\x00\x00", b"\x81\x03"), (b"\x01\x00\x0a\x07\xd1", b"\x81\x03"),
            (b"\x01\x00\x0a\x07\xd0", b"\x81\x02"), (b"\x03\x00\x64\x00\x7e", b"\x83\x03"),
            (b"\x03\x00\x64\x00\x7d", b"\x83\x02"), (b"\x03\x00\x64\x00", b"\x83\x03"),
            (b"\x03\x00\x64\x00\x01\x00", b"\x83\x03"), (b"\x10\x00\x64\x00\x01\x02\x00", b"\x90\x03"),
            (b"\x10\x00\x64\x00\x01\x04\x00\x00\x00\x00", b"\x90\x03"), (b"\x10\x00\x64", b"\x90\x03"),
            (b"\x0f\x00\x0a\x00\x09\x01\xff", b"\x8f\x03"), (b"\x05\x00\x0a\x00\x01", b"\x85\x03"))
    assert not slave.told


def test_functions_unknown(slave):
    answers(slave, (b"\x07", b"\x87\x01"), (b"\x17\0\0\0\x01\0\0\0\x01\x02\0\0", b"\x97\x01"),
            (b"\x2b\x0e\x01\x00", b"\xab\x01"))


def test_writes(slave):
    slave.tables["coil"].allow(10, 12)
    slave.tables["holding"].allow(100, 3)
    answers(slave, (b"\x05\x00\x0b\xff\x00", b"\x05\x00\x0b\xff\x00"))
    assert slave.tables["coil"].read(11, 1) == [1]
    answers(slave,
            (b"\x05\x00\x0b\x00\x00", b"\x05\x00\x0b\x00\x00"),
            (b"\x06\x00\x66\xab\xcd", b"\x06\x00\x66\xab\xcd"),
            (b"\x10\x00\x64\x00\x02\x04\x01\x02\x03\x04", b"\x10\x00\x64\x00\x02"),
            (b"\x0f\x00\x0a\x00\x0a\x02\x05\x02", b"\x0f\x00\x0a\x00\x0a"))
    assert slave.tables["holding"].read(100, 3) == [0x0102, 0x0304, 0xabcd]
    assert slave.tables["coil"].read(10, 10) == [1, 0, 1, 0, 0, 0, 0, 0, 0, 1]
    assert slave.told == [("coil", 11, 1), ("coil", 11, 1), ("holding", 102, 1), ("holding", 100, 2), ("coil", 10, 10)]


def test_writes_refused(slave):
    slave.tables["holding"].allow(100, 1)
    answers(slave, (b"\x06\x00\x65\x00\x01", b"\x86\x02"),
            (b"\x10\x00\x64\x00\x02\x04\x01\x02\x03\x04", b"\x90\x02"), (b"\x05\x00\x0a\xff\x00", b"\x85\x02"))
    assert slave.tables["holding"].read(100, 1) == [0]
    assert not slave.told


def test_silence(slave):
    slave.silent = True
    assert slave.answer(b"\x03\x00\x64\x00\x01") is None


# Faults -------------------------------------------------------------------------


@pytest.mark.parametrize("text, fault", [
    ("late 700 ms", Fault("late", 700)), ("late 2s times 3", Fault("late", 2000, left=3)),
    ("dripped", Fault("dripped", 20)), ("dripped times 2", Fault("dripped", 20, left=2)),
    ("dripped 5ms times 2", Fault("dripped", 5, left=2)), ("truncated", Fault("truncated")),
    ("noise times 1", Fault("noise", left=1)), ("wrong-unit", Fault("wrong-unit")),
    ("exception", Fault("exception", code=4)), ("exception 6 times 10", Fault("exception", code=6, left=10)),
    ("reset", Fault("reset")), ("none", None),
])
def test_every_kind_is_understood(text, fault):
    words = Words(text)
    assert take_fault(words) == fault
    words.end()


@pytest.mark.parametrize("text, why", [
    ("", "the kind of the fault is missing"),
    ("trunkated", 'unknown fault "trunkated" (did you mean "truncated"?)'),
    ("zzzzzzzzzzzz", 'unknown fault "zzzzzzzzzzzz": none, late, dripped, truncated, noise, wrong-unit, exception or reset'),
    ("late", "a duration is missing, such as 5s"),
    ("late 5", '"5" needs a unit: ms, s, min or h'),
    ("exception 0", "an exception is a number from 1 to 255"),
    ("exception 1.5", "an exception is a number from 1 to 255"),
    ("exception 300", "an exception is a number from 1 to 255"),
    ("noise times", "a number is missing"),
    ("noise times 0", "times is from 1 to 1000000"),
])
def test_mistakes_are_explained(text, why):
    with pytest.raises(Refusal) as refusal:
        take_fault(Words(text))
    assert str(refusal.value) == why


def test_times_are_counted(slave):
    slave.fault = Fault("noise", left=2)
    assert [slave.use_fault() is not None for _ in range(4)] == [True, True, False, False]
    slave.fault = Fault("noise")
    assert all(slave.use_fault() for _ in range(100))


def test_an_exception_is_counted_by_the_request_and_not_by_its_reply(slave):
    slave.fault = Fault("exception", code=6, left=2)
    for reply in (b"\x83\x06", b"\x83\x06", b"\x83\x02"):
        assert slave.answer(b"\x03\x00\x00\x00\x01") == reply
        assert slave.use_fault() is None
