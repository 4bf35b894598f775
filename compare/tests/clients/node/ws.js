// The loop for `ws`.

import { WebSocket } from "ws";

import { show, url } from "./program.js";

let cursor = "";

function follow() {
  const address = new URL(url);
  if (cursor) address.searchParams.set("after", cursor);
  const socket = new WebSocket(address, { handshakeTimeout: 10_000 });
  let watchdog;
  const heard = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => socket.terminate(), 40_000); // the server pings after 15 s of silence
  };
  socket.on("open", heard).on("ping", heard).on("message", heard).on("message", take);
  socket.on("error", () => {}); // "close" comes after it
  socket.on("close", () => {
    clearTimeout(watchdog);
    setTimeout(follow, 1_000 + 1_000 * Math.random());
  });
}

function take(text) {
  const { id, next, gap } = JSON.parse(text);
  cursor = id ?? next ?? cursor;
  if (gap) show("gap");
  if (id) show(id);
}

follow();
