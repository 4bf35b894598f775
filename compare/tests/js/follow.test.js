// The one stream of the page side by side.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { browser } from "./browser.js";
import { pass, stop } from "./clock.js";
import { load } from "./folder.js";

const { follow } = await load("compare/state.js");

const BEAT = 2_000;
let seen;
beforeEach(() => {
  stop();
  seen = browser();
  Math.random = () => 0.5;
});

/** Follows the wire of SSE, and keeps what is heard. */
function following() {
  const got = [];
  const hear = (what) => (...given) => got.push([what, ...given]);
  const on = { state: hear("state"), wire: hear("wire"), open: hear("open"), own: hear("own") };
  return { got, layOpen: follow("sse", on, BEAT) };
}

/** The streams that are open, by their paths. */
const open = () => seen.asked.filter(({ readyState }) => readyState < 2).map(({ url }) => url.pathname + url.search);

function show(isShown) {
  document.hidden = !isShown;
  document.dispatchEvent(new Event("visibilitychange"));
}

test("one stream brings the state and the wire, whichever way is laid open", () => {
  const { got, layOpen } = following();
  assert.deepEqual(open(), ["/events?wire=sse"]);

  seen.asked[0].say("message", '{"at":1}');
  seen.asked[0].say("wire", '[{"n":1}]');
  layOpen("long-polling");

  assert.deepEqual(open(), ["/events?wire=long-polling"]);
  assert.deepEqual(got.filter(([what]) => what === "state" || what === "wire"), [["state", { at: 1 }], ["wire", [{ n: 1 }]]]);
});

test("a hidden page gives its stream up, and has one again when it is shown", async () => {
  following();
  show(false);
  assert.deepEqual(open(), []);
  await pass(60_000);
  assert.deepEqual(open(), [], "nothing brings it back");

  show(true);
  show(true);
  dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true })); // from the cache
  assert.deepEqual(open(), ["/events?wire=sse"]);
});

test("a stream that comes alive again once it was closed, as WebKit's does, is closed again, and no other", async () => {
  following();
  dispatchEvent(new Event("pagehide"));
  dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));

  seen.asked[0].fail(0);

  assert.deepEqual(seen.asked.map(({ readyState }) => readyState), [2, 0]);
});

test("a page that is opened in a hidden tab has none until it is shown", async () => {
  document.hidden = true;
  const { layOpen } = following();
  layOpen("polling");
  await pass(60_000);
  assert.deepEqual(open(), []);

  show(true);
  assert.deepEqual(open(), ["/events?wire=polling"]);
});

test("no answer at all is told apart from a refusal and from a silence", async () => {
  const { got } = following();
  const reconnecting = () => got.filter(([what, name]) => what === "own" && name === "reconnecting").map(([, , , mute]) => mute);
  await pass(2.5 * BEAT);
  assert.deepEqual(reconnecting(), [true], "nothing came");

  await pass(500);
  seen.asked.at(-1).fail(2);
  assert.deepEqual(reconnecting(), [true, false], "it was refused");

  await pass(1_000);
  seen.asked.at(-1).say("message", "{}");
  await pass(2.5 * BEAT);
  assert.deepEqual(reconnecting(), [true, false, false], "the line died");
});
