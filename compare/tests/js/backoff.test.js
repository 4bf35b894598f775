// When to try again, and what a client is given and tells.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { browser } from "./browser.js";
import { oversleep, pass, running, settle, stop } from "./clock.js";
import { load } from "./folder.js";

const { address, Backoff, later, listener, Reconnect, retryAfter, sleep } = await load("shared/backoff.js");

let seen;
beforeEach(() => {
  stop();
  seen = browser();
  Math.random = () => 0.5;
});

test("the wait is half of what it may be, and doubles up to 30 s", () => {
  const backoff = new Backoff();

  const waits = Array.from({ length: 7 }, () => backoff.down());

  assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
});

test("the wait is random, from nothing to the whole", () => {
  Math.random = () => 0;
  assert.equal(new Backoff().down(), 0);

  Math.random = () => 0.999;
  assert.equal(new Backoff().down(), 999);
});

test("what the server asks for, in seconds, is added to the random part", () => {
  const backoff = new Backoff();

  assert.deepEqual([backoff.down(7), backoff.down(7)], [7_500, 8_000]);
});

test("10 s of health make the wait short again, and less do not", async () => {
  const backoff = new Backoff();
  backoff.down();
  backoff.down();

  backoff.up();
  await pass(9_999);
  assert.equal(backoff.down(), 2_000);

  backoff.up();
  await pass(5_000);
  backoff.up(); // health counts from the first
  await pass(5_000);
  assert.equal(backoff.down(), 500);
});

test("it is up from `up` to `down`", () => {
  const backoff = new Backoff();
  const states = [backoff.isUp];
  backoff.up();
  states.push(backoff.isUp);
  backoff.down();
  states.push(backoff.isUp);

  assert.deepEqual(states, [false, true, false]);
});

test("Retry-After is read in seconds, and anything else is nothing", () => {
  const after = (headers) => retryAfter(new Response(null, { headers }));

  assert.equal(after({ "Retry-After": "3" }), 3);
  assert.equal(after({}), 0);
  assert.equal(after({ "Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT" }), 0);
});

/** Sleeps for a second, and gives what tells whether it is over. */
function sleeping(signal, wakes) {
  const nap = { over: false };
  sleep(1_000, signal, wakes).then(() => (nap.over = true));
  return nap;
}

test("a sleep lasts as long as it should", async () => {
  const nap = sleeping(new AbortController().signal, false);

  await pass(999);
  assert.equal(nap.over, false);
  await pass(1);
  assert.equal(nap.over, true);
});

test("a sleep ends when it is aborted, also before it began, and leaves no timer", async () => {
  const controller = new AbortController();
  const naps = [sleeping(controller.signal, false)];
  controller.abort();
  naps.push(sleeping(controller.signal, false));
  await settle();

  assert.deepEqual(naps.map(({ over }) => over), [true, true]);
  assert.equal(running(), 0);
});

test("a sleep that wakes ends when the tab is shown, the other does not", async () => {
  const { signal } = new AbortController();
  const [wakes, stays] = [sleeping(signal, true), sleeping(signal, false)];

  document.hidden = true;
  document.dispatchEvent(new Event("visibilitychange"));
  await settle();
  assert.equal(wakes.over, false, "it was hidden");

  document.hidden = false;
  document.dispatchEvent(new Event("visibilitychange"));
  await settle();
  assert.deepEqual([wakes.over, stays.over], [true, false]);
});

/** A connection that is opened by hand, with all that it tells. */
function reconnect(heartbeat = 1_000, greet = undefined) {
  const told = [];
  const on = listener({
    message() {}, state: (...state) => told.push(state), down: (label) => label && told.push([`down ${label}`]),
  });
  const acts = ["open", "shut"].map((act) => () => told.push([act]));
  const connection = new Reconnect(heartbeat, on, ...acts, () => address(), greet && (() => told.push([greet])));
  return { connection, told };
}

test("a connection that failed is shut, and opened again after the wait", async () => {
  const { connection, told } = reconnect();

  connection.failed();
  await pass(499);
  assert.deepEqual(told, [["shut"], ["down the line is down"], ["reconnecting", 500]]);
  await pass(1);
  assert.deepEqual(told.at(-1), ["open"]);
});

test("nothing heard for two heartbeats and a half is a failure, from the last that was heard", async () => {
  const { connection, told } = reconnect();

  connection.asked("GET");
  await pass(2_000);
  connection.heard("message");
  await pass(2_499);
  assert.deepEqual(told, [["connecting"], ["live"], ["down message"]]);
  await pass(1);
  assert.deepEqual(told.at(-1), ["reconnecting", 500]);
});

