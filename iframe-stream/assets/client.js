// Iframe streaming, the browser's half: a hidden iframe whose document never ends; its scripts call us.

import { Reconnect } from "../shared/backoff.js";

/** What the reader can set. An iframe that is there before the page has loaded keeps it from ever loading. */
export const settings = [{ name: "early", label: "Add the iframe before the page has loaded", value: false }];

/** Follows the feed from `cursor` on, until `close` is called. A heartbeat comes after `heartbeat` ms of silence. */
export function connect({ cursor, heartbeat, early, on }) {
  const line = new Reconnect(heartbeat, on, open, shut);
  let frame, reopen;

  /** A cut line fires nothing in its own iframe; but an iframe around it has loaded when the one in it ends, however it ends. */
  function open() {
    reopen = false;
    frame = document.body.appendChild(hidden(document));
    const inside = frame.contentDocument;
    inside.open();
    inside.append(inside.createElement("html"));
    frame.contentWindow.fiveWays = take;
    inside.documentElement.append(Object.assign(hidden(inside), { src: `/messages?after=${cursor}` }));
    frame.onload = ended;
    inside.close();
    line.asked("GET", `after=${cursor}`, "opens");
    on.fact("this tab", "goes on loading, since the document in the iframe never ends");
  }

  /** What each script in the iframe calls, by the one fixed name. */
  function take(object) {
    line.heard("script", JSON.stringify(object));
    on.fact("this document", `is ${document.readyState}${early ? ", as it waits for the iframe in it" : ""}`);
    if (object.reopen) reopen = true;
    if (object.gap) on.gap();
    if (!object.id) return;
    cursor = object.id;
    on.message(object);
  }

  /** Loaded means ended: as it should after `reopen`, else a failure. */
  function ended() {
    if (!reopen) return line.failed();
    on.down("end", "", "closes");
    shut();
    open();
  }

  function shut() {
    removeEventListener("load", open);
    if (frame) frame.onload = null; // what is removed has ended, too
    frame?.remove();
    on.fact("this tab", "does not load");
  }

  const hidden = (where) => Object.assign(where.createElement("iframe"), { hidden: true, title: "Messages" });

  if (early || document.readyState === "complete") open();
  else addEventListener("load", open);
  return { close: () => line.stop() };
}
