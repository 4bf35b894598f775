// The article's stack in the article's manner, with messages in the place of its clock. There are no cursors: what happens
// between two requests is lost, and what a client was cut off from. Unlike the article's, it forgets a client that has left,
// and waits for what happens, not for a look once a second.

import express from "express";
import { WebSocketServer } from "ws";

import { epoch, start, way } from "./start.js";

const app = express();
const clients = new Set(); // each a function that takes a text
let newest = "";
let count = 0;

/** Calls the function with what is published, until the client leaves. */
function follow(res, tell) {
  clients.add(tell);
  res.on("close", () => clients.delete(tell));
}

const ways = {
  polling(req, res) {
    res.send(newest);
  },

  "long-polling"(req, res) {
    follow(res, function tell(text) {
      clients.delete(tell);
      res.send(text);
    });
  },

  "iframe-stream"(req, res) {
    res.type("html").flushHeaders();
    follow(res, (text) => res.write(`<script>parent.setMessage(${text})</script>\n`));
  },

  sse(req, res) {
    res.header("Content-Type", "text/event-stream").flushHeaders();
    follow(res, (text) => res.write(`id:${count}\nevent:message\ndata:${text}\n\n`));
  },

  websocket(req, res) {
    res.sendStatus(426);
  },
};

app.get("/messages", (req, res) => ways[way](req, res));

app.post("/messages", express.text(), (req, res) => {
  newest = req.body;
  count += 1;
  for (const tell of clients) tell(newest);
  res.sendStatus(201);
});

app.get("/status", (req, res) => res.json({ epoch, open: clients.size }));

const server = start(app, Object.keys(ways));

if (way === "websocket") {
  new WebSocketServer({ server, path: "/messages" }).on("connection", (socket) => {
    follow(socket, (text) => socket.send(text));
    socket.on("message", () => {}); // the article answers here, to the one who has sent it
  });
}
