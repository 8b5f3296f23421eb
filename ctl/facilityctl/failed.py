"""What ends a command. It is told on standard error, behind the program's name."""

REFUSED, USAGE = 1, 2  # exit statuses


class Failed(Exception):
    """What is wrong, for people: it was refused, or there was no answer."""
    status = REFUSED


class Wrong(Failed):
    """What was typed is."""
    status = USAGE
