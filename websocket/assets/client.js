// WebSocket, the browser's half: frames both ways on one connection.

import { Reconnect } from "../shared/backoff.js";

/** Follows the feed from `cursor` on, until `close` is called; `send` sends a text, and is false where it cannot. */
export function connect({ cursor, heartbeat, on }) {
  const line = new Reconnect(heartbeat, on, open, shut);
  const steps = [[2, 1], [3, 4], [5, 6]]; // the article's numbers of the first exchange: handshake, greeting, reply
  let socket, beat;

  function open() {
    socket = new WebSocket(`${location.origin.replace("http", "ws")}/messages?after=${cursor}`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => ping(line.heard("101", "", "opens", steps.shift()));
    socket.onmessage = ({ data }) => (data instanceof ArrayBuffer ? pong(data) : take(data));
    socket.onclose = ({ code }) => line.failed(on.fact("close code", code));
    line.asked("GET", `after=${cursor}`);
    on.fact("① to ⑥", "connected, seen; greeting sent, received; reply sent, received");
  }

  function take(data) {
    line.heard("text", data);
    const object = JSON.parse(data);
    if (object.error) return on.problem(object.error);
    if (object.gap) return on.gap();
    cursor = object.id;
    on.message(object);
  }

  /** Scripts see no pings: a binary frame that the server sends back is our heartbeat, and measures the round trip. */
  function ping() {
    socket.send(new Float64Array([performance.now()]));
    on.up("binary", "the time", "", steps.shift());
    if (heartbeat) beat = setTimeout(ping, heartbeat);
  }

  function pong(data) {
    line.heard("binary", "the time", "", steps.shift());
    on.fact("round trip", `${(performance.now() - new Float64Array(data)[0]).toFixed(1)} ms`);
  }

  function shut() {
    clearTimeout(beat);
    socket.onopen = socket.onmessage = null;
    socket.onclose = ({ code }) => on.fact("close code", code);
    socket.close();
  }

  function send(text) {
    if (socket.readyState !== WebSocket.OPEN) return false;
    socket.send(text);
    on.up("text", text);
    return true;
  }

  open();
  return { close: () => line.stop(), send };
}
