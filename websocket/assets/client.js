// WebSocket, the browser's half: frames both ways on one connection.

import { address, listener, receive, Reconnect } from "../shared/backoff.js";

/** Follows the feed from `cursor` on, until `close` is called. `heartbeat`, in ms, is the pause between two of ours.
 *  @type {import("../shared/backoff.js").Connect} */
export function connect({ on: given, url, cursor, heartbeat = 15_000, keyed }) {
  const on = listener(given);
  const connection = new Reconnect(heartbeat, on, open, shut, () => address(url, cursor), ping);
  const steps = [[2, 1], [3, 4], [5, 6]]; // the article's numbers of the first exchange: handshake, greeting, reply
  let /** @type {WebSocket} */ socket;

  function open() {
    socket = new WebSocket(address(url, cursor).href.replace(/^http/, "ws"), keyed ? "five-ways.keyed" : []);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => connection.heard("101", "", "opens", steps.shift());
    socket.onmessage = ({ data }) => (data instanceof ArrayBuffer ? pong(data) : take(data));
    socket.onclose = ({ code }) => { on.fact("close code", code); connection.failed(); };
    socket.onerror = () => connection.failed(); // beyond its limit, WebKit's is never closed
    connection.asked("GET", address(url, cursor).search.slice(1));
    on.fact("① to ⑥", "connected, seen; greeting sent, received; reply sent, received");
  }

  function take(/** @type {string} */ data) {
    connection.heard("text", data);
    cursor = receive(JSON.parse(data), cursor, on);
  }

  /** Scripts see no pings: a binary frame that the server sends back is our heartbeat, and measures the round trip. */
  function ping() {
    socket.send(new Float64Array([performance.now()]));
    on.up("binary", "the time", "", steps.shift());
  }

  function pong(/** @type {ArrayBuffer} */ data) {
    connection.heard("binary", "the time", "", steps.shift());
    on.fact("round trip", `${(performance.now() - new Float64Array(data)[0]).toFixed(1)} ms`);
  }

  function shut() {
    socket.onopen = socket.onmessage = socket.onerror = null;
    socket.onclose = ({ code }) => on.fact("close code", code);
    socket.close();
  }

  function send(/** @type {string} */ text, /** @type {string | undefined} */ key) {
    if (socket.readyState !== WebSocket.OPEN) return false;
    const frame = keyed ? JSON.stringify({ key, text }) : text;
    socket.send(frame);
    on.up("text", frame);
    return true;
  }

  open();
  return { close: () => connection.stop(), send };
}
