#!/usr/bin/env python3
"""A counter that keeps its sum in seq-kv, to start from.

It loses updates, because between its read and its write another node may write; and its
reads may be old.
"""

import json
import sys
import threading

KEY = "sum"
TIMEOUT_SECONDS = 0.8

lock = threading.Lock()  # over stdout and over the questions
questions = {}  # msg_id -> [event, answer]
me = None


def send(dest, body):
    with lock:
        sys.stdout.write(json.dumps({"src": me, "dest": dest, "body": body}) + "\n")
        sys.stdout.flush()


def reply(request, body):
    body["in_reply_to"] = request["body"]["msg_id"]
    send(request["src"], body)


def ask(body):
    """Asks the store; the body of its answer, or None if there was none in time."""
    question = [threading.Event(), None]
    with lock:
        body["msg_id"] = len(questions) + 1
        questions[body["msg_id"]] = question
    send("seq-kv", body)
    question[0].wait(TIMEOUT_SECONDS)
    return question[1]


def read():
    """The sum, or None. A read changes nothing, so the store may answer it from the past."""
    answer = ask({"type": "read", "key": KEY})
    if answer is None:
        return None
    if answer["type"] == "error":
        return 0 if answer["code"] == 20 else None  # 20: there is no such key
    return answer["value"]


def add(delta):
    """{"type": "cas", "key", "from", "to", "create_if_not_exists"} is one way to do better."""
    before = read()
    if before is None:
        return False
    answer = ask({"type": "write", "key": KEY, "value": before + delta})
    return answer is not None and answer["type"] == "write_ok"


def serve(request):
    body = request["body"]
    if body["type"] == "add":
        done, good = add(body["delta"]), {"type": "add_ok"}
    elif body["type"] == "read":
        value = read()
        done, good = value is not None, {"type": "read_ok", "value": value}
    else:
        reply(request, {"type": "error", "code": 10, "text": f"no `{body['type']}` here"})
        return
    unknown = {"type": "error", "code": 13, "text": "the store did not answer"}
    reply(request, good if done else unknown)


for line in sys.stdin:
    message = json.loads(line)
    content = message["body"]
    if content["type"] == "init":
        me = content["node_id"]
        reply(message, {"type": "init_ok"})
    elif "in_reply_to" in content:
        waiting = questions.get(content["in_reply_to"])
        if waiting:
            waiting[1] = content
            waiting[0].set()
    else:
        threading.Thread(target=serve, args=[message], daemon=True).start()
