// The form of a page: what is typed goes to the outbox, and what was not sent comes back.

import { address, ask, reason, retryAfter } from "./backoff.js";
import { limit } from "./limit.js";
import { Outbox } from "./outbox.js";
import { noAnswer } from "./spoken.js";

const TIMEOUT = 10_000;
const AT_ONCE = 1_000; // who is refused is so sooner
const MOST = 4_096; // bytes of UTF-8 that the server takes

/**
 * What the form needs: the place where the page begins, its connection of now, and those who draw what crosses.
 * @typedef {object} Around
 * @property {string} cursor
 * @property {() => import("./backoff.js").Connection | undefined} connection
 * @property {import("./backoff.js").Arrow} up
 * @property {import("./backoff.js").Arrow} down
 * @property {string} [url] where texts are posted; "/messages" without it
 */

/** @param {Around} around */
export function form({ cursor, connection, up, down, url }) {
  const part = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
  const box = /** @type {HTMLInputElement} */ (part("text"));
  const outbox = new Outbox({ send, giveBack, changed }, cursor);
  /** @type {Map<string, HTMLElement>} */
  const rowOf = new Map(); // of each text that waits, by its key

  part("send").addEventListener("submit", submit);
  limit(box, MOST);
  problem(""); // what stands there is for who has no JavaScript

  /**
   * Takes what was typed: the outbox sends it when there is a connection.
   * @param {SubmitEvent} event
   */
  function submit(event) {
    event.preventDefault();
    if (!box.value) return;
    problem("");
    outbox.add(box.value);
    box.value = "";
  }

  /**
   * Sends a text: by the transport itself where it goes both ways, else by a request of its own.
   * @param {string} text
   * @param {string} key
   */
  function send(text, key) {
    const line = connection();
    if (!line?.send) post(text, key);
    else if (!line.send(text, key)) outbox.lost(key);
  }

  /**
   * @param {string} text
   * @param {string} key
   */
  async function post(text, key) {
    up("POST", text);
    const headers = { "Content-Type": "text/plain", "Idempotency-Key": key };
    const since = performance.now();
    const asked = await ask(address(url), TIMEOUT, { method: "POST", headers, body: text });
    const why = performance.now() - since > AT_ONCE ? noAnswer() : undefined;
    if (!asked) return outbox.lost(key, 0, why); // it has its key: sent again, it is published once
    const { answer, body } = asked;
    down(`${answer.status}`, body);
    if (answer.ok) outbox.confirmed(key);
    else outbox.refused(key, answer.status, reason(body), retryAfter(answer));
  }

  /**
   * Puts a text that was not sent back into the box, or, if something else stands there, on a list.
   * @param {string} text
   * @param {string} why
   */
  function giveBack(text, why) {
    if (!box.value) {
      box.value = text;
      return problem(why);
    }
    const item = line(text, why, "Put back");
    item.button.onclick = () => {
      if (box.value) return problem("First send what is in the box, or clear it.");
      box.value = text;
      problem(why);
      item.row.remove();
      box.focus();
    };
    part("returned").append(item.row);
  }

  /**
   * Shows what waits for a connection, or for a server that takes nothing for now.
   * @param {import("./outbox.js").Waiting[]} waiting
   */
  function changed(waiting) {
    const rows = waiting.map(({ text, key, why }) => {
      const row = rowOf.get(key) ?? waits(text, key);
      const words = /** @type {HTMLElement} */ (row.querySelector("small"));
      words.textContent = why ? `waits: ${why}` : "waits for the connection";
      return row;
    });
    for (const [key, row] of rowOf) if (!rows.includes(row)) rowOf.delete(key);
    if (rows.length !== part("waiting").childElementCount || rows.some((row) => !row.isConnected)) {
      part("waiting").replaceChildren(...rows);
    }
  }

  /**
   * @param {string} text
   * @param {string} key
   */
  function waits(text, key) {
    const { row, button } = line(text, "", "Take back");
    button.onclick = () => outbox.takeBack(key);
    rowOf.set(key, row);
    return row;
  }

  /** @param {string} text */
  function problem(text) {
    part("problem").textContent = text;
  }

  /**
   * The server refused what was sent on the connection.
   * @param {string} why
   * @param {string} [key]
   * @param {number} [status]
   */
  function refused(why, key, status = 400) {
    if (key) outbox.refused(key, status, why);
    else problem(why);
  }

  return {
    /** There is a connection, and this is the place. */
    connected: (/** @type {string} */ cursor) => outbox.up(cursor),
    /** There is no connection. */
    disconnected: () => outbox.down(Boolean(connection()?.send)),
    /** What was sent on the connection is published. */
    published: (/** @type {string} */ key) => outbox.confirmed(key),
    refused,
    say: problem,
  };
}

/**
 * A text that is not sent, what there is to say of it, and what can be done.
 * @param {string} text
 * @param {string} words
 * @param {string} action
 */
function line(text, words, action) {
  const row = document.createElement("li");
  row.appendChild(document.createElement("span")).textContent = text;
  row.appendChild(document.createElement("small")).textContent = words;
  const button = row.appendChild(document.createElement("button"));
  Object.assign(button, { type: "button", textContent: action });
  return { row, button };
}
