// Each client with nothing but a callback for messages, out of its page and its server.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { browser } from "./browser.js";
import { pass, running, settle, stop } from "./clock.js";
import { load, WAYS } from "./folder.js";

const clients = Object.fromEntries(await Promise.all(WAYS.map(async (way) => [way, await load(`${way}/client.js`)])));
const message = (seq) => ({ id: `e.${seq}`, at: seq, kind: "message", text: `text ${seq}` });

const poll = {
  bring: answer, tell: (poll, place) => poll.answer(200, { ...place, messages: [] }), lose: (poll) => poll.fail(),
};

/** How each way brings a message, tells a place, loses its connection, and is refused or silent. */
const SERVERS = {
  polling: { ...poll, dead: 10_000 },
  "long-polling": { ...poll, dead: 35_000 },
  "iframe-stream": { bring: script, tell: script, lose: (frame) => outer(frame).onload(), dead: 10_000 },
  sse: {
    bring: (source, message) => source.say("message", JSON.stringify(message), message.id),
    tell: (source, { gap, next, ...rest }) => source.say(gap ? "gap" : "heartbeat", JSON.stringify(rest), next),
    lose: (source) => source.fail(2),
    dead: 37_500,
  },
  websocket: {
    bring: (socket, message) => (socket.open(), socket.onmessage({ data: JSON.stringify(message) })),
    tell: (socket, place) => (socket.open(), socket.onmessage({ data: JSON.stringify(place) })),
    lose: (socket) => socket.onclose({ code: 1006 }),
    dead: 37_500,
  },
};

function answer(poll, message) {
  poll.answer(200, { gap: false, more: false, next: message.id, messages: [message] });
}

/** The iframe that we made: the server's own is within its document. */
function outer(frame) {
  return document.body.last;
}

function script(frame, object) {
  outer(frame).contentWindow.fiveWays(object);
}

let seen;
beforeEach(() => {
  stop();
  seen = browser();
  const { appendChild } = document.body;
  document.body.appendChild = (child) => (document.body.last = appendChild(child));
  Math.random = () => 0.5;
});

/** Connects with a callback for messages and nothing else, unless it is given. */
function connect(way, options) {
  const got = [];
  const connection = clients[way].connect({ on: { message: ({ text }) => got.push(text) }, ...options });
  return { connection, got };
}

const after = ({ url }) => url.searchParams.get("after");

/** What was asked for, without the part by which each long poll differs. */
function address({ url }) {
  const address = new URL(url);
  address.searchParams.delete("_");
  return `${address}`;
}

for (const way of WAYS) {
  const { bring, tell, lose, dead } = SERVERS[way];

  test(`${way}: messages arrive, and a reconnect goes on after the last`, async () => {
    const { got } = connect(way);
    assert.equal(address(seen.asked[0]), `${way === "websocket" ? "wss" : "https"}://shop.example/messages`);

    bring(seen.asked[0], message(1));
    await pass(1_000);
    lose(seen.asked.at(-1));
    await pass(500);

    assert.deepEqual(got, ["text 1"]);
    assert.equal(after(seen.asked.at(-1)), "e.1");
    bring(seen.asked.at(-1), message(2));
    await settle();
    assert.deepEqual(got, ["text 1", "text 2"]);
    assert.deepEqual(seen.errors, []);
  });

  test(`${way}: cut off before its first message, it goes on where it was told that it is`, async () => {
    let gaps = 0;
    const places = [];
    const on = { message: () => assert.fail(), gap: () => gaps++, place: (...place) => places.push(place) };
    const { got } = connect(way, { on });

    tell(seen.asked[0], { gap: true, next: "e.0", more: false, aWordThatComesLater: 1 });
    if (way === "sse") tell(seen.asked[0], { next: "e.0", more: false });
    await pass(1_000);
    assert.deepEqual(places[0], ["e.0", false]);
    lose(seen.asked.at(-1));
    await pass(500);

    assert.deepEqual([after(seen.asked.at(-1)), gaps, got, seen.errors], ["e.0", 1, [], []]);
  });

  test(`${way}: a cursor and an address of one's own are asked for`, () => {
    connect(way, { url: "http://localhost:3000/feed?room=a", cursor: "e.7" });

    const scheme = way === "websocket" ? "ws" : "http";
    assert.equal(address(seen.asked[0]), `${scheme}://localhost:3000/feed?room=a&after=e.7`);
  });

  test(`${way}: a dead connection is given up by the server's default, and not before`, async () => {
    connect(way, { cursor: "e.7" });

    await pass(dead + 499);
    assert.equal(seen.asked.length, 1);
    await pass(1);
    assert.deepEqual(seen.asked.map(after), ["e.7", "e.7"]);
  });

  test(`${way}: where the server lets it in no more, it says so once, and asks no more`, async () => {
    const states = [];
    connect(way, { cursor: "e.7", on: { message() {}, state: (name) => states.push(name) } });

    if (way.includes("polling")) seen.asked[0].answer(401, { error: "sign in" });
    else {
      lose(seen.asked[0]);
      seen.probes[0].answer(401);
    }
    await pass(600_000);

    assert.deepEqual(states.filter((name) => name === "refused"), ["refused"]);
    assert.equal(states.at(-1), "refused");
    assert.equal(seen.asked.length, 1);
  });

  test(`${way}: a name and a password in the page's address are no part of what it asks for`, () => {
    document.baseURI = "https://me:secret@shop.example/news/";
    connect(way);

    assert.equal(address(seen.asked[0]), `${way === "websocket" ? "wss" : "https"}://shop.example/messages`);
  });

  test(`${way}: closed, it asks no more`, async () => {
    const { connection } = connect(way);
    bring(seen.asked[0], message(1));
    await settle();
    const { length } = seen.asked;

    connection.close();
    await pass(600_000);

    assert.equal(seen.asked.length, length);
  });

  test(`${way}: closed by who hears that it reconnects, it asks no more`, async () => {
    const state = (name) => name === "reconnecting" && connection.close();
    const { connection } = connect(way, { on: { message() {}, state } });
    lose(seen.asked[0]);
    await settle();
    for (const probe of seen.probes) probe.answer(401);
    await pass(600_000);

    assert.deepEqual([seen.asked.length, running()], [1, 0]);
  });

  test(`${way}: a message of one's own may have any fields but id and at`, async () => {
    const { got } = connect(way);

    bring(seen.asked[0], { id: "e.1", at: 1, text: "mine", error: "no error", gap: true, reopen: true, more: true });
    await settle();

    assert.deepEqual(got, ["mine"]);
    assert.deepEqual(seen.errors, []);
  });

  test(`${way}: a callback that throws loses no other message, and no connection`, async () => {
    let count = 0;
    const on = { message: () => { count++; throw new Error("mine"); } };
    clients[way].connect({ on });

    bring(seen.asked[0], message(1));
    await pass(1_000);
    bring(seen.asked.at(-1), message(2));
    await settle();

    assert.equal(count, 2);
    assert.deepEqual(seen.errors.map(({ message }) => message), ["mine", "mine"]);
  });
}

