// Server-Sent Events, the browser's half: EventSource reads the stream and comes back by itself.

import { Backoff, watchdog } from "/shared/backoff.js";

/** Follows the feed from `cursor` on, until `close` is called. A heartbeat comes after `heartbeat` ms of silence. */
export function connect({ cursor, heartbeat, on }) {
  const backoff = new Backoff();
  const dog = watchdog(heartbeat, failed);
  let source, retry;

  function open() {
    source = new EventSource(`/messages?after=${cursor}`);
    source.onopen = heard;
    source.onmessage = take; // messages; ticks and the rest are events with a name
    source.addEventListener("clock", take);
    source.addEventListener("gap", gap);
    source.addEventListener("heartbeat", heard);
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) failed(); // it gave up: any answer but 200
      else on.state("reconnecting"); // it comes back by itself, with Last-Event-ID
    };
    dog.heard();
  }

  function take({ data }) {
    heard();
    const message = JSON.parse(data);
    cursor = message.id;
    on.message(message);
  }

  function gap({ lastEventId }) {
    heard();
    cursor = lastEventId;
    on.gap();
  }

  function heard() {
    dog.heard();
    backoff.up();
    on.state("live");
  }

  function failed() {
    close();
    const wait = backoff.down();
    on.state("reconnecting", wait);
    retry = setTimeout(open, wait);
  }

  function close() {
    dog.stop();
    clearTimeout(retry);
    source.close();
  }

  on.state("connecting");
  open();
  return { close };
}
