"""The control socket's client side. Alone, since tests and people start it a thousand times."""

import errno
import os
import socket
import sys

COMMAND_MAX, PATH_MAX = 511, 107


def check_path(path):
    if len(os.fsencode(path)) > PATH_MAX:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))


def send(path, words):
    """One command, one answer: the exit status. An OSError where nobody answers."""
    command = " ".join(words)
    if len(command) > COMMAND_MAX:
        print(f"facility-sim: the command is longer than {COMMAND_MAX} bytes", file=sys.stderr)
        return 2
    check_path(path)
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(path)
        link.sendall(command.encode() + b"\n")
        printed = False
        for line in link.makefile(encoding="utf-8"):
            if line.startswith("error: "):
                sys.stderr.write(line)
                return 1
            if line == "ok\n" and printed:
                return 0
            sys.stdout.write(line)
            if line == "ok\n":
                return 0
            printed = True
    raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
