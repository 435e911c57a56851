#!/usr/bin/env node
// A grow-only set that is right: workload g-set.
//
// What it is: every element is sent to every peer again and again, every 200 ms, until
// that peer has said that it has it. Elements are never forwarded: whoever accepted one
// from a client sees to it that all get it. No store, no library.
//
// Expected verdict: valid, with and without `--nemesis partition`. Not with
// `--nemesis kill`: a restarted node has forgotten its elements and whom it owes them.
"use strict";

const RETRY_MILLISECONDS = 200;
// A line stays short even after a long partition.
const ELEMENTS_PER_MESSAGE = 500;

let me = null;
let retrying = false;
// Keyed by the element's JSON text, because [1] and [1] are two objects in JavaScript.
const elements = new Map();
// Peer -> what it has not yet acknowledged, keyed in the same way.
const owed = new Map();

function send(dest, body) {
  process.stdout.write(JSON.stringify({ src: me, dest, body }) + "\n");
}

function reply(request, body) {
  send(request.src, { ...body, in_reply_to: request.body.msg_id });
}

function sendOwed() {
  for (const [peer, missing] of owed) {
    const batch = [...missing.values()].slice(0, ELEMENTS_PER_MESSAGE);
    if (batch.length > 0) send(peer, { type: "have", elements: batch });
  }
}

const handlers = {
  init(request) {
    me = request.body.node_id;
    for (const node of request.body.node_ids) {
      if (node !== me) owed.set(node, new Map());
    }
    reply(request, { type: "init_ok" });
  },

  add(request) {
    if (!("element" in request.body)) {
      reply(request, { type: "error", code: 12, text: "`element` is missing" });
      return;
    }
    const { element } = request.body;
    const key = JSON.stringify(element);
    if (!elements.has(key)) {
      elements.set(key, element);
      for (const missing of owed.values()) missing.set(key, element);
    }
    reply(request, { type: "add_ok" });
  },

  read(request) {
    reply(request, { type: "read_ok", value: [...elements.values()] });
  },

  have(request) {
    for (const element of request.body.elements) elements.set(JSON.stringify(element), element);
    send(request.src, { type: "have_ok", elements: request.body.elements });
  },

  have_ok(request) {
    const missing = owed.get(request.src);
    for (const element of request.body.elements) missing.delete(JSON.stringify(element));
  },
};

function onLine(line) {
  const request = JSON.parse(line);
  const { type } = request.body;
  if (Object.hasOwn(handlers, type)) {
    handlers[type](request);
  } else if ("msg_id" in request.body) {
    reply(request, { type: "error", code: 10, text: `no \`${type}\` here` });
  }
  // The first message after `init` proves that all nodes exist; before it, a peer may be
  // an unknown destination.
  if (type !== "init" && !retrying) {
    retrying = true;
    setInterval(sendOwed, RETRY_MILLISECONDS).unref();
  }
}

require("node:readline").createInterface({ input: process.stdin }).on("line", onLine);
