// The article's stack as one builds it who has lost a message once: each way goes on after an id. Nothing is bounded but
// the history, and nothing beats while it is silent.

import express from "express";
import { WebSocketServer } from "ws";

import { epoch, start, way } from "./start.js";

const HISTORY = 1_000;
const BATCH = 256;
const HOLD = 25_000;

const app = express().disable("etag").disable("x-powered-by");
const held = []; // of { id, seq, text }, oldest first
const clients = new Set(); // each a function that takes a message

const number = (id) => Number(id.split(".")[1]);
const place = () => held.at(-1)?.id ?? `${epoch}.0`;

/** What comes after an id: from the end on, since most are near it. */
function since(id) {
  const seq = number(id);
  let from = held.length;
  while (from > 0 && held[from - 1].seq > seq) from -= 1;
  return held.slice(from);
}

/** Calls the function with what came after the id, and with what comes, until the client leaves. */
function follow(res, id, tell) {
  since(id).forEach(tell);
  clients.add(tell);
  res.on("close", () => clients.delete(tell));
}

function answer(res, after) {
  const found = since(after);
  const messages = found.slice(0, BATCH);
  const next = messages.at(-1)?.id ?? after;
  const texts = messages.map(({ text }) => text).join(",");
  res.type("json").header("Cache-Control", "no-store");
  res.send(`{"gap":false,"more":${found.length > BATCH},"next":"${next}","messages":[${texts}]}`);
}

function hold(res, after) {
  const timer = setTimeout(() => res.status(204).end(), HOLD);
  const tell = () => {
    clients.delete(tell);
    answer(res, after);
  };
  clients.add(tell);
  res.on("close", () => {
    clearTimeout(timer);
    clients.delete(tell);
  });
}

const ways = {
  polling(req, res) {
    const { after } = req.query;
    if (after && since(after).length === 0) res.status(204).header("Cache-Control", "no-store").end();
    else answer(res, after ?? place());
  },

  "long-polling"(req, res) {
    const { after } = req.query;
    if (after && since(after).length === 0) hold(res, after);
    else answer(res, after ?? place());
  },

  "iframe-stream"(req, res) {
    res.type("html").header("Cache-Control", "no-store").flushHeaders();
    const script = (text) => `<script>parent.setMessage(${text.replaceAll("<", "\\u003c")})</script>\n`;
    follow(res, req.query.after ?? place(), ({ text }) => res.write(script(text)));
  },

  sse(req, res) {
    res.header("Content-Type", "text/event-stream").header("Cache-Control", "no-store").flushHeaders();
    const after = req.get("Last-Event-ID") || (req.query.after ?? place());
    follow(res, after, ({ id, text }) => res.write(`id: ${id}\ndata: ${text}\n\n`));
  },

  websocket(req, res) {
    res.sendStatus(426);
  },
};

app.get("/messages", (req, res) => ways[way](req, res));

app.post("/messages", express.text(), (req, res) => {
  const [, id] = /^\{"id":"([0-9a-f]{8}\.[0-9]+)"/.exec(req.body) ?? [];
  if (!id) return res.sendStatus(422);
  const message = { id, seq: number(id), text: req.body };
  held.push(message);
  if (held.length > HISTORY) held.shift();
  for (const tell of clients) tell(message);
  res.sendStatus(201);
});

app.get("/status", (req, res) => res.json({ epoch, open: clients.size }));

const server = start(app, Object.keys(ways));

if (way === "websocket") {
  new WebSocketServer({ server, path: "/messages" }).on("connection", (socket, req) => {
    const after = new URL(req.url, "http://localhost").searchParams.get("after");
    follow(socket, after ?? place(), ({ text }) => socket.send(text));
    socket.on("message", () => {});
  });
}
