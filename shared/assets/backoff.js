// What the five clients share: when to try again, and what they are given and tell. Each needs this file and its own.

const FIRST = 1_000;
const LONGEST = 30_000;
const HEALTH = 10_000;
const LONGEST_TIMER = 2 ** 31 - 1; // a timer beyond it fires at once
const LATE = 1_000; // a timer that fires so late was held up: by a hidden tab, or a machine that slept
const PAGE = Math.random().toString(36).slice(2, 8);

let requests = 0;

/**
 * What `connect` is given. All times are in milliseconds; the defaults are those of the servers.
 *
 * @typedef {object} Options
 * @property {Listener} on What is called when something happens.
 * @property {string} [url] The server's channel, seen from the page; "/messages" without it. It may have a query. For a
 *   WebSocket it may begin with http: or https: too. An iframe stream must be of the page's own origin.
 * @property {string} [cursor] The id of the last message that is known: what comes after it is received; "start" for all
 *   that is held. Without it the newest message is the first, after a reconnect too, as long as none has come.
 * @property {number} [interval] Polling: the pause between two polls; 1,000 without it.
 * @property {number} [hold] Long polling: how long the server holds a request at most; 25,000 without it. After 10,000
 *   more the request is given up.
 * @property {number} [heartbeat] Streams and sockets: after how much silence a heartbeat comes; 15,000 without it, and
 *   4,000 for an iframe stream. After two and a half of them the connection is given up as dead; with 0 nobody watches it.
 * @property {string[]} [events] Server-Sent Events: the names of the events that carry messages, besides the default one;
 *   ["clock"] without it.
 * @property {boolean} [keyed] WebSocket: texts are sent with keys, which the server must know.
 * @property {boolean} [early] Iframe streaming: does not wait until the page has loaded.
 */

/**
 * What a client calls when something happens. Only `message` is needed. What one of these throws is reported to the
 * console, and the client goes on.
 *
 * @typedef {object} Listener
 * @property {(message: Message) => void} message A message has come: each once, in order.
 * @property {() => void} [gap] The server no longer holds some of the messages before the next one. It is called again
 *   where the connection breaks before that one has come.
 * @property {(name: State, wait?: number) => void} [state] How the connection is, also where that has not changed. With
 *   "reconnecting" comes `wait`, the milliseconds until the next try, where the client knows it.
 * @property {(cursor: string, more: boolean) => void} [place] The server says where the client is, and whether more is
 *   pending; if not, it is up to date.
 * @property {(key: string, cursor: string) => void} [published] WebSocket: the text that was sent with this key is published.
 * @property {(text: string, key?: string, status?: number) => void} [problem] WebSocket: the server refused a text that was
 *   sent, and says why; where it had a key, with that and with what the status of an answer would have been.
 * @property {(name: string, value: string | number) => void} [fact] Something that only this way knows of its
 *   connection, for a reader: its name, and its value now.
 * @property {Arrow} [up] Something leaves for the server.
 * @property {Arrow} [down] Something has come from the server, or the connection has broken.
 */

/**
 * Something that crosses between browser and server, for those who draw it.
 *
 * @callback Arrow
 * @param {string} label What it is, such as "GET" or "200".
 * @param {string} [content] What it carries, without heads and frames.
 * @param {"" | "opens" | "closes" | "breaks"} [connection] What it does to a request, a stream or a socket.
 * @param {number[]} [steps] The numbers of its two ends in the article's figure, where it has them.
 * @returns {void}
 */

/**
 * A message: `id` is a cursor, `at` is when it was published, in Unix milliseconds. The other fields are the publisher's.
 * @typedef {{ id: string, at: number, [field: string]: any }} Message
 *
 * What a script of an iframe stream and a frame of a socket hand over: a message, or one of the others.
 * @typedef {Message & Place & Answer & { reopen?: boolean }} Received
 * @typedef {{ gap?: boolean, next?: string, more?: boolean }} Place
 * @typedef {{ key?: string, published?: string, error?: string, status?: number }} Answer
 *
 * It is "waiting" while a long poll is held, "connecting" again where the answer of a poll takes three intervals, and
 * "reconnecting" from a failure to the next try. It is "refused" where the server answers 401 or 403: the
 * client asks no more, since only its user can change that; make a new one then.
 * @typedef {"connecting" | "live" | "waiting" | "reconnecting" | "refused"} State
 *
 * What `connect` gives: `close` ends it for good. WebSocket: `send` sends a text, and is false where it cannot.
 * @typedef {{ close: () => void, send?: (text: string, key?: string) => boolean }} Connection
 *
 * The one function of each client.
 * @typedef {(options: Options) => Connection} Connect
 *
 * An option that a page may offer to its reader, with the value that it begins with.
 * @typedef {{ name: string, label: string, value: number | boolean } & Limits} Setting
 * @typedef {{ min?: number, max?: number, step?: number }} Limits
 */

