// Iframe streaming, the browser's half: a hidden iframe whose document never ends; its scripts call us.

import { Reconnect } from "/shared/backoff.js";

/** What the reader can set. An iframe that is there before the page has loaded keeps it from ever loading. */
export const settings = [{ name: "early", label: "Add the iframe before the page has loaded", value: false }];

/** Follows the feed from `cursor` on, until `close` is called. A heartbeat comes after `heartbeat` ms of silence. */
export function connect({ cursor, heartbeat, early, on }) {
  const line = new Reconnect(heartbeat, on, open, shut);
  let frame, reopen;

  function open() {
    reopen = false;
    frame = document.createElement("iframe");
    frame.hidden = true;
    frame.title = "Messages";
    frame.src = `/messages?after=${cursor}`;
    frame.onload = ended;
    document.body.append(frame);
    line.asked("GET", `after=${cursor}`, "opens");
    on.fact("this tab", "goes on loading, since the document in the iframe never ends");
  }

  /** What each script in the iframe calls: the one fixed name. */
  window.fiveWays = (object) => {
    line.heard("script", JSON.stringify(object));
    on.fact("this document", `is ${document.readyState}${early ? ", as it waits for the iframe in it" : ""}`);
    if (object.reopen) reopen = true;
    if (object.gap) on.gap();
    if (!object.id) return;
    cursor = object.id;
    on.message(object);
  };

  /** Loaded means ended: as it should after `reopen`, else a failure. */
  function ended() {
    if (!reopen) return line.failed();
    on.down("end", "", "closes");
    shut();
    open();
  }

  function shut() {
    removeEventListener("load", open);
    frame?.remove();
    on.fact("this tab", "does not load");
  }

  if (early || document.readyState === "complete") open();
  else addEventListener("load", open);
  return { close: () => line.stop() };
}