test("a watchdog that was held up looks once more before it calls the line dead", async () => {
  const { connection, told } = reconnect(1_000, "greeted");
  connection.asked("GET");
  connection.heard("message");
  told.length = 0;

  await oversleep(60_000);
  assert.deepEqual(told.at(-1), ["greeted"]);
  connection.heard("pong");
  await oversleep(60_000);
  assert.deepEqual(told.at(-1), ["greeted"], "once more");
  await oversleep(60_000);

  assert.deepEqual(told.at(-1), ["reconnecting", 500], "nobody has answered");
});

test("a watchdog that comes with the question, in one wake-up, waits for the answer", async () => {
  const { connection, told } = reconnect(1_000, "greeted");
  connection.asked("GET");
  connection.heard("101");
  connection.heard("pong");

  await oversleep(2_600); // it is hardly late
  assert.deepEqual(told.at(-1), ["greeted"]);
  await pass(999);
  assert.deepEqual(told.at(-1), ["greeted"]);
  await pass(1);

  assert.deepEqual(told.at(-1), ["reconnecting", 500]);
});

test("a server that can be greeted is, when the connection is up and at each heartbeat, and has no longer to answer", async () => {
  const { connection, told } = reconnect(1_000, "greeted");
  connection.asked("GET");
  assert.equal(told.some(([what]) => what === "greeted"), false);

  connection.heard("101");
  await pass(2_499);
  assert.deepEqual(told.filter(([what]) => what === "greeted").length, 3);
  await pass(1);

  assert.deepEqual(told.at(-1), ["reconnecting", 500], "two heartbeats and a half, as for the others");
});

test("a heartbeat of weeks is no heartbeat of none", async () => {
  const { connection, told } = reconnect(300 * 3_600_000);
  connection.asked("GET");
  connection.heard("message");

  await pass(86_400_000);

  assert.deepEqual(told.at(-1), ["down message"]);
  let fired = false;
  later(() => (fired = true), Infinity);
  await pass(86_400_000);
  assert.equal(fired, false);
});

test("a connection that never came up asks why, and stops where it is refused", async () => {
  const { connection, told } = reconnect();
  for (const status of [503, 401, 403]) {
    connection.asked("GET");
    connection.failed();
    seen.probes.at(-1).answer(status);
    await settle();
    assert.deepEqual(told.at(-1), status === 503 ? ["reconnecting", 500] : ["refused"], `${status}`);
    await pass(0);
  }
  const { length } = told;
  await pass(600_000);

  assert.equal(told.length, length, "nothing more is tried");
  connection.asked("GET");
  connection.heard("message");
  connection.failed();
  assert.equal(seen.probes.length, 3, "one that was up was not refused");
});

test("without a heartbeat nobody watches", async () => {
  const { connection } = reconnect(0);

  connection.asked("GET");
  connection.heard("message");

  assert.equal(running(), 0);
});

test("stopped, it is shut and never opened again", async () => {
  const { connection, told } = reconnect();
  connection.asked("GET");
  connection.failed();

  connection.stop();
  await settle();

  assert.equal(running(), 0);
  assert.deepEqual(told.at(-1), ["shut"]);
});

test("a listener's holes are filled, and who is called keeps its `this`", () => {
  const view = {
    texts: [],
    message({ text }) {
      this.texts.push(text);
    },
  };
  const on = listener(view);

  on.message({ text: "hello" });
  for (const name of ["gap", "state", "problem", "fact", "up", "down"]) on[name]();

  assert.deepEqual(view.texts, ["hello"]);
  assert.deepEqual(seen.errors, []);
});

test("what a listener throws is reported, and goes no further", () => {
  const error = new Error("mine");

  listener({ message: () => { throw error; } }).message({});

  assert.deepEqual(seen.errors, [error]);
});

test("the address is that of the channel, from the page's on, with the cursor in its query", () => {
  const addresses = [
    address(), address(undefined, "e.1"), address("feed"), address("/feed?room=a&after=e.0", "e.1"),
    address("https://api.example/feed?after=start"), address("/feed?room=a", "e.1"),
  ];

  assert.deepEqual(addresses.map(String), [
    "https://shop.example/messages", "https://shop.example/messages?after=e.1", "https://shop.example/news/feed",
    "https://shop.example/feed?room=a&after=e.1", "https://api.example/feed?after=start",
    "https://shop.example/feed?room=a&after=e.1",
  ]);
});