/**
 * A listener without holes: what is not listened to is nobody's, and what throws ends nothing but itself.
 * @param {Listener} on
 * @returns {Required<Listener>}
 */
export function listener(on) {
  const { message, gap, place, state, published, problem, fact, up, down } = on;
  return {
    message: safe(message), gap: safe(gap), place: safe(place), state: safe(state), published: safe(published),
    problem: safe(problem), fact: safe(fact), up: safe(up), down: safe(down),
  };

  /** @type {<A extends unknown[]>(call?: (...given: A) => void) => (...given: A) => void} */
  function safe(call) {
    return (...given) => {
      try {
        call?.apply(on, given);
      } catch (error) {
        report(error);
      }
    };
  }
}

/**
 * Hands on what a script or a frame says, and gives the place to go on from. Words that are not known are passed over: they
 * are those of a newer server.
 * @param {Received} object
 * @param {string | undefined} cursor
 * @param {Required<Listener>} on
 */
export function receive(object, cursor, on) {
  const { id, gap, next, more = false, key = "", published, error, status } = object;
  if (id) on.message(object);
  else if (error) on.problem(error, key, status);
  else if (published) on.published(key, published);
  else if (gap) on.gap();
  if (!id && next) on.place(next, more);
  return id ?? next ?? cursor;
}

/**
 * Brings a mistake to the console; browsers before 2022 have no `reportError`.
 * @param {unknown} error
 */
export function report(error) {
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
}

/**
 * The address of the channel, with the place to go on from.
 * @param {string} [url]
 * @param {string} [cursor]
 */
export function address(url = "/messages", cursor) {
  const full = new URL(url, document.baseURI);
  full.username = full.password = ""; // those of the page's address: the browser sends them, but lets no script name them
  if (cursor) full.searchParams.set("after", cursor);
  return full;
}

/**
 * The same address, unlike that of any other request, for one that is held: of two equal ones a cache on the way lets the second wait for
 * the head of the first one's answer. The server passes over a parameter that it does not know.
 * @param {URL} channel
 */
export function unlike(channel) {
  channel.searchParams.set("_", `${PAGE}.${++requests}`);
  return channel;
}

/** Waits that double, with jitter, until the connection has been healthy for 10 s. All times are in milliseconds. */
export class Backoff {
  #span = FIRST;
  #since = Infinity;

  /** Whether the connection is up. */
  get isUp() {
    return this.#since < Infinity;
  }

  /** The connection is up. */
  up() {
    this.#since = Math.min(this.#since, performance.now());
  }

  /** The connection is down: how long to wait. What the server asked for, in seconds, is added to the random part. */
  down(retryAfter = 0) {
    if (performance.now() - this.#since >= HEALTH) this.#span = FIRST;
    const wait = retryAfter * 1_000 + Math.random() * this.#span;
    this.#span = Math.min(this.#span * 2, LONGEST);
    this.#since = Infinity;
    return wait;
  }
}

/**
 * The `Retry-After` of an answer, in seconds.
 * @param {Response} answer
 */
export function retryAfter(answer) {
  return Math.max(0, Number(answer.headers.get("Retry-After")) || 0);
}

/**
 * Whether the server lets this client in no more: a session has expired, say. To ask again is of no use.
 * @param {number} status
 */
export function isRefusal(status) {
  return status === 401 || status === 403;
}

/**
 * Asks, and reads the whole answer; nothing where none came in so many ms, or the signal was aborted. What else goes wrong
 * is a mistake of ours, and thrown.
 * @param {URL} url
 * @param {number} ms
 * @param {RequestInit} [init]
 */
export async function ask(url, ms, { signal, ...init } = {}) {
  new Request(url, init); // a mistake of ours is thrown here: `fetch` would say the same as of a dead network
  const limit = new AbortController(); // one for both: browsers of 2023 have no AbortSignal.any
  const end = () => limit.abort();
  const timer = later(end, ms);
  signal?.addEventListener("abort", end);
  if (signal?.aborted) end();
  try {
    const answer = await fetch(url, { ...init, signal: limit.signal, cache: "no-store" });
    return { answer, body: await answer.text() };
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
}

/**
 * What a poll's answer says; nothing where it is none, as of a network that wants a login first.
 * @param {string} body
 */
export function parse(body) {
  if (!body) return { messages: [] };
  try {
    const news = JSON.parse(body);
    return Array.isArray(news?.messages) ? news : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Why the server, or a proxy, said no.
 * @param {string} body
 */
export function reason(body) {
  try {
    const { error } = JSON.parse(body);
    if (typeof error === "string") return error;
  } catch {
    // it is no JSON, either
  }
  return "what answered is not the server of this page";
}

/**
 * A timer, for however long.
 * @param {() => void} act
 * @param {number} ms
 */
export function later(act, ms) {
  return setTimeout(act, Math.min(ms, LONGEST_TIMER));
}

/**
 * Waits; ends early, without an error, when the signal is aborted, and if `wakes` also when the tab is shown again.
 * @param {number} ms
 * @param {AbortSignal} signal
 * @param {boolean} wakes
 * @returns {Promise<void>}
 */
export function sleep(ms, signal, wakes) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      document.removeEventListener("visibilitychange", shown);
      resolve();
    };
    const shown = () => wakes && !document.hidden && done();
    const timer = later(done, ms);
    signal.addEventListener("abort", done);
    document.addEventListener("visibilitychange", shown);
    if (signal.aborted) done();
  });
}

