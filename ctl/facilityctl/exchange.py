"""One command to facilityd by way of the broker, and its answer."""

import json
import os
import time

from facilityctl import ask, broker
from facilityctl.document import get
from facilityctl.failed import Failed
from facilityctl.period import iso

ANSWER_S, EXPIRES_S, TURN_S = 10, 30, 0.1


def answer_to(nonce, messages):
    for _, text, retained in messages:
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if not retained and get(answer, "id") == nonce:
            return answer
    return None


def exchange(connection, name, reply, command, end):
    """Sent only when its answer will be heard."""
    connection.subscribe(reply)
    sent = False
    while time.monotonic() < end:
        answer = answer_to(command["id"], connection.turn(TURN_S))
        if answer:
            return answer
        if connection.granted and not sent:
            sent = True
            command["expires"] = iso(time.time() + EXPIRES_S)
            connection.publish(name, json.dumps(command), reply)
    raise Failed(f"no answer within {ANSWER_S} s: is facilityd running?")


def run(verb, request, options):
    place, end = broker.place_of(options), time.monotonic() + ANSWER_S
    connection = broker.connect_first(place)
    command = {**request, "id": f"ctl-{os.urandom(8).hex()}"}
    try:
        answer = exchange(connection, f"cmd/{place.user}/{verb}", f"reply/{place.user}", command, end)
    except broker.Lost as lost:
        raise Failed(f"the connection to the broker was lost: {lost}") from lost
    finally:
        connection.close()
    ask.check(answer, options.language)
    return answer
