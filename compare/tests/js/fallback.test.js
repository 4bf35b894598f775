// From way to way: what is a reason to go on, and what is not; and that no message and no text is lost or doubled.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { browser } from "./browser.js";
import { oversleep, pass, running, settle, stop } from "./clock.js";
import { load } from "./folder.js";

const { fallback } = await load("shared/fallback.js");
const { Outbox } = await load("shared/outbox.js");
const [websocket, sse, longPolling, polling] = await Promise.all(
  ["websocket", "sse", "long-polling", "polling"].map((way) => load(`${way}/client.js`)),
);
const WAYS = [
  { name: "socket", connect: websocket.connect, url: "/socket", keyed: true },
  { name: "events", connect: sse.connect, url: "/events" },
  { name: "long poll", connect: longPolling.connect, url: "/long-poll", hold: 25_000 },
  { name: "poll", connect: polling.connect, url: "/poll" },
];
const AGAIN = 300_000;
const message = (seq) => ({ id: `e.${seq}`, at: seq, text: `text ${seq}` });

let seen, kept;
beforeEach(() => {
  stop();
  seen = browser();
  kept = new Map();
  keep({ getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) });
  Math.random = () => 0.5;
});

function keep(storage) {
  Object.defineProperty(globalThis, "sessionStorage", { value: storage, configurable: true });
}

/** Follows from e.0, and keeps what is heard, and each step in words. */
function follow(options) {
  const heard = { got: [], states: [], places: [], steps: [], gaps: 0 };
  heard.connection = fallback({
    ways: WAYS, cursor: "e.0", ...options,
    step: ({ way, is, why }) => heard.steps.push([way, is, why].filter(Boolean).join(" ")),
    on: {
      message: ({ text }) => heard.got.push(text), gap: () => heard.gaps++, state: (name) => heard.states.push(name),
      place: (...place) => heard.places.push(place), ...options?.on,
    },
  });
  return heard;
}

const newest = () => seen.asked.at(-1);
const asked = () => seen.asked.map(({ url }) => `${url.pathname.slice(1)} ${url.searchParams.get("after")}`);

/** The server's first words on a stream or a socket: its place. */
const place = (seq, more = false) => JSON.stringify({ gap: false, more, next: `e.${seq}` });
function greet(socket, seq = 0) {
  socket.open();
  socket.onmessage({ data: place(seq) });
}
function begin(source, seq = 0) {
  source.say("open");
  source.say("heartbeat", '{"more":false}', `e.${seq}`);
}
const say = (source, seq) => source.say("message", JSON.stringify(message(seq)), `e.${seq}`);
const news = (poll, ...seqs) => poll.answer(200, { gap: false, more: false, next: `e.${seqs.at(-1)}`, messages: seqs.map(message) });

/** The socket is refused, and the server answers when it is asked. */
async function refuse() {
  await pass(12);
  newest().onclose({ code: 1006 });
  newest().answer(204);
  await settle();
}

test("a way that works is kept, and its connection comes back by itself", async () => {
  const { got, steps } = follow();
  greet(newest());
  newest().onmessage({ data: JSON.stringify(message(1)) });
  await pass(16_000);
  newest().onmessage({ data: JSON.stringify(message(2)) });
  newest().onclose({ code: 1006 });
  await pass(500);
  greet(newest(), 2);

  assert.deepEqual(asked(), ["socket e.0", "socket e.2"]);
  assert.deepEqual([got, steps], [["text 1", "text 2"], ["socket tried", "socket works", "socket works"]]);
});

test("a socket that is refused is left at once, and what the question brought counts", async () => {
  const { got, steps, places } = follow();
  await pass(12);
  newest().onclose({ code: 1006 });
  news(newest(), 1, 2);
  await settle();
  begin(newest(), 2);
  say(newest(), 3);

  assert.deepEqual(asked(), ["socket e.0", "poll e.0", "events e.2"]);
  assert.deepEqual(got, ["text 1", "text 2", "text 3"]);
  assert.deepEqual(places, [["e.2", false], ["e.2", false]]);
  assert.deepEqual(steps, ["socket tried", "socket left did not get through", "events tried", "events works"]);
});

