"""The building as a live table: every point, what it is now, and how its device answers.

Redrawn in place on a terminal, where what moved last stands first when there is no room for all;
elsewhere the whole table once, then a line for each change. Knows no Modbus frames and no commands.
"""

import os

STEP_S = 0.5
HEADING = ("POINT", "VALUE", "CLASS", "ZONE", "DEVICE", "ANSWERS")
HEAD_LINES, COLUMNS_DEFAULT = 2, 80


class Board:
    def __init__(self, building, slaves, out):
        self.building, self.slaves, self.out = building, slaves, out  # slaves: by device
        self.values = {p: building.value(p) for p in building.site.points.values()}
        self.changed = dict.fromkeys(self.values, 0)  # at which step; 0: not since the beginning
        self.steps = 0
        self.is_terminal = out.isatty()

    def step(self):
        """Draw what there is to draw."""
        self.steps += 1
        changed = [p for p in self.values if self.building.value(p) != self.values[p]]
        for point in changed:
            self.values[point], self.changed[point] = self.building.value(point), self.steps
        if self.is_terminal:
            self._draw_in_place()
        elif self.steps == 1:
            self.draw()
        else:
            for point in changed:
                self._print(f"{point.id} {point.kind.label(self.values[point])}")
        self.out.flush()

    def close(self):
        if self.is_terminal and self.steps:
            self.out.write("\033[?25h\n")

    def draw(self, rows=0, columns=None):
        """The whole table, at most `rows` points (0: all) of `columns` characters."""
        points = list(self.values)
        if 0 < rows < len(points):
            points = sorted(points, key=lambda p: -self.changed[p])[:rows]
        table = [HEADING, *map(self._cells, points)]
        widths = [max(map(len, column)) for column in zip(*table)]
        for cells in table:
            self._print("  ".join(map(str.ljust, cells, widths)).rstrip()[:columns])
        if len(points) < len(self.values):
            self._print(f"{len(self.values) - len(points)} more; those that moved last stand first")

    def _print(self, line):
        # To the end of the line: what stood there longer is wiped.
        self.out.write(line + ("\033[K\n" if self.is_terminal else "\n"))

    def _cells(self, point):
        return (point.id + " *" * point.writable, point.kind.label(self.values[point]), point.kind.id, point.zone,
                point.device.id, self._answers(self.slaves.get(point.device)))

    @staticmethod
    def _answers(slave):
        if not slave:
            return "not simulated"
        how = "silent, " if slave.silent else f"{slave.fault.kind}, " if slave.fault else ""
        return f"{how}asked {slave.asked}"

    def _draw_in_place(self):
        size = os.get_terminal_size(self.out.fileno())
        self.out.write("\033[2J\033[H\033[?25l" if self.steps == 1 else "\033[H")
        self.draw(max(size.lines - HEAD_LINES - 1, 0), size.columns or COLUMNS_DEFAULT)
        self.out.write("\033[J")