test("the module that the text quotes hears a room and speaks in it", async () => {
  const logged = [];
  console.log = (...words) => logged.push(words);
  const { say } = await load("take_home.js");
  let sent;
  globalThis.fetch = (url, init) => (sent = { url, ...init });

  seen.asked[0].say("message", JSON.stringify({ id: "e.1", at: 1, name: "Ada", words: "hello" }), "e.1");
  say("Ada", "again");

  assert.equal(`${seen.asked[0].url}`, "https://shop.example/rooms/blue");
  assert.deepEqual(logged, [["Ada", "hello"]]);
  const headers = { "Content-Type": "text/plain" };
  sent.url = `${sent.url}`;
  assert.deepEqual(sent, { url: "https://shop.example/rooms/blue", method: "POST", headers, body: '{"name":"Ada","words":"again"}' });
});

test("sse hears the events that it is told of", () => {
  const { got } = connect("sse", { events: ["price"] });

  seen.asked[0].say("price", JSON.stringify(message(1)), "e.1");
  seen.asked[0].say("clock", JSON.stringify(message(2)), "e.2");

  assert.deepEqual(got, ["text 1"]);
});

test("polling waits for its interval, longer in a hidden tab, and not at all where there is more", async () => {
  connect("polling", { interval: 200 });
  answer(seen.asked[0], message(1));
  await pass(199);
  assert.equal(seen.asked.length, 1);
  await pass(1);
  assert.equal(seen.asked.length, 2);

  seen.asked[1].answer(200, { more: true, next: "e.2", messages: [message(2)] });
  await pass(0);
  assert.equal(seen.asked.length, 3);

  document.hidden = true;
  seen.asked[2].answer(204);
  await pass(9_999);
  assert.equal(seen.asked.length, 3);
  await pass(1);
  assert.equal(after(seen.asked[3]), "e.2");
});

test("polling says that it is live no more where an answer takes three intervals, until it comes", async () => {
  const states = [];
  const on = { message() {}, state: (name) => states.push(name) };
  const { connection } = connect("polling", { interval: 200, on });
  answer(seen.asked[0], message(1));
  await pass(200 + 599);
  assert.deepEqual([seen.asked.length, ...states], [2, "connecting", "live"]);

  await pass(1);
  assert.deepEqual(states.splice(0), ["connecting", "live", "connecting"]);
  answer(seen.asked[1], message(2));
  await pass(0);
  assert.deepEqual(states.splice(0), ["live"]);
  assert.equal(running(), 1, "the pause, and no other");

  await pass(200);
  connection.close();
  await pass(10_000);
  assert.deepEqual([seen.asked.length, running(), ...states], [3, 0]);
});

test("long polling asks again at once after news, and pauses where there was none", async () => {
  connect("long-polling", { cursor: "e.0" });
  answer(seen.asked[0], message(1));
  await pass(0);
  assert.equal(seen.asked.length, 2);

  seen.asked[1].answer(204);
  await pass(999);
  assert.equal(seen.asked.length, 2);
  await pass(1);
  assert.equal(seen.asked.length, 3);
});