test("a handshake or a head behind which nothing comes is no way", async () => {
  const { steps } = follow();
  newest().open();
  await pass(4_999);
  assert.deepEqual(asked(), ["socket e.0"]);
  await pass(1);
  newest().answer(204);
  await settle();
  newest().say("open");
  await pass(5_000);
  newest().answer(204);
  await settle();

  assert.deepEqual(asked(), ["socket e.0", "poll e.0", "events e.0", "poll e.0", "long-poll e.0"]);
  assert.deepEqual(steps.filter((step) => step.includes("left")), ["socket left brought nothing", "events left brought nothing"]);
});

test("a long poll has the time for which it is held, and then the last way is taken", async () => {
  const { steps } = follow({ ways: WAYS.slice(2) });
  await pass(29_999);
  assert.deepEqual(asked(), ["long-poll e.0"]);
  await pass(1);
  newest().answer(204);
  await settle();
  news(newest(), 1);
  await settle();

  assert.deepEqual(asked(), ["long-poll e.0", "poll e.0", "poll e.0"]);
  assert.equal(steps.at(-1), "poll works");
});

test("a way that brings its beginning and then stalls is left at the second time", async () => {
  const { steps } = follow({ ways: WAYS.slice(1) });
  begin(newest());
  await pass(37_500 + 500); // the client gives it up as dead, and opens another
  begin(newest());
  await pass(37_500);
  newest().answer(204);
  await settle();

  assert.equal(steps.at(-1), "long poll tried");
  assert.ok(steps.includes("events left broke off again and again"), steps.join());
});

test("a way that brings its messages in heaps is left, whatever the clock of the server says", async () => {
  const { got, steps } = follow({ ways: WAYS.slice(1) });
  const ahead = 7_000_000;
  begin(newest());
  let seq = 0;
  for (const heap of [1, 2, 3, 4]) {
    await pass(3_000);
    for (const age of [2_900, 1_500, 0]) {
      const at = ahead + performance.now() - age;
      seq += 1;
      if (newest().url.pathname === "/events") newest().say("message", JSON.stringify({ ...message(seq), at }), `e.${seq}`);
    }
    if (heap < 4) assert.ok(!steps.some((step) => step.includes("left")), `heap ${heap}`);
  }

  assert.equal(steps[2], "events left brought its messages late");
  assert.deepEqual(asked(), ["events e.0", "long-poll e.10"]);
  assert.equal(got.length, 10, "what came after it in the heap comes by the next way");
});

test("messages that were late once, as after a sleep, are no reason", async () => {
  const { steps } = follow({ ways: WAYS.slice(1) });
  begin(newest());
  const tell = (seq, at) => newest().say("message", JSON.stringify({ ...message(seq), at }), `e.${seq}`);
  let seq = 0;
  for (const age of [0, 0, 60_000, 0, 60_000, 0, 60_000, 0, 0]) {
    await pass(2_000);
    tell(++seq, performance.now() - age);
  }

  assert.deepEqual(steps, ["events tried", "events works"]);
});

test("clocks that go apart in a day make no message late", async () => {
  const { steps } = follow({ ways: WAYS.slice(1) });
  begin(newest());
  for (let minute = 1; minute <= 24 * 60; minute++) {
    for (const quarter of [1, 2, 3, 4]) {
      await pass(15_000);
      if (quarter < 4) newest().say("heartbeat", '{"more":false}', `e.${minute}`);
    }
    const at = performance.now() * 0.9999; // the server's is slower
    newest().say("message", JSON.stringify({ ...message(minute), at }), `e.${minute}`);
  }

  assert.deepEqual(steps, ["events tried", "events works"]);
});

