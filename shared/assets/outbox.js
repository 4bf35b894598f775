// What was typed and is not confirmed yet: it is sent when there is a connection, once, or given back.

import { Backoff, later } from "./backoff.js";

const LONGEST = 300_000; // a text waits for so many ms, then it is given back

/**
 * A text that waits. `epoch` is that of the feed when it was typed: the server knows its key only as long as the feed lives.
 * `why` is what the server said, where it takes nothing for now.
 * @typedef {{ key: string, text: string, since: number, epoch: string, tried: boolean, why?: string }} Waiting
 *
 * What an outbox is given. `send` sends a text with its key; its outcome comes by `confirmed`, `refused` or `lost`. `giveBack`
 * takes a text that is not sent, and why. `changed` is told which texts wait for a connection, in order.
 * @typedef {object} Needs
 * @property {(text: string, key: string) => void} send
 * @property {(text: string, why: string) => void} giveBack
 * @property {(waiting: Waiting[]) => void} changed
 */

/** One text is under way at a time, so that they arrive in order. */
export class Outbox {
  #needs;
  #backoff = new Backoff();
  /** @type {Waiting[]} */
  #waiting = [];
  /** @type {Waiting | undefined} */
  #sent;
  #up = false;
  #pause = false;
  #epoch;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #expiry;

  /**
   * @param {Needs} needs
   * @param {string} cursor of the page, when it was made
   */
  constructor(needs, cursor) {
    this.#needs = needs;
    this.#epoch = epochOf(cursor);
  }

  /** Takes what was typed. @param {string} text */
  add(text) {
    this.#waiting.push({ key: newKey(), text, since: performance.now(), epoch: this.#epoch, tried: false });
    this.#go();
  }

  /** There is a connection, and this is the place in the feed. @param {string} cursor */
  up(cursor) {
    this.#up = true;
    this.#epoch = epochOf(cursor);
    const stale = this.#waiting.filter(({ epoch }) => epoch !== this.#epoch);
    for (const entry of stale) this.#return(entry, "The server began anew");
    this.#go();
  }

  /**
   * There is no connection.
   * @param {boolean} carries texts: then no answer comes any more, and what was under way is sent again
   */
  down(carries) {
    this.#up = false;
    for (const entry of this.#waiting) delete entry.why;
    if (carries) this.#sent = undefined;
    this.#go();
  }

  /** @param {string} key */
  confirmed(key) {
    this.#answered(key);
    this.#waiting = this.#waiting.filter((entry) => entry.key !== key);
    this.#backoff.up();
    this.#go();
  }

  /**
   * The server says no: for now, where the status is 408, 429 or 5xx.
   * @param {string} key
   * @param {number} status
   * @param {string} why
   * @param {number} [seconds] to wait, as the server asks
   */
  refused(key, status, why, seconds) {
    const entry = this.#waiting.find((entry) => entry.key === key);
    if (status === 408 || status === 429 || status >= 500) {
      if (entry) entry.why = why;
      return this.lost(key, seconds);
    }
    this.#answered(key);
    if (entry) this.#needs.giveBack(entry.text, `Not sent: ${why}`);
    this.#waiting = this.#waiting.filter((other) => other !== entry);
    this.#go();
  }

  /**
   * No answer came: it is sent again, since the server knows its key.
   * @param {string} key
   * @param {number} [seconds]
   * @param {string} [why]
   */
  lost(key, seconds, why) {
    if (this.#sent?.key !== key) return;
    this.#sent.why = why ?? this.#sent.why;
    this.#sent = undefined;
    this.#pause = true;
    this.#retry = later(() => this.#resume(), this.#backoff.down(seconds));
    this.#go();
  }

  /** Gives a text back that still waits. @param {string} key */
  takeBack(key) {
    const entry = this.#waiting.find((entry) => entry.key === key);
    if (entry) this.#return(entry, "Taken back");
    this.#go();
  }

  #resume() {
    clearTimeout(this.#retry);
    this.#pause = false;
    this.#go();
  }

  #answered(/** @type {string} */ key) {
    if (this.#sent?.key === key) this.#sent = undefined;
  }

  /** Nobody can say of a text that was tried whether it was published. */
  #return(/** @type {Waiting} */ entry, /** @type {string} */ why) {
    this.#answered(entry.key);
    this.#waiting = this.#waiting.filter((other) => other !== entry);
    const what = entry.tried ? "it may have been sent, see whether it comes" : "it was not sent";
    this.#needs.giveBack(entry.text, `${why}: ${what}.`);
  }

  /** Gives back what waited too long, sends what is next, and says what waits. */
  #go() {
    clearTimeout(this.#expiry);
    const now = performance.now();
    const late = this.#waiting.filter(({ since }) => now - since >= LONGEST);
    for (const entry of late) this.#return(entry, "No answer for five minutes");
    const [next] = this.#waiting;
    if (next) this.#expiry = setTimeout(() => this.#go(), next.since + LONGEST - now);
    if (next && this.#up && !this.#pause && !this.#sent) {
      this.#sent = next;
      next.tried = true;
      this.#needs.send(next.text, next.key);
    }
    this.#needs.changed(this.#waiting.filter((entry) => entry !== this.#sent));
  }
}

/** The part of a cursor that names the life of the feed. @param {string} cursor */
const epochOf = (cursor) => cursor.split(".")[0];

/** 32 digits at random, also where the page is not of a secure context. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
