"""A file that is there as a whole or not at all: written beside its place under another name, synced, and put there
when it is complete. Or standard output, or a device or pipe, which is written to as it is."""

import contextlib
import os
import signal
import stat
import sys

from facilityctl.failed import Failed

EXISTS = "there is such a file already: give another name, or --force"


class Output:
    """Use as `with Output(path, force) as file`. What ends the block ends the file too."""

    def __init__(self, path, force):
        self.path, self.force, self.beside, self.file = path, force, None, sys.stdout

    def __enter__(self):
        if not self.path:
            return self.file
        try:
            special = os.path.exists(self.path) and not stat.S_ISREG(os.stat(self.path).st_mode)
            if special:
                self.file = open(self.path, "w", encoding="utf-8", newline="")
                return self.file
            if not self.force and os.path.lexists(self.path):
                raise Failed(f"{self.path}: {EXISTS}")
            folder, name = os.path.split(self.path)
            beside = os.path.join(folder, f".{name}.{os.getpid()}")
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise Failed(f"{self.path}: {error.strerror}") from error
        self.beside = beside
        self.file = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.end)
        return self.file

    def end(self, number, _frame):
        """A signal that ends the program leaves nothing half written."""
        os.unlink(self.beside)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def __exit__(self, kind, value, _trace):
        try:
            if kind is None:
                self.keep()
            elif isinstance(value, OSError):  # what is asked has failures of its own
                raise value
        except OSError as error:
            if not self.path:  # else the interpreter tries it again at its end
                os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())
            raise Failed(f"{self.path or 'standard output'}: {error.strerror}") from error
        finally:
            with contextlib.suppress(OSError):
                if self.path:
                    self.file.close()
                if self.beside:
                    os.unlink(self.beside)

    def keep(self):
        self.file.flush()
        if self.beside:
            os.fsync(self.file.fileno())
            self.put_in_place()

    def put_in_place(self):
        """A link takes no place that is taken meanwhile; where there are no links, it is looked at."""
        if self.force:
            os.rename(self.beside, self.path)
            return
        try:
            os.link(self.beside, self.path)
        except FileExistsError as error:
            raise Failed(f"{self.path}: {EXISTS}") from error
        except OSError as error:
            if os.path.lexists(self.path):
                raise Failed(f"{self.path}: {EXISTS}") from error
            os.rename(self.beside, self.path)


def say(text):
    with Output(None, False) as file:
        file.write(text + "\n")
