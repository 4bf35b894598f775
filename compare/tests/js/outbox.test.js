// What is typed arrives once, or comes back.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { browser } from "./browser.js";
import { pass, stop } from "./clock.js";
import { load } from "./folder.js";

const { Outbox } = await load("shared/outbox.js");
const FIVE_MINUTES = 300_000;

let sent, given, waiting, keys, whys, outbox;
beforeEach(() => {
  stop();
  browser();
  Math.random = () => 0.5;
  [sent, given, waiting] = [[], [], []];
  outbox = new Outbox({
    send: (text, key) => sent.push({ text, key }),
    giveBack: (text, why) => given.push([text, why]),
    changed(entries) {
      waiting = entries.map(({ text }) => text);
      keys = entries.map(({ key }) => key);
      whys = entries.map(({ why }) => why);
    },
  }, "e.0");
});

const texts = () => sent.map(({ text }) => text);

test("a text is sent at once where there is a connection, and the next after its answer", () => {
  outbox.up("e.0");
  for (const text of ["one", "two"]) outbox.add(text);
  assert.deepEqual([texts(), waiting], [["one"], ["two"]]);

  outbox.confirmed(sent[0].key);

  assert.deepEqual([texts(), waiting, given], [["one", "two"], [], []]);
  assert.match(sent[0].key, /^[0-9a-f]{32}$/);
  assert.notEqual(sent[0].key, sent[1].key);
});

test("a text that nothing answers waits, says why, and is sent again", async () => {
  outbox.up("e.0");
  outbox.add("one");

  outbox.lost(sent[0].key, 0, "no answer");
  assert.deepEqual([waiting, whys], [["one"], ["no answer"]]);
  await pass(500);
  outbox.lost(sent[1].key);
  assert.deepEqual([waiting, whys], [["one"], ["no answer"]]);
  outbox.down(false);

  assert.deepEqual([whys, sent[0].key === sent[1].key, given], [[undefined], true, []]);
});

test("what is typed without a connection waits, and is sent in order when it is back", () => {
  for (const text of ["one", "two"]) outbox.add(text);
  assert.deepEqual([texts(), waiting], [[], ["one", "two"]]);

  outbox.up("e.7");
  outbox.confirmed(sent[0].key);
  outbox.confirmed(sent[1].key);

  assert.deepEqual([texts(), waiting, given], [["one", "two"], [], []]);
});

test("without an answer it is sent again with the same key", async () => {
  outbox.up("e.0");
  outbox.add("one");

  outbox.lost(sent[0].key);
  await pass(499);
  assert.equal(sent.length, 1);
  await pass(1);
  outbox.down(true);
  outbox.up("e.1");

  assert.deepEqual(sent.map(({ key }) => key), Array(3).fill(sent[0].key));
  outbox.confirmed(sent[0].key);
  await pass(FIVE_MINUTES);
  assert.deepEqual([sent.length, given], [3, []]);
});

test("a request of its own is not sent again because another connection broke", () => {
  outbox.up("e.0");
  outbox.add("one");

  outbox.down(false);
  outbox.up("e.0");

  assert.deepEqual(texts(), ["one"]);
});

test("a refusal gives back that text and no other; a busy server is asked again", async () => {
  outbox.up("e.0");
  for (const text of ["too long", "two"]) outbox.add(text);

  outbox.refused(sent[0].key, 413, "too long: send less");
  assert.deepEqual([given, texts()], [[["too long", "Not sent: too long: send less"]], ["too long", "two"]]);
  outbox.refused(sent[1].key, 503, "busy", 2);
  assert.deepEqual([waiting, whys], [["two"], ["busy"]]);
  outbox.down(false);
  assert.deepEqual(whys, [undefined], "it waits for the connection first");
  outbox.up("e.0");
  await pass(2_499);
  assert.equal(sent.length, 2);
  await pass(1);

  assert.deepEqual([texts()[2], given.length], ["two", 1]);
});

test("after five minutes it is given back, and says whether it was tried", async () => {
  outbox.up("e.0");
  for (const text of ["tried", "not tried"]) outbox.add(text);

  await pass(FIVE_MINUTES - 1);
  assert.deepEqual(given, []);
  await pass(1);

  assert.deepEqual(given, [
    ["tried", "No answer for five minutes: it may have been sent, see whether it comes."],
    ["not tried", "No answer for five minutes: it was not sent."],
  ]);
  outbox.confirmed(sent[0].key);
  assert.deepEqual([texts(), waiting], [["tried"], []]);
});

test("where the feed began anew it is given back, since nobody knows its key any more", () => {
  outbox.up("e.0");
  for (const text of ["tried", "not tried"]) outbox.add(text);
  outbox.down(true);

  outbox.up("f.0");

  assert.deepEqual(given.map(([text]) => text), ["tried", "not tried"]);
  outbox.add("new");
  assert.deepEqual(texts(), ["tried", "new"]);
});

test("a text that waits can be taken back", () => {
  outbox.add("one");
  outbox.add("two");

  outbox.takeBack(keys[0]);
  outbox.up("e.0");

  assert.deepEqual([given, texts()], [[["one", "Taken back: it was not sent."]], ["two"]]);
});
