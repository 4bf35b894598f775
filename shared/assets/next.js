// The way to the next way: a link while something answers there, else the command that starts it, as the page came.

import { ask, later } from "./backoff.js";

const AGAIN = 5_000;
const TIMEOUT = 3_000;

/**
 * Asks whether the next server answers: now, when the reader comes back or near, and after a while. Each refusal is an error
 * in the console, which no script can prevent; so the waits between them double.
 * @param {HTMLElement} part
 */
export function next(part) {
  const { port, own } = part.dataset;
  if (!port) return; // no content security policy can name the host, or this is not the server's own port
  const usual = location.protocol === "https:" ? "443" : "80";
  if ((location.port || usual) !== own) return; // a proxy stands before this one, and has put its own into Host
  const link = /** @type {HTMLAnchorElement} */ (part.querySelector("a"));
  const home = `${location.protocol}//${location.hostname}:${port}/`;
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  let [wait, asking] = [AGAIN, false];

  async function look() {
    if (asking || document.hidden) return;
    clearTimeout(timer);
    asking = true;
    // Another origin may not be read, and need not: whether it answers is all that shows.
    const asked = await ask(new URL("/status", home), TIMEOUT, { method: "HEAD", mode: "no-cors", credentials: "omit" });
    asking = false;
    if (asked) link.href = home;
    else link.removeAttribute("href");
    timer = later(look, asked ? AGAIN : wait);
    wait = asked ? AGAIN : 2 * wait;
  }

  function lookAtOnce() {
    wait = AGAIN;
    look();
  }

  document.addEventListener("visibilitychange", lookAtOnce);
  addEventListener("focus", lookAtOnce);
  part.addEventListener("pointerenter", lookAtOnce);
  look();
}
