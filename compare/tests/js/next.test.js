// The link to the next way, which is one while its server answers.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { browser } from "./browser.js";
import { pass, settle, stop } from "./clock.js";
import { load } from "./folder.js";

const { next } = await load("shared/next.js");

let seen;
beforeEach(() => {
  stop();
  seen = browser();
  globalThis.location = { protocol: "http:", hostname: "localhost", port: "8104" };
});

/** The part of the page that `next` is given, with that port, and the server's own. */
function part(port, own = "8104") {
  const link = { removeAttribute: (name) => delete link[name] };
  return Object.assign(new EventTarget(), { link, dataset: { port, own }, querySelector: () => link });
}

/** What is asked now is answered, or not; gives where the link leads then. */
async function answered(part, status) {
  const probe = seen.probes.at(-1);
  if (status) probe.answer(status);
  else probe.fail();
  await settle();
  return part.link.href;
}

const near = (part) => part.dispatchEvent(new Event("pointerenter"));

test("it is a link from the first answer on, until there is none", async () => {
  const it = part("8105");
  next(it);
  assert.equal(it.link.href, undefined);
  const [{ url, init }] = seen.probes;
  assert.deepEqual([`${url}`, init.mode, init.credentials], ["http://localhost:8105/status", "no-cors", "omit"]);

  assert.equal(await answered(it, 200), "http://localhost:8105/");
  await pass(4_999);
  assert.equal(seen.probes.length, 1);
  await pass(1);
  assert.equal(it.link.href, "http://localhost:8105/", "as long as nothing else is known");
  assert.equal(await answered(it), undefined);
});

test("a server that takes the question and says nothing does not answer", async () => {
  const it = part("8105");
  next(it);
  await answered(it, 200);
  await pass(5_000 + 3_000);

  assert.equal(it.link.href, undefined);
});

test("each refusal stands in the console: they become rare, until the reader comes near", async () => {
  const it = part("8105");
  next(it);
  await answered(it);
  for (const wait of [5_000, 10_000, 20_000, 40_000]) {
    const { length } = seen.probes;
    await pass(wait - 1);
    assert.equal(seen.probes.length, length, `before ${wait} ms`);
    await pass(1);
    assert.equal(seen.probes.length, length + 1, `after ${wait} ms`);
    await answered(it);
  }

  near(it);
  assert.equal(seen.probes.length, 6);
  assert.equal(await answered(it, 200), "http://localhost:8105/");
  dispatchEvent(new Event("focus"));
  assert.equal(seen.probes.length, 7);
  await answered(it);
  await pass(5_000);
  assert.equal(seen.probes.length, 8);
});

test("it asks once at a time", async () => {
  const it = part("8105");
  next(it);
  near(it);
  dispatchEvent(new Event("focus"));
  document.dispatchEvent(new Event("visibilitychange"));

  assert.equal(seen.probes.length, 1);
});

test("a hidden tab asks nothing, and at once when it is shown", async () => {
  const it = part("8105");
  document.hidden = true;
  next(it);
  dispatchEvent(new Event("focus"));
  assert.equal(seen.probes.length, 0);

  document.hidden = false;
  document.dispatchEvent(new Event("visibilitychange"));
  await answered(it, 200);
  document.hidden = true;
  await pass(600_000);
  assert.equal(seen.probes.length, 1);
});

test("behind a proxy that has put its own name into Host, it asks nothing: another port is another server, or none", async () => {
  for (const port of ["8080", ""]) {
    location.port = port;
    const it = part("8105");
    next(it);
    near(it);
    await pass(600_000);

    assert.deepEqual([seen.probes.length, it.link.href], [0, undefined], port);
  }
  next(part("8081", "80"));
  assert.equal(seen.probes.length, 1, "the port that an address leaves out");
});

test("where no policy can name the host, it asks nothing", async () => {
  const it = part(undefined);
  next(it);
  near(it);
  await pass(600_000);

  assert.deepEqual([seen.probes.length, it.link.href], [0, undefined]);
});
