// WebSocket, the browser's half: frames both ways on one connection.

import { Backoff, watchdog } from "/shared/backoff.js";

/** Follows the feed from `cursor` on, until `close` is called; `send` sends a text, and is false where it cannot. */
export function connect({ cursor, heartbeat, on }) {
  const backoff = new Backoff();
  const dog = watchdog(heartbeat, failed);
  let socket, retry, beat;

  function open() {
    socket = new WebSocket(`${location.origin.replace("http", "ws")}/messages?after=${cursor}`);
    socket.binaryType = "arraybuffer";
    socket.onopen = ping;
    socket.onmessage = ({ data }) => {
      dog.heard();
      backoff.up();
      on.state("live");
      take(data);
    };
    socket.onclose = failed;
    dog.heard();
  }

  function take(data) {
    if (data instanceof ArrayBuffer) return on.roundTrip?.(performance.now() - new Float64Array(data)[0]);
    const object = JSON.parse(data);
    if (object.error) return on.problem(object.error);
    if (object.gap) return on.gap();
    cursor = object.id;
    on.message(object);
  }

  /** Scripts see no pings: a binary frame that the server sends back is our heartbeat, and measures the round trip. */
  function ping() {
    socket.send(new Float64Array([performance.now()]));
    if (heartbeat) beat = setTimeout(ping, heartbeat);
  }

  function failed() {
    close();
    const wait = backoff.down();
    on.state("reconnecting", wait);
    retry = setTimeout(open, wait);
  }

  function close() {
    dog.stop();
    [retry, beat].forEach(clearTimeout);
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  const send = (text) => socket.readyState === WebSocket.OPEN && (socket.send(text), true);

  on.state("connecting");
  open();
  return { close, send };
}
