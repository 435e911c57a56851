#!/usr/bin/env python3
"""A counter that is right: workloads g-counter and pn-counter.

What it is: a PN-Counter by gossip, with no store and no library. Each node owns one
entry [increments, decrements] and only ever raises it; every 200 ms it sends all the
entries it knows to every peer; who receives entries keeps the larger number of each.
A lost, late or repeated message therefore does no harm.

Expected verdict: valid, with and without `--nemesis partition`. Not with
`--nemesis kill`: a restarted node begins again from zero under its old name, and
increments that nobody else had heard of are gone.
"""

import json
import sys
import threading

GOSSIP_SECONDS = 0.2

lock = threading.Lock()  # over the entries and over stdout
entries = {}  # node -> [increments, decrements]
me = None
peers = []
gossiping = threading.Event()


def send(dest, body):
    """One message, one line. Call with the lock held, so that lines do not mix."""
    sys.stdout.write(json.dumps({"src": me, "dest": dest, "body": body}) + "\n")
    sys.stdout.flush()


def reply(request, body):
    body["in_reply_to"] = request["body"]["msg_id"]
    send(request["src"], body)


def merge(received):
    for node, (increments, decrements) in received.items():
        mine = entries.setdefault(node, [0, 0])
        mine[0] = max(mine[0], increments)
        mine[1] = max(mine[1], decrements)


def gossip_forever():
    # The first message after `init` proves that all nodes exist; before it, a peer may
    # be an unknown destination.
    gossiping.wait()
    pause = threading.Event()
    while not pause.wait(GOSSIP_SECONDS):
        with lock:
            for peer in peers:
                send(peer, {"type": "entries", "entries": entries})


def on_init(request):
    global me, peers
    me = request["body"]["node_id"]
    peers = [node for node in request["body"]["node_ids"] if node != me]
    entries[me] = [0, 0]
    reply(request, {"type": "init_ok"})


def on_add(request):
    delta = request["body"].get("delta")
    if not isinstance(delta, int) or isinstance(delta, bool):
        reply(request, {"type": "error", "code": 12, "text": "`delta` must be an integer"})
        return
    entries[me][0 if delta >= 0 else 1] += abs(delta)
    reply(request, {"type": "add_ok"})


def on_message(request):
    kind = request["body"].get("type")
    if kind == "init":
        on_init(request)
        return
    gossiping.set()
    if kind == "entries":
        merge(request["body"]["entries"])
    elif kind == "add":
        on_add(request)
    elif kind == "read":
        value = sum(increments - decrements for increments, decrements in entries.values())
        reply(request, {"type": "read_ok", "value": value})
    elif "msg_id" in request["body"]:
        reply(request, {"type": "error", "code": 10, "text": f"no `{kind}` here"})


threading.Thread(target=gossip_forever, daemon=True).start()
for line in sys.stdin:
    with lock:
        on_message(json.loads(line))
