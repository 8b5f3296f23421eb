"""Questions at facilityd's local socket, page after page."""

import json
import socket

from facilityctl.words import said

PATIENCE_S = 30  # with the journal: as long as the daemon keeps a client whose answer does not come
ANSWER_S = 5
ANSWER_MAX = 2 * 1024 * 1024


class Failed(Exception):
    """What is wrong, for people."""


def connect(path, patience_s):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(patience_s)
    try:
        connection.connect(path)
    except OSError as error:
        connection.close()
        hint = "Are you in the group facilityd?" if isinstance(error, PermissionError) else \
            "Is facilityd running? See --socket."
        raise Failed(f"nobody answers at {path}: {error.strerror or error}\n{hint}") from error
    return connection


def ask(connection, lines, request, language):
    try:
        connection.sendall(json.dumps(request).encode() + b"\n")
    except OSError:
        pass  # what was refused before it was read still has its answer
    try:
        line = lines.readline(ANSWER_MAX)
        if not line.endswith(b"\n"):
            raise Failed("no answer from facilityd: " + ("Message too long" if line else "Connection reset by peer"))
    except OSError as error:
        raise Failed(f"no answer from facilityd: {'Connection timed out' if isinstance(error, TimeoutError) else error.strerror}") from error
    try:
        answer = json.loads(line)
    except ValueError as error:
        raise Failed("the answer is not JSON") from error
    if not isinstance(answer, dict) or answer.get("ok") is not True:
        why = answer.get("error") if isinstance(answer, dict) else None
        raise Failed(f"refused: {said('refusal', why)[language] if why else 'no reason given'}")
    return answer


def answer_of(path, language, **request):
    """(the documents of one answer, whether there are more than it has)"""
    with connect(path, ANSWER_S) as connection, connection.makefile("rb") as lines:
        answer = ask(connection, lines, request, language)
        return answer.get("result") or [], answer.get("more") is True


def pages(path, language, **request):
    """Every row of the answers. A short incident id becomes the full one with the first page."""
    with connect(path, PATIENCE_S) as connection, connection.makefile("rb") as lines:
        while True:
            answer = ask(connection, lines, request, language)
            rows = answer.get("result") or []
            yield from rows
            if answer.get("more") is not True or not isinstance(answer.get("cursor"), str):
                return
            request["after"] = answer["cursor"]
            if "incident" in request and rows and isinstance(rows[0], dict):
                request["incident"] = rows[0].get("incident", request["incident"])
