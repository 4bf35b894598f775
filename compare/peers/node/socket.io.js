// socket.io, by its two transports. It hands on objects, not texts: what is sent has the bytes of `JSON.stringify`, which are those that came.

import express from "express";
import { Server } from "socket.io";

import { epoch, redis, start, way } from "./start.js";

const transports = { "long-polling": ["polling"], websocket: ["websocket"] };

const app = express();
let io;

app.post("/messages", express.text(), (req, res) => {
  io.emit("message", JSON.parse(req.body));
  res.sendStatus(201);
});

app.get("/status", (req, res) => res.json({ epoch, open: io.of("/").sockets.size }));

// Of the servers here none compresses; socket.io would, what is longer than 1,024 bytes in an answer.
const options = { transports: transports[way], serveClient: false, httpCompression: false };

if (redis) {
  const { createAdapter } = await import("@socket.io/redis-streams-adapter");
  const { createClient } = await import("redis");
  const client = createClient({ url: redis });
  await client.connect();
  options.adapter = createAdapter(client);
}

io = new Server(start(app, Object.keys(transports)), options);