test("what this browser does not have is passed over", async () => {
  globalThis.WebSocket = undefined;
  const { steps } = follow();
  await pass(0);

  assert.deepEqual(asked(), ["events e.0"]);
  assert.deepEqual(steps, ["socket tried", "socket left was refused", "events tried"]);
});

test("a server that is down is no reason: the way is kept, and tries again after its own waits", async () => {
  const { steps, got, states } = follow();
  for (const wait of [500, 1_000, 2_000]) {
    newest().onclose({ code: 1006 });
    newest().fail();
    await pass(wait);
  }
  greet(newest());
  newest().onmessage({ data: JSON.stringify(message(1)) });

  assert.deepEqual(asked().filter((one) => !one.startsWith("poll")), Array(4).fill("socket e.0"));
  assert.ok(steps.slice(1, 4).every((step) => step === "socket kept the server does not answer"), steps.join());
  assert.deepEqual([got, steps.at(-1), states.at(-1)], [["text 1"], "socket works", "live"]);
});

test("what the server refuses to all is said in its words, and no reason", async () => {
  const { steps } = follow();
  newest().onclose({ code: 1006 });
  newest().answer(503, { error: "the feed cannot be read now" });
  await pass(500);

  assert.deepEqual(steps, ["socket tried", "socket kept the feed cannot be read now"]);
  assert.equal(asked().at(-1), "socket e.0");
});

test("a network that wants a login first is no server", async () => {
  const { steps } = follow();
  newest().onclose({ code: 1006 });
  newest().answer(200, "a page that wants a login first");
  await settle();

  assert.equal(steps.at(-1), "socket kept what answered is not the server of this page");
});

test("where the server lets it in no more, it says so once, and asks no more", async () => {
  const { states } = follow();
  newest().onclose({ code: 1006 });
  newest().answer(401, { error: "sign in" });
  await pass(600_000);

  assert.deepEqual(states.filter((name) => name === "refused"), ["refused"]);
  assert.deepEqual([states.at(-1), running(), ...asked()], ["refused", 0, "socket e.0", "poll e.0"]);
});

test("one way that is refused alone is left for the next, and the last has the last word", async () => {
  const { states } = follow({ ways: WAYS.slice(2) });
  newest().answer(403, { error: "not this path" });
  await settle();
  assert.deepEqual([asked().at(-1), states.includes("refused")], ["poll e.0", false]);

  newest().answer(403, { error: "nor this" });
  await pass(600_000);
  assert.deepEqual([seen.asked.length, states.at(-1)], [2, "refused"]);
});

test("over a switch in the middle nothing is lost, repeated or doubled", async () => {
  const { got, gaps } = follow();
  const socket = newest();
  greet(socket);
  for (const seq of [1, 2]) socket.onmessage({ data: JSON.stringify(message(seq)) });
  await pass(20_000);
  socket.onmessage({ data: JSON.stringify(message(3)) });
  const hears = socket.onmessage;
  socket.onclose({ code: 1006 });
  await pass(500);
  newest().onclose({ code: 1006 }); // it does not come back
  news(newest(), 4);
  await settle();
  const source = newest();
  hears({ data: JSON.stringify(message(4)) }); // what the old one still says
  begin(source, 4);
  say(source, 5);
  source.fail(0); // the browser comes back by itself
  await pass(1_000);
  source.fail(2);
  news(newest(), 6, 7);
  await settle();
  say(source, 6);

  news(newest(), 8);
  await pass(0);

  assert.deepEqual(asked(), ["socket e.0", "socket e.3", "poll e.3", "events e.4", "poll e.5", "long-poll e.7", "long-poll e.8"]);
  assert.deepEqual(got, [1, 2, 3, 4, 5, 6, 7, 8].map((seq) => `text ${seq}`));
  assert.equal(gaps, 0);
});

