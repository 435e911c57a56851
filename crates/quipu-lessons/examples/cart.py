#!/usr/bin/env python3
"""A shopping cart, to start from.

It keeps additions by their names, and what it hears it ignores.
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


lines = {}  # the name of each addition -> [product, quantity]
made = 0


def add(body):
    global made
    made += 1
    name = f"{me}-{made}"
    lines[name] = [body["product"], body["quantity"]]
    return name


def remove(product=None):
    gone = [name for name, line in lines.items() if product in (None, line[0])]
    for name in gone:
        del lines[name]
    return gone


def answer(request, body):
    """Answers a client; False if the request is of no type known here."""
    kind, added, removed = body["type"], [], []
    if kind == "read":
        shown = {}
        for product, quantity in lines.values():
            shown[product] = shown.get(product, 0) + quantity
        reply(request, {"type": "read_ok", "lines": shown})
        return True
    if kind == "add_item":
        added = [add(body)]
    elif kind == "set_quantity":
        removed = remove(body["product"])
        added = [add(body)]
    elif kind == "remove_item":
        removed = remove(body["product"])
    elif kind == "checkout":
        removed = remove()
    else:
        return False
    reply(request, {"type": f"{kind}_ok", "added": added, "removed": removed})
    return True


def tell():
    return lines


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
