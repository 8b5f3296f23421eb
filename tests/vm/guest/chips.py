"""Gpiochips that the kernel simulates (gpio-sim): made, wired, pulled out and put back."""

import fcntl
import os
import pathlib
import struct

CONFIGURED = pathlib.Path("/sys/kernel/config/gpio-sim")
GPIO_GET_LINEHANDLE_IOCTL, INPUT = 0xC16CB403, 1  # linux/gpio.h


class Chip:
    """A chip with a label; its lines are what the world outside puts on them."""

    def __init__(self, label, lines, names=None):
        self.label = label
        self.folder = CONFIGURED / label
        bank = self.folder / "bank0"
        bank.mkdir(parents=True)
        (bank / "num_lines").write_text(str(lines))
        (bank / "label").write_text(label)
        for line, name in (names or {}).items():
            (bank / f"line{line}").mkdir()
            (bank / f"line{line}/name").write_text(name)
        self.plug()

    def plug(self):
        (self.folder / "live").write_text("1")

    def unplug(self):
        (self.folder / "live").write_text("0")

    def _said(self, what):
        return (self.folder / what).read_text().strip()

    @property
    def path(self):
        return pathlib.Path("/dev", self._said("bank0/chip_name"))

    def _line(self, line):
        return pathlib.Path("/sys/devices/platform", self._said("dev_name"),
                            self._said("bank0/chip_name"), f"sim_gpio{line}")

    def pull(self, line, level):
        """What the world outside does to a line that is not driven."""
        (self._line(line) / "pull").write_text("pull-up" if level else "pull-down")

    def pull_often(self, line, levels):
        """As fast as can be: one open file, so that the daemon does not keep up."""
        descriptor = os.open(self._line(line) / "pull", os.O_WRONLY)
        try:
            for level in levels:
                os.pwrite(descriptor, b"pull-up" if level else b"pull-down", 0)
        finally:
            os.close(descriptor)

    def level(self, line):
        return int((self._line(line) / "value").read_text())

    def hold(self, line):
        """Take a line as another program would; close the descriptor to let it go."""
        request = bytearray(struct.pack("64I I64s32s Ii", line, *[0] * 63, INPUT, b"", b"test", 1, 0))
        chip = os.open(self.path, os.O_RDWR)
        try:
            fcntl.ioctl(chip, GPIO_GET_LINEHANDLE_IOCTL, request)
        finally:
            os.close(chip)
        return struct.unpack_from("i", request, len(request) - 4)[0]
