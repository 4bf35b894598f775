// Falls back without a loss: goes by the first of several ways that gets through. The cursor is the same in all, so the next goes on
// after the last message of the one before.

import { address, ask, isRefusal, later, listener, parse, reason, report } from "./backoff.js";
import { judge } from "./judge.js";

const AGAIN = 300_000; // then the better ways are tried again; each time that none works, after twice as long
const LONGEST = 3_600_000;
const TIMEOUT = 10_000;
const MEMORY = "five-ways.way";

/**
 * What is given besides what all ways are. `ways` are in the order in which they are wanted; the last is polling, which passes wherever
 * a page does: it is asked whether the server answers at all. `again`: after so many ms the better ways are tried again.
 * @typedef {{ ways: import("./judge.js").Way[], step?: (step: Step) => void, again?: number }} Choice
 *
 * What was done, for those who show it: a way is tried, works, is left for the next, is kept since the server itself does not answer, or
 * was tried beside the one that works, in vain. `why` is the end of a sentence that begins with its name; `ms` is how long it took.
 * @typedef {{ way: string, is: "tried" | "works" | "left" | "kept" | "vain", why?: string, ms?: number }} Step
 */

/**
 * Follows the feed from `cursor` on, by one way after the other, until `close` is called. It is a client as each of the ways is.
 * @param {Choice & import("./backoff.js").Options} options
 * @returns {import("./backoff.js").Connection}
 */
export function fallback({ ways, step: show, again = AGAIN, on: given, cursor, ...options }) {
  const on = listener(given);
  const last = ways.length - 1;
  let [at, pause, isOver] = [0, again, false];
  /** @type {ReturnType<typeof judge> | undefined} */
  let line; // the way of now
  /** @type {ReturnType<typeof judge> | undefined} */
  let trial; // a better one, beside it
  /** @type {ReturnType<typeof judge> | undefined} */
  let doubted; // the one for which the server is asked
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  begin(Math.max(0, ways.findIndex(({ name }) => name === remembered())));

  /** Goes by this way: the one before is closed first. */
  function begin(/** @type {number} */ index) {
    if (line) on.state("reconnecting"); // what was sent on it, and is not confirmed, is sent again
    stop();
    if (isOver) return;
    at = index;
    const { name } = ways[at];
    step({ way: name, is: "tried" });
    line = judge(ways[at], { ...options, cursor }, { ...on, message, place, state }, { works, fails, unfit: leave });
  }

  function message(/** @type {import("./backoff.js").Message} */ message) {
    cursor = message.id;
    on.message(message);
  }

  function place(/** @type {string} */ next, /** @type {boolean} */ more) {
    cursor = next;
    on.place(next, more);
  }

  /**
   * Who is refused by one way may be let in by the next; the last has the last word.
   * @param {import("./backoff.js").State} name
   * @param {number} [wait]
   */
  function state(name, wait) {
    if (name !== "refused" || at === last) on.state(name, wait);
  }

  function works(/** @type {number} */ ms) {
    remember(ways[at].name);
    step({ way: ways[at].name, is: "works", ms });
    if (at > 0) timer ??= later(() => better(0), pause);
  }

  /** @type {import("./judge.js").Blame} */
  function leave(why, ms) {
    if (at === last) return;
    step({ way: ways[at].name, is: "left", why, ms });
    begin(at + 1);
  }

  /**
   * Is it the way, or the server? The plainest way is asked. If it is answered, the other is at fault, and the answer's news count. Else
   * no way would help: this one is kept, and tries again after its own waits.
   * @type {import("./judge.js").Blame}
   */
  async function fails(why, ms) {
    const [mine, from] = [line, cursor];
    if (at === last || doubted === mine) return;
    doubted = mine;
    const asked = await ask(address(ways[last].url, from), TIMEOUT);
    if (doubted === mine) doubted = undefined;
    if (!mine || mine !== line || mine.isThrough() || from !== cursor) return; // meanwhile it works, or is over
    if (asked && isRefusal(asked.answer.status)) return refuse();
    const news = asked?.answer.ok ? parse(asked.body) : undefined;
    if (!news) return step({ way: ways[at].name, is: "kept", why: asked ? reason(asked.body) : "the server does not answer" });
    if (news.gap) on.gap();
    for (const one of news.messages) message(one);
    cursor = news.next ?? cursor;
    leave(why, ms);
    if (cursor && !isOver) on.place(cursor, news.more ?? false);
  }

  /** Tries a better way beside the one that works. Nothing that it brings counts; if it works, it begins anew from the cursor. */
  function better(/** @type {number} */ index) {
    trial?.close();
    if (index === at) {
      pause = Math.min(2 * pause, LONGEST);
      timer = later(() => better(0), pause);
      return;
    }
    /** @type {import("./judge.js").Blame} */
    const fails = (why, ms) => {
      step({ way: ways[index].name, is: "vain", why, ms });
      better(index + 1);
    };
    const nobody = listener({ message() {} });
    trial = judge(ways[index], { ...options, cursor }, nobody, { works: () => begin(index), fails, unfit: fails });
  }

  function step(/** @type {Step} */ done) {
    try {
      show?.(done);
    } catch (error) {
      report(error);
    }
  }

  function refuse() {
    close();
    on.state("refused");
  }

  function stop() {
    clearTimeout(timer);
    line?.close();
    trial?.close();
    line = trial = timer = undefined;
  }

  function close() {
    isOver = true;
    stop();
  }

  return {
    close,
    get send() {
      return line?.send;
    },
  };
}

/** What worked last in this tab. It may be that nothing can be kept. */
function remembered() {
  try {
    return sessionStorage.getItem(MEMORY);
  } catch {
    return null;
  }
}

function remember(/** @type {string} */ name) {
  try {
    sessionStorage.setItem(MEMORY, name);
  } catch {
    // the next page of this tab begins with the first way
  }
}
