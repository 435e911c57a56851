#!/usr/bin/env python3
"""A text, to start from.

Each node edits a text of its own, and what it hears it ignores.
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


text = ""


def answer(request, body):
    """Answers a client; False if the request is of no type known here."""
    global text
    if body["type"] == "read":
        reply(request, {"type": "read_ok", "text": text})
        return True
    if body["type"] not in ("insert", "delete"):
        return False
    at = body["position"]
    end = at + body.get("length", 0)
    if end > len(text):
        refuse(request, 22, f"the text has {len(text)} characters")
    elif body["type"] == "insert":
        after, before = (text[at - 1] if at else None), (text[at] if at < len(text) else None)
        text = text[:at] + body["text"] + text[at:]
        reply(request, {"type": "insert_ok", "after": after, "before": before})
    else:
        deleted, text = text[at:end], text[:at] + text[end:]
        reply(request, {"type": "delete_ok", "text": deleted})
    return True


def tell():
    return text


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
