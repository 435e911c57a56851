#!/usr/bin/env python3
"""A stock, to start from.

Each node sells from what it has been given itself, and hands nothing on.
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


here = 0


def answer(request, body):
    """Answers a client; False if the request is of no type known here."""
    global here
    if body["type"] == "add":
        if here + body["delta"] < 0:
            refuse(request, 11, f"{-body['delta']} asked, {here} here")
            return True
        here += body["delta"]
        reply(request, {"type": "add_ok"})
    elif body["type"] == "read":
        # Wrong: the stock is what all nodes have together.
        reply(request, {"type": "read_ok", "value": here})
    else:
        return False
    return True


def tell():
    return here


def hear(state):
    pass


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
