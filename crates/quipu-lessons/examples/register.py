#!/usr/bin/env python3
"""A register, to start from.

The last writer wins, and what another wrote at the same time is lost unread.
"""

import json
import sys
import threading

ROUND_SECONDS = 0.2

lock = threading.Lock()  # over the state and over stdout
started = threading.Event()
me = None
peers = []


def send(dest, body):
    sys.stdout.write(json.dumps({"src": me, "dest": dest, "body": body}) + "\n")
    sys.stdout.flush()


def reply(request, body):
    body["in_reply_to"] = request["body"]["msg_id"]
    send(request["src"], body)


def refuse(request, code, text):
    reply(request, {"type": "error", "code": code, "text": text})


written = None  # [number, author, value] of the last write


def name_of(write):
    return f"{write[1]}-{write[0]}"


def answer(request, body):
    """Answers a client; False if the request is of no type known here."""
    global written
    if body["type"] == "write":
        removed = [name_of(written)] if written else []
        written = [written[0] + 1 if written else 1, me, body["value"]]
        reply(request, {"type": "write_ok", "added": [name_of(written)], "removed": removed})
    elif body["type"] == "read":
        values = [written[2]] if written else []
        reply(request, {"type": "read_ok", "values": values, "context": 0})
    else:
        return False
    return True


def tell():
    return written


def hear(state):
    global written
    if state and (written is None or state > written):
        written = state


def on_message(message):
    global me, peers
    body = message["body"]
    if body["type"] == "init":
        me = body["node_id"]
        peers = [node for node in body["node_ids"] if node != me]
        reply(message, {"type": "init_ok"})
        return
    started.set()
    if body["type"] == "told":
        hear(body["state"])
    elif "in_reply_to" not in body and not answer(message, body):
        refuse(message, 10, f"this node does not serve `{body['type']}`")


def rounds():
    # The first message after `init` proves that all nodes exist.
    started.wait()
    pause = threading.Event()
    while not pause.wait(ROUND_SECONDS):
        with lock:
            for peer in peers:
                send(peer, {"type": "told", "state": tell()})


threading.Thread(target=rounds, daemon=True).start()
for line in sys.stdin:
    with lock:
        on_message(json.loads(line))
