// WebSocket, the browser's half: frames both ways on one connection.

import { address, listener, Reconnect } from "../shared/backoff.js";

/** Follows the feed from `cursor` on, until `close` is called. `heartbeat`, in ms, is the pause between two of ours.
 *  @type {import("../shared/backoff.js").Connect} */
export function connect({ on: given, url, cursor, heartbeat = 15_000 }) {
  const on = listener(given);
  const connection = new Reconnect(heartbeat, on, open, shut);
  const steps = [[2, 1], [3, 4], [5, 6]]; // the article's numbers of the first exchange: handshake, greeting, reply
  let /** @type {WebSocket} */ socket, /** @type {ReturnType<typeof setTimeout>} */ beat;

  function open() {
    socket = new WebSocket(address(url, cursor).href.replace(/^http/, "ws"));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => { connection.heard("101", "", "opens", steps.shift()); ping(); };
    socket.onmessage = ({ data }) => (data instanceof ArrayBuffer ? pong(data) : take(data));
    socket.onclose = ({ code }) => { on.fact("close code", code); connection.failed(); };
    connection.asked("GET", address(url, cursor).search.slice(1));
    on.fact("① to ⑥", "connected, seen; greeting sent, received; reply sent, received");
  }

  function take(/** @type {string} */ data) {
    connection.heard("text", data);
    const object = JSON.parse(data);
    cursor = object.id ?? object.next ?? cursor; // what else it may say is for others
    if (object.id) on.message(object);
    else if (object.gap) on.gap();
    else if (object.error) on.problem(object.error);
  }

  /** Scripts see no pings: a binary frame that the server sends back is our heartbeat, and measures the round trip. */
  function ping() {
    socket.send(new Float64Array([performance.now()]));
    on.up("binary", "the time", "", steps.shift());
    if (heartbeat) beat = setTimeout(ping, heartbeat);
  }

  function pong(/** @type {ArrayBuffer} */ data) {
    connection.heard("binary", "the time", "", steps.shift());
    on.fact("round trip", `${(performance.now() - new Float64Array(data)[0]).toFixed(1)} ms`);
  }

  function shut() {
    clearTimeout(beat);
    socket.onopen = socket.onmessage = null;
    socket.onclose = ({ code }) => on.fact("close code", code);
    socket.close();
  }

  function send(/** @type {string} */ text) {
    if (socket.readyState !== WebSocket.OPEN) return false;
    socket.send(text);
    on.up("text", text);
    return true;
  }

  open();
  return { close: () => connection.stop(), send };
}
