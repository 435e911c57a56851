#!/usr/bin/env python3
"""A counter that talks to its peers, to start from.

It tells them its sum and keeps the larger one, which forgets what two nodes add at the
same time.
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


total = 0


def answer(request, body):
    """Answers a client; False if the request is of no type known here."""
    global total
    if body["type"] == "add":
        total += body["delta"]
        reply(request, {"type": "add_ok"})
    elif body["type"] == "read":
        reply(request, {"type": "read_ok", "value": total})
    else:
        return False
    return True


def tell():
    return total


def hear(state):
    global total
    total = max(total, state)


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
