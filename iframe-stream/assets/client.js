// Iframe streaming, the browser's half: a hidden iframe whose document never ends; its scripts call us.

import { address, listener, receive, Reconnect } from "../shared/backoff.js";

/** What the reader can set. An iframe that is there before the page has loaded keeps it from ever loading. */
export const settings = [{ name: "early", label: "Add the iframe before the page has loaded", value: false }];

/** Follows the feed from `cursor` on, until `close` is called. A heartbeat comes after `heartbeat` ms of silence.
 *  @type {import("../shared/backoff.js").Connect} */
export function connect({ on: given, url, cursor, heartbeat = 4_000, early }) {
  const on = listener(given);
  const connection = new Reconnect(heartbeat, on, open, shut, () => address(url, cursor));
  let /** @type {HTMLIFrameElement | undefined} */ frame, reopen = false;

  /** A cut fires nothing in its own iframe; but an iframe around it has loaded when that one ends, however it ends. */
  function open() {
    reopen = false;
    frame = document.body.appendChild(hidden(document));
    const inside = /** @type {Document} */ (frame.contentDocument);
    inside.open();
    Object.assign(/** @type {Window} */ (frame.contentWindow), { fiveWays: take });
    const stream = Object.assign(hidden(inside), { src: address(url, cursor).href });
    inside.appendChild(inside.createElement("html")).append(stream);
    frame.onload = ended;
    inside.close();
    connection.asked("GET", address(url, cursor).search.slice(1), "opens");
    on.fact("this tab", `goes on loading in Chromium${early ? " and Firefox" : ""}, since the document in the iframe never ends`);
  }

  /** What each script in the iframe calls, by the one fixed name. */
  function take(/** @type {import("../shared/backoff.js").Received} */ object) {
    connection.heard("script", JSON.stringify(object));
    on.fact("this document", `is ${document.readyState}${early ? ", as it waits for the iframe in it" : ""}`);
    reopen = !object.id && Boolean(object.reopen);
    cursor = receive(object, cursor, on);
  }

  /** Loaded means ended: as it should after `reopen`, else a failure. */
  function ended() {
    if (!reopen) return connection.failed();
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

  const hidden = (/** @type {Document} */ where) => Object.assign(where.createElement("iframe"), { hidden: true, title: "Messages" });

  if (early || document.readyState === "complete") open();
  else addEventListener("load", open);
  return { close: () => connection.stop() };
}
