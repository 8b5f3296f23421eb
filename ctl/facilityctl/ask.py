"""Questions at facilityd's local socket, page after page."""

import json
import socket

from facilityctl.document import get, items, text_of
from facilityctl.failed import Failed
from facilityctl.words import said

PATIENCE_S = 30  # with the journal: as long as the daemon keeps a client whose answer does not come
ANSWER_S = 5
ANSWER_MAX = 2 * 1024 * 1024


class Nobody(Failed):
    """Nobody listens there; or somebody does, but not to us."""

    def __init__(self, path, error):
        self.denied = isinstance(error, PermissionError)
        self.what = f"nobody answers at {path}: {error.strerror or error}"
        hint = "Are you in the group facilityd?" if self.denied else "Is facilityd running? See --socket."
        super().__init__(f"{self.what}\n{hint}")


def connect(path, patience_s):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(patience_s)
    try:
        connection.connect(path)
    except OSError as error:
        connection.close()
        raise Nobody(path, error) from error
    return connection


def check(answer, language):
    if get(answer, "ok") is not True:
        why = text_of(answer, "error")
        places = [text_of(place, "id") for action in items(answer, "actions") for place in items(action, "places")]
        raise Failed(f"refused: {said('refusal', why)[language] if why else 'no reason given'}"
                     f"{': ' if places else ''}{' '.join(places)}")


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
    check(answer, language)
    return answer


def whole_answer(path, language, **request):
    with connect(path, ANSWER_S) as connection, connection.makefile("rb") as lines:
        return ask(connection, lines, request, language)


def answer_of(path, language, **request):
    """(the documents of one answer, whether there are more than it has)"""
    answer = whole_answer(path, language, **request)
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