test("the way that gets through while the server is asked is kept, and the answer dropped", async () => {
  const { got, steps } = follow();
  newest().onclose({ code: 1006 });
  const question = newest();
  await pass(500);
  greet(newest());
  newest().onmessage({ data: JSON.stringify(message(1)) });
  news(question, 1);
  await settle();

  assert.deepEqual([got, steps], [["text 1"], ["socket tried", "socket works"]]);
});

test("the same where it brought nothing new, or has broken off again", async () => {
  for (const breaks of [false, true]) {
    const { connection, got, steps } = follow();
    newest().onclose({ code: 1006 });
    const question = newest();
    await pass(500);
    greet(newest());
    if (breaks) {
      newest().onmessage({ data: JSON.stringify(message(1)) });
      newest().onclose({ code: 1006 });
    }
    news(question, 1);
    await settle();

    assert.deepEqual([got, steps], [breaks ? ["text 1"] : [], ["socket tried", "socket works"]]);
    connection.close();
    kept.clear();
  }
});

test("the server is asked once at a time", async () => {
  follow();
  await pass(5_000);
  seen.asked[0].onclose({ code: 1006 });
  await pass(100);

  assert.deepEqual(asked(), ["socket e.0", "poll e.0"]);
});

test("where the question brings a place without messages, the next way goes on there", async () => {
  const { gaps } = follow();
  newest().onclose({ code: 1006 });
  newest().answer(200, { gap: false, more: false, next: "f.0", messages: [] });
  await settle();

  assert.deepEqual([asked().at(-1), gaps], ["events f.0", 0]);
});

test("who closes it upon what the question brought has closed it", async () => {
  const { connection } = follow({ on: { message: () => connection.close() } });
  newest().onclose({ code: 1006 });
  news(newest(), 1);
  await pass(600_000);

  assert.deepEqual([asked(), running()], [["socket e.0", "poll e.0"], 0]);
});

test("a gap, and that more is pending, are told", async () => {
  const { places, connection } = follow();
  const heard = [];
  connection.close();
  follow({ on: { gap: () => heard.push("gap"), message: ({ text }) => heard.push(text), place: (...place) => heard.push(place) } });
  newest().onclose({ code: 1006 });
  newest().answer(200, { gap: true, more: true, next: "e.9", messages: [message(9)] });
  await settle();
  newest().say("gap", "", "e.11");
  say(newest(), 12);

  assert.deepEqual(places, []);
  assert.deepEqual(heard, ["gap", "text 9", ["e.9", true], "gap", "text 12"]);
});

test("a text that is not confirmed is sent again by the next way, with its key", async () => {
  const sent = [];
  const send = (text, key) => (connection.send ? connection.send(text, key) : sent.push([key, text]));
  const outbox = new Outbox({ send, giveBack: assert.fail, changed() {} }, "e.0");
  const state = (name) => name === "reconnecting" && outbox.down(Boolean(connection.send));
  const { connection } = follow({ on: { state, place: (cursor) => outbox.up(cursor) } });
  greet(newest());
  const socket = newest();
  outbox.add("once");
  const { key } = JSON.parse(socket.sent.at(-1));
  socket.onclose({ code: 1006 }); // no more than its beginning came
  await pass(500);
  await refuse();
  begin(newest());

  assert.deepEqual(sent, [[key, "once"]]);
});

test("so is one that was sent on a socket which is left while it is open", async () => {
  const sent = [];
  const send = (text, key) => (connection.send ? connection.send(text, key) : sent.push([key, text]));
  const outbox = new Outbox({ send, giveBack: assert.fail, changed() {} }, "e.0");
  const state = (name) => name === "reconnecting" && outbox.down(Boolean(connection.send));
  const { connection } = follow({ on: { state, place: (cursor) => outbox.up(cursor) } });
  greet(newest());
  const socket = newest();
  outbox.add("once");
  const { key } = JSON.parse(socket.sent.at(-1));
  for (const [seq, age] of [[1, 0], [2, 2_000], [3, 2_000], [4, 2_000]]) {
    await pass(3_000);
    socket.onmessage({ data: JSON.stringify({ ...message(seq), at: performance.now() - age }) });
  }
  begin(newest(), 4);

  assert.deepEqual([asked(), sent], [["socket e.0", "events e.4"], [[key, "once"]]]);
});