test("no long poll is like another, of this page or of another tab: the second of two equal ones may have to wait for the first", async () => {
  connect("long-polling", { cursor: "e.7", url: "/feed?room=a" });
  connect("long-polling", { cursor: "e.7" });
  seen.asked[0].answer(204);
  await pass(1_000);
  const another = await load("shared/backoff.js", "?another-tab");
  const there = another.unlike(another.address("/messages", "e.7"));

  const marks = [...seen.asked.map(({ url }) => url), there].map(({ searchParams }) => searchParams.get("_"));
  assert.deepEqual([marks.length, new Set(marks).size], [4, 4], marks.join());
  assert.match(`${seen.asked[2].url}`, /\/feed\?room=a&after=e\.7&_=[a-z0-9]+\.\d+$/);
});

test("what is no answer of the server is a failure, though it is a 200", async () => {
  for (const way of ["polling", "long-polling"]) {
    const states = [];
    const on = { message() {}, state: (...state) => states.push(state) };
    const { length } = seen.asked;
    const { connection } = connect(way, { on });
    seen.asked[length].answer(200, "a page that wants a login first");
    await settle();
    assert.equal(states.at(-1)[0], "reconnecting", way);
    connection.close();
  }
});

test("a poll that is closed while its answer comes hears nothing more", async () => {
  for (const way of ["polling", "long-polling"]) {
    const { connection, got } = connect(way);
    const poll = seen.asked.at(-1);

    answer(poll, message(1));
    connection.close();
    await settle();

    assert.deepEqual(got, [], way);
  }
});

test("a refusal waits for what the server asks for", async () => {
  for (const way of ["polling", "long-polling"]) {
    const { length } = seen.asked;
    const { connection } = connect(way);
    seen.asked[length].answer(503, undefined, { "Retry-After": "3" });
    await pass(3_499);
    assert.equal(seen.asked.length, length + 1, way);
    await pass(1);
    assert.equal(seen.asked.length, length + 2, way);
    connection.close();
  }
});

test("a word that comes later is passed over", async () => {
  for (const way of ["iframe-stream", "websocket", "sse"]) {
    const { got } = connect(way, { cursor: "e.7" });
    const stream = seen.asked.at(-1);
    if (way === "sse") stream.say("later", "words", "e.9");
    else SERVERS[way].bring(stream, { later: "words" });
    SERVERS[way].bring(stream, message(8));

    assert.deepEqual([got, seen.errors], [["text 8"], []], way);
  }
});

test("an iframe that says so is opened again at once", () => {
  connect("iframe-stream");
  script(seen.asked[0], message(1));
  script(seen.asked[0], { reopen: true });

  outer(seen.asked[0]).onload();

  assert.deepEqual(seen.asked.map(after), [null, "e.1"]);
});

test("an EventSource that comes back by itself is left alone", async () => {
  connect("sse");
  seen.asked[0].fail(0);
  await pass(5_000);

  assert.equal(seen.asked.length, 1);
});

test("an EventSource that comes alive again once it was closed, as WebKit's does, is closed again, and no other", async () => {
  const { connection } = connect("sse");
  const [first] = seen.asked;
  first.fail(2);
  await pass(1_000);
  const [, second] = seen.asked;

  first.fail(0); // with a page that comes back from the cache
  assert.deepEqual([first.readyState, second.readyState], [2, 0]);
  connection.close();
  second.fail(0);
  await pass(600_000);

  assert.deepEqual([first.readyState, second.readyState, seen.asked.length], [2, 2, 2]);
});

test("a socket that has an error and is never closed, as WebKit's beyond its limit, is opened again, once", async () => {
  const states = [];
  connect("websocket", { on: { message() {}, state: (name) => states.push(name) } });
  const [first] = seen.asked;

  first.onerror({});
  first.onclose({ code: 1006 }); // others say both
  await pass(1_000);

  assert.deepEqual([states, seen.asked.length], [["connecting", "reconnecting", "connecting"], 2]);
});

test("a socket sends texts with keys where it is told to, and hears what became of them", () => {
  const heard = [];
  const on = {
    message: () => assert.fail(), published: (...of) => heard.push(of), problem: (...of) => heard.push(of),
  };
  const connection = clients.websocket.connect({ on, keyed: true });
  const [socket] = seen.asked;
  socket.open();

  connection.send("hello", "a key of one text");
  socket.onmessage({ data: '{"key":"k","published":"e.1"}' });
  socket.onmessage({ data: '{"key":"k","status":422,"error":"another text"}' });

  assert.equal(socket.protocols, "five-ways.keyed");
  assert.deepEqual(JSON.parse(socket.sent.at(-1)), { key: "a key of one text", text: "hello" });
  assert.deepEqual(heard, [["k", "e.1"], ["another text", "k", 422]]);
});

test("a socket sends while it is open, and says when it cannot", () => {
  const { connection } = connect("websocket");
  assert.equal(connection.send("early"), false);

  seen.asked[0].open();

  assert.equal(connection.send("hello"), true);
  assert.equal(seen.asked[0].sent.at(-1), "hello");
});