/**
 * Keeps a stream or a socket going: watches over it, and opens it again when it is down. A dead network gives no event;
 * so where nothing is heard for two heartbeats and a half, given in ms, it is down too.
 */
export class Reconnect {
  #backoff = new Backoff();
  #parts;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #watchdog;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #beat;
  #greeted = Infinity; // when it was first asked for a sign of life that has not come
  /** @type {AbortController | undefined} */
  #probe;

  /**
   * `open` asks for a new connection, `shut` gives up what was open. Without a heartbeat nobody watches. `where` is what is
   * asked for. `greet` asks the server for a sign of life, where that can be: when the connection is up, and at each heartbeat.
   * @param {number} heartbeat
   * @param {Required<Listener>} on
   * @param {() => void} open
   * @param {() => void} shut
   * @param {() => URL} where
   * @param {() => void} [greet]
   */
  constructor(heartbeat, on, open, shut, where, greet) {
    this.#parts = { heartbeat, on, open, shut, where, greet };
  }

  /**
   * The connection was asked for.
   * @param {Parameters<Arrow>} arrow
   */
  asked(...arrow) {
    this.#parts.on.state("connecting");
    this.#parts.on.up(...arrow);
    this.#watch();
  }

  /**
   * Something came: the connection is up.
   * @param {Parameters<Arrow>} arrow
   */
  heard(...arrow) {
    const isFirst = !this.#backoff.isUp;
    this.#greeted = Infinity;
    this.#watch();
    this.#backoff.up();
    this.#parts.on.state("live");
    this.#parts.on.down(...arrow);
    if (isFirst) this.#greet();
  }

  /** The connection is down: shuts it, and opens another when it is time. */
  failed() {
    const wasUp = this.#backoff.isUp;
    this.stop();
    const wait = this.#backoff.down();
    this.#retry = later(this.#parts.open, wait);
    if (!wasUp) this.#learn();
    this.#parts.on.down("the line is down", "", "breaks");
    this.#parts.on.state("reconnecting", wait); // it comes last: who hears it may stop all
  }

  /** Shuts the connection for good. */
  stop() {
    for (const timer of [this.#watchdog, this.#retry, this.#beat]) clearTimeout(timer);
    this.#probe?.abort();
    this.#parts.shut();
  }

  /** Where it never came up, the browser hides the status from the script: so it is asked for. */
  async #learn() {
    const probe = (this.#probe = new AbortController());
    const asked = await ask(this.#parts.where(), HEALTH, { method: "HEAD", signal: probe.signal });
    if (probe.signal.aborted || !asked || !isRefusal(asked.answer.status)) return;
    this.stop();
    this.#parts.on.state("refused");
  }

  #greet() {
    const { heartbeat, greet } = this.#parts;
    if (!greet) return;
    this.#greeted = Math.min(this.#greeted, performance.now());
    greet();
    clearTimeout(this.#beat);
    if (heartbeat) this.#beat = later(() => this.#greet(), heartbeat);
  }

  /**
   * A watchdog that fires late looks once more: what came meanwhile may not have been handed out. So does one that fires before
   * the server had a heartbeat's time to answer: a hidden tab's timers are called once a minute, the one that asks with this one.
   */
  #watch(wait = this.#parts.heartbeat * 2.5, again = false) {
    const { heartbeat, greet } = this.#parts;
    const due = performance.now() + wait;
    clearTimeout(this.#watchdog);
    if (wait) this.#watchdog = later(() => {
      const now = performance.now();
      const isUnasked = greet && this.#backoff.isUp && now - this.#greeted < heartbeat;
      if (again || (now - due < LATE && !isUnasked)) return this.failed();
      this.#watch(heartbeat, true);
      if (this.#backoff.isUp) this.#greet();
    }, wait);
  }
}