test("the tab remembers what worked, and begins with it", async () => {
  const { connection } = follow();
  await refuse();
  begin(newest());
  connection.close();

  const { steps } = follow({ cursor: "e.5" });
  assert.deepEqual([asked().at(-1), ...steps], ["events e.5", "events tried"]);
});

test("where nothing can be kept it begins with the first", async () => {
  const no = () => {
    throw new Error("not allowed");
  };
  keep({ getItem: no, setItem: no });
  const { steps } = follow();
  greet(newest());

  assert.deepEqual([steps, seen.errors], [["socket tried", "socket works"], []]);
});

test("the better ways are tried again beside the one that works, later each time, and take over from its cursor", async () => {
  const { got, steps } = follow();
  await refuse();
  begin(newest());
  const source = newest();
  const alive = async (ms) => {
    for (let left = ms; left > 0; left -= 15_000) {
      await pass(Math.min(15_000, left));
      source.say("heartbeat", '{"more":false}', source.at);
    }
  };
  await alive(AGAIN);
  assert.equal(asked().at(-1), "socket e.0");
  newest().onclose({ code: 1006 });
  say(source, 1);
  source.at = "e.1";
  assert.equal(steps.at(-1), "socket vain did not get through");
  await alive(2 * AGAIN - 15_000);
  const { length } = seen.asked;
  await alive(15_000);
  assert.equal(seen.asked.length, length + 1, asked().join());

  const trial = newest();
  greet(trial, 1);
  trial.onmessage?.({ data: JSON.stringify(message(2)) }); // it is a trial: this does not count
  say(source, 2); // nor what the one that was left still says
  assert.deepEqual([got, asked().at(-1)], [["text 1"], "socket e.1"]);
  greet(newest(), 1);
  newest().onmessage({ data: JSON.stringify(message(2)) });

  assert.deepEqual(got, ["text 1", "text 2"]);
  assert.deepEqual(steps.slice(-2), ["socket tried", "socket works"]);
});

test("a machine that slept through the time for which a way is given is not in a hurry", async () => {
  const { steps } = follow();
  await oversleep(3_600_000);
  assert.deepEqual(asked(), ["socket e.0"]);
  greet(newest());

  assert.deepEqual(steps, ["socket tried", "socket works"]);
});

test("a callback that throws keeps it from nothing", async () => {
  const mine = () => {
    throw new Error("mine");
  };
  fallback({ ways: WAYS, cursor: "e.0", step: mine, on: { message: mine, place: mine, state: mine } });
  newest().onclose({ code: 1006 });
  news(newest(), 1);
  await settle();
  begin(newest(), 1);
  say(newest(), 2);
  newest().fail(2);
  await pass(500);

  assert.deepEqual(asked(), ["socket e.0", "poll e.0", "events e.1", "events e.2"]);
  assert.ok(seen.errors.every(({ message }) => message === "mine"));
});

test("closed, it asks no more, also while it asks or tries", async () => {
  const close = [];
  for (const until of [async () => newest().onclose({ code: 1006 }), refuse, async () => (await refuse(), begin(newest()), pass(AGAIN))]) {
    kept.clear();
    const { connection, got } = follow();
    await until();
    connection.close();
    const { length } = seen.asked;
    newest().answer?.(200, { messages: [message(1)], next: "e.1" });
    await pass(600_000);
    close.push(seen.asked.length - length, got.length, running());
  }

  assert.deepEqual(close, Array(9).fill(0));
});
