"""The live table, plain: whole at first, then what changes; what moved last when there is no room."""

import io

import pytest
from facility_sim.board import Board
from facility_sim.building import Building
from facility_sim.faults import Fault
from facility_sim.slave import Slave
from small_site import small_site


@pytest.fixture
def lab():
    class Lab:
        site = small_site()
        b, out, slave = Building(site), io.StringIO(), Slave(1)

        def printed(self):
            text = self.out.getvalue()
            self.out.seek(0)
            self.out.truncate()
            return text
    made = Lab()
    made.b.begin(0)
    made.board = Board(made.b, {made.site.devices["water"]: made.slave}, made.out)
    return made


def test_plain_tells_changes(lab):
    lab.board.step()
    text = lab.printed()
    for words in ("POINT", "f1-supply *", "not simulated"):
        assert words in text
    lab.b.set(lab.site.points["f1-pressure"], 3.25, 0, 1100)
    lab.b.set(lab.site.points["f2-leak"], 1, 0, 1100)
    lab.board.step()
    assert lab.printed() == "f1-pressure 3.25 bar\nf2-leak wet\n"
    lab.board.step()
    assert lab.printed() == ""


def test_what_moved_last_stands_first(lab):
    lab.board.step()
    lab.b.set(lab.site.points["f1-temperature"], 40, 0, 1100)
    lab.board.step()
    lab.printed()
    lab.board.draw(2, 30)
    lines = lab.printed().splitlines()
    assert lines[1].startswith("f1-temperature")
    assert lines[3:] == ["5 more; those that moved last stand first"]
    assert all(len(line) <= 30 for line in lines[:3])  # no line is longer than the terminal is wide


def test_device_that_answers_wrongly_is_shown(lab):
    lab.slave.fault, lab.slave.asked = Fault("truncated"), 12
    lab.board.step()
    assert "truncated, asked 12" in lab.printed()
    lab.slave.silent = True
    lab.board.draw()
    assert "silent, asked 12" in lab.printed()
