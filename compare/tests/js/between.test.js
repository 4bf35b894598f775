// What the side-by-side page says of a real proxy between: in its control, and in each panel.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./folder.js";

globalThis.document = { createElement: () => ({ style: {} }) };
const { called, met, news } = await load("compare/between.js");

const title = () => "nginx";
const [comes, right] = ["as-it-comes", "right"].map((form) => ({ name: "nginx", form }));
const standing = { ...comes, version: "1.22.1" };
const well = { connections: 1, readers: 1, delay: { median: 3 }, quiet: 0, state: "live", since: 0, faults: [] };
const NOW = 10_000;

test("the control says what stands, what is being started, and why something does not start", () => {
  assert.equal(called(null, title), "nothing");
  assert.equal(news({ wanted: null, stands: null }, title), "Nothing stands between.");
  assert.equal(news({ wanted: comes, stands: null }, title), "Nothing stands between. nginx (as it comes) is being started.");
  assert.equal(news({ wanted: comes, stands: standing }, title), "Between: browser → nginx 1.22.1 (as it comes) → server.");
  assert.match(news({ wanted: right, stands: standing }, title), /\(as it comes\) → server\. nginx \(right\) is being started\.$/);
  assert.match(news({ wanted: null, stands: null, problem: "it has ended" }, title), /^Nothing stands between\. Not done: it has ended$/);
});

test("a panel says what its way is answered", () => {
  const said = (name, answered) => met(name, { ...well, answered }, NOW).join(" ");

  assert.equal(said("sse", { post: 400 }), "");
  assert.match(said("sse", { post: 403 }), /A text sent here is refused \(403\)/);
  assert.equal(said("websocket", { handshake: 101 }), "");
  assert.match(said("websocket", { handshake: 403 }), /refused \(403\).+foreign/);
  assert.match(said("websocket", { handshake: 400 }), /refused \(400\).+upgrade/);
  assert.match(said("websocket", {}), /refused \(no answer\)/);
});

test("a panel says what is late behind a proxy, and who is not known to have left", () => {
  const said = (name, figures) => met(name, { ...well, ...figures, answered: { post: 400 } }, NOW).join(" ");

  assert.match(said("sse", { delay: { median: 203 } }), /held back: 203 ms/);
  assert.equal(said("polling", { delay: { median: 500 } }), "", "it is late by itself");
  assert.match(said("long-polling", { readers: 3 }), /still keeps 2 who have left/);
  assert.deepEqual(met("sse", { ...well, delay: { median: 203 } }, NOW), [], "nothing stands between");
});

test("a panel says that a stream is held back", () => {
  const said = (name, figures, now = NOW) => met(name, { ...well, ...figures, answered: { post: 400 } }, now).join(" ");

  assert.match(said("sse", { state: "reconnecting" }), /^Nothing arrives/);
  assert.match(said("iframe-stream", { quiet: 4_000 }), /^Nothing arrives/);
  assert.equal(said("sse", { state: "reconnecting" }, 5_000), "", "it may still come");
  assert.equal(said("sse", { state: "reconnecting", faults: [{ name: "refuse" }] }), "", "the page itself holds it back");
  assert.equal(said("long-polling", { state: "connecting" }), "", "its answers end");
});
