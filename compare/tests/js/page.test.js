// What the side-by-side page says before and beside its figures: the answers of the chooser, the words, the tour.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { WAYS, load } from "./folder.js";

const folder = fileURLToPath(new URL("../../", import.meta.url));
const read = (name) => readFileSync(folder + name, "utf8");
const files = readdirSync(`${folder}assets`).filter((name) => name.endsWith(".js")).map((name) => read(`assets/${name}`));
const page = read("templates/page.html");

globalThis.document = { createElement: () => ({ style: {} }) };
globalThis.matchMedia = () => ({ addEventListener() {} });
const { QUESTIONS, USUAL, advise, wayFor } = await load("compare/choose.js");
const { FACTS } = await load("compare/facts.js");
const { MEANINGS } = await load("compare/words.js");
const { FAULTS, slowHint } = await load("compare/faults.js");
const { STEPS, seen, steps } = await load("compare/tour.js");

/** All that a reader may need. */
function* needs(questions = QUESTIONS) {
  if (questions.length === 0) return yield {};
  const [{ name, options }, ...others] = questions;
  for (const [value] of options) for (const rest of needs(others)) yield { [name]: value, ...rest };
}

const fact = (word, way) => FACTS.find((fact) => fact.word === word).cells[WAYS.indexOf(way)];
const figures = { delay: { median: 500 }, cost: { each: 900 } };

test("each need has its way", () => {
  const of = (sends, late, between) => wayFor({ sends, late, between, missed: "none" });

  assert.equal(of("server", "once", "known"), "sse");
  assert.equal(of("mostly", "once", "known"), "sse");
  assert.equal(of("server", "once", "any"), "long-polling");
  assert.equal(of("mostly", "once", "any"), "long-polling");
  for (const between of ["known", "any"]) {
    assert.equal(of("server", "seconds", between), "polling");
    assert.equal(of("mostly", "seconds", between), "polling");
    assert.equal(of("both", "once", between), "websocket");
  }
  assert.equal(of("both", "seconds", "known"), "websocket");
  assert.equal(of("both", "seconds", "any"), "polling");
});

test("no answer is against the table", () => {
  for (const need of needs()) {
    const way = wayFor(need);
    const what = `${way} for ${JSON.stringify(need)}`;
    assert.notEqual(way, "iframe-stream", what);
    if (need.between === "any" && way !== "websocket") assert.doesNotMatch(fact("proxies", way)[1], /holds the answer back/, what);
    if (need.late === "once") assert.notEqual(way, "polling", what);
    if (need.sends === "both" && way !== "polling") assert.equal(fact("direction", way)[0], 2, what);
  }
});

test("each answer has its reasons, and each reason leads to what shows it", () => {
  let socket = false;
  for (const need of needs()) {
    const { way, reasons } = advise(need);
    assert.ok(reasons.length >= 3);
    for (const { text, shows } of reasons) {
      const isThere = page.includes(`id="${shows}"`) || FACTS.some(({ word }) => `row-${word}` === shows);
      assert.ok(isThere, shows);
      assert.ok(text(figures).length > 10);
    }
    const all = reasons.map(({ text }) => text(figures)).join(" ");
    assert.match(all, /900 B a message, 500 ms late/);
    if (way === "websocket" && need.between === "any") assert.match(all, /Where one does not: long polling/);
    if (way !== "websocket" && need.sends !== "server") assert.match(all, /POST/);
    if (need.sends === "both") assert.doesNotMatch(all, /now and then/);
    socket ||= way === "websocket";
  }
  assert.ok(socket);
});

test("before anything is measured, no figure is said", () => {
  const { reasons } = advise(USUAL);
  const said = reasons.map(({ text }) => text({ delay: {}, cost: undefined })).join(" ");

  assert.match(said, /when its panel is live/);
  assert.doesNotMatch(said, /–|NaN|undefined/);
});

test("each word that is marked is explained, and each that is explained is marked", () => {
  const all = [page, ...files].join("\n");
  const marked = [
    ...page.matchAll(/data-word="([a-z0-9]+)"/g), ...all.matchAll(/\b(?:word|row)\("([a-z0-9]+)"/g), ...FACTS.map(({ word }) => [word, word]),
  ];

  assert.deepEqual([...new Set(marked.map(([, word]) => word))].sort(), Object.keys(MEANINGS).sort());
});

test("the tour presses what there is, five times, and each look is at something", () => {
  const there = new Set([...FAULTS.map(([name]) => name), "say"]);
  const all = [page, ...files].join("\n");

  assert.equal(STEPS.length, 5);
  for (const { press, before, after, look } of STEPS) {
    assert.ok(there.delete(press), press);
    for (const text of [before, after]) assert.ok(text.length <= 80, `one line: ${text}`);
    assert.match(all, new RegExp(`(class: "|"|id=")[a-z ]*${look.split(/[.#]/).at(-1)}"`));
  }
});

test("over TLS the tour presses no buffer, and promises no message on the wire", () => {
  const sealed = steps(true);

  assert.deepEqual(sealed.map(({ press }) => press), ["cut", "silence", "restart", "say"]);
  for (const { before, after } of sealed) for (const text of [before, after]) assert.ok(text.length <= 80, `one line: ${text}`);
  assert.match(sealed[3].after, /key/);
  assert.equal(steps(false), STEPS);
});

test("the tour says for what else one has to wait, while what was pressed before still lasts", () => {
  const [cut, , buffer, restart, say] = STEPS;

  assert.equal(seen(cut, []), cut.after);
  assert.equal(seen(buffer, ["buffer"]), buffer.after, "itself is what is to be seen");
  assert.equal(seen(restart, ["silence", "buffer"]), `After the end of Silence and Buffer: ${restart.after}`);
  assert.equal(seen(say, ["buffer"]), say.after, "the wire that it opens is not held");
});

test("slow says whether it is to be seen, and from which rate on", () => {
  assert.equal(slowHint(4, 100, 100), "10.0 KB a second come now: they fall behind");
  assert.equal(slowHint(4, 100, 1), "to be seen from 100 messages a second");
  assert.equal(slowHint(4, 500, 1), "to be seen from 10 messages a second");
  assert.equal(slowHint(1_000, 100, 1), "to be seen with longer texts, or fewer KB");
});
