// Iframe streaming, the browser's half: a hidden iframe whose document never ends; its scripts call us.

import { Backoff, watchdog } from "/shared/backoff.js";

/** Follows the feed from `cursor` on, until `close` is called. A heartbeat comes after `heartbeat` ms of silence. */
export function connect({ cursor, heartbeat, on }) {
  const backoff = new Backoff();
  const dog = watchdog(heartbeat, failed);
  let frame, retry, reopen;

  function open() {
    close();
    reopen = false;
    frame = document.createElement("iframe");
    frame.hidden = true;
    frame.title = "Messages";
    frame.src = `/messages?after=${cursor}`;
    frame.onload = () => (reopen ? open() : failed()); // loaded means ended
    document.body.append(frame);
    dog.heard();
  }

  /** What each script in the iframe calls: the one fixed name. */
  window.fiveWays = (object) => {
    dog.heard();
    backoff.up();
    on.state("live");
    if (object.reopen) reopen = true;
    else if (object.gap) on.gap();
    else if (object.id) {
      cursor = object.id;
      on.message(object);
    }
  };

  function failed() {
    close();
    const wait = backoff.down();
    on.state("reconnecting", wait);
    retry = setTimeout(open, wait);
  }

  function close() {
    dog.stop();
    clearTimeout(retry);
    removeEventListener("load", open);
    frame?.remove();
  }

  on.state("connecting");
  if (document.readyState === "complete") open();
  else addEventListener("load", open); // an iframe that is there before keeps the page itself from ever loading
  return { close };
}
