// The diagram of each page, drawn into as much of a document as it uses.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { pass, stop } from "./clock.js";
import { load } from "./folder.js";

const { sequence } = await load("shared/sequence.js");

/** An element of SVG, which keeps what it is given. */
function element(name) {
  const [attributes, children, dataset] = [{}, [], {}];
  const self = {
    name, attributes, children, dataset, textContent: "",
    setAttribute: (key, value) => (attributes[key] = value),
    getAttribute: (key) => attributes[key],
    removeAttribute: (key) => delete attributes[key],
    focus: () => (document.activeElement = self),
    appendChild: (child) => (children.push(child), (child.parentElement = self), child),
    remove: () => self.parentElement.children.splice(self.parentElement.children.indexOf(self), 1),
    querySelector: () => children.find(({ attributes }) => attributes.tabindex === "0"),
  };
  return self;
}

/** All places on the vertical axis that an element has by itself, and those below it. */
function* places({ attributes, children }) {
  for (const key of ["y", "y1", "y2", "cy"]) {
    if (key in attributes && !`${attributes[key]}`.endsWith("%")) yield Number(attributes[key]);
  }
  const moved = /translate\(0 (.*)\)/.exec(attributes.transform ?? "");
  if (moved) yield Number(moved[1]);
  for (const child of children) yield* places(child);
}

/** Where the rows stand in the picture, with all that moves them. */
function tops(svg) {
  const moved = (attributes) => Number(/translate\(0 (.*)\)/.exec(attributes.transform ?? "")?.[1] ?? 0);
  const [rows] = svg.children;
  return rows.children.map(({ attributes, children }) => {
    return moved(rows.attributes) + moved(attributes) + Number(children[0].attributes.y1);
  });
}

let frames = [];
beforeEach(() => {
  stop();
  frames = [];
  const scroller = { scrollHeight: 100, scrollTop: 0, clientHeight: 100, scrollTo() {} };
  globalThis.document = { createElementNS: (_, name) => element(name), activeElement: null };
  globalThis.requestAnimationFrame = (draw) => frames.push(draw);
  globalThis.svg = Object.assign(element("svg"), { parentElement: scroller });
});

/** Draws what is due. */
const draw = () => frames.splice(0).forEach((frame) => frame());
const ARROW = { up: false, label: "message", content: "{}" };

test("after months the diagram is still drawn near its beginning, and looks the same", async () => {
  const { add } = sequence(svg, () => {});
  const looks = [];
  let farthest = 0;
  for (let frame = 0; frame < 1_000; frame++) {
    for (let arrow = 0; arrow < 50; arrow++) add({ ...ARROW, steps: [1, 2] });
    draw();
    if (frame % 10 === 1) {
      farthest = Math.max(farthest, ...[...places(svg)].map(Math.abs));
      looks.push(`${tops(svg)} of ${svg.attributes.height}`);
    }
  }

  assert.ok(farthest < 2 ** 20, `${farthest} px: from 2^25 on, a browser cannot tell one pixel from the next`);
  assert.equal(new Set(looks).size, 1, "each row stands where it stood in the first");
});

test("what comes while nobody draws is bounded", async () => {
  const { add } = sequence(svg, () => {});
  for (let arrow = 0; arrow < 1_000; arrow++) add({ ...ARROW, label: `${arrow}` });
  await pass(1);
  draw();

  assert.equal(svg.children[0].children.length, 50);
});

/** A diagram of so many arrows, what was opened in it, and what a key does there. */
function drawn(count) {
  const opened = [];
  const { add } = sequence(svg, (arrow, aloud) => opened.push(`${arrow.number}${aloud ? " aloud" : ""}`));
  const rows = () => svg.children[0].children;
  const more = (arrows) => {
    for (let arrow = 0; arrow < arrows; arrow++) add(ARROW);
    draw();
  };
  const press = (key, held = {}) => {
    let kept = true;
    document.activeElement.onkeydown({ key, preventDefault: () => (kept = false), ...held });
    return kept ? "the browser's" : opened.splice(0).join();
  };
  const numberOf = (row) => row?.children.find(({ attributes }) => attributes.class === "count").textContent;
  const marked = () => rows().filter(({ attributes }) => attributes["aria-current"] === "true").map(numberOf).join();
  const stops = () => rows().filter(({ attributes }) => attributes.tabindex === "0").map(numberOf).join();
  more(count);
  rows()[0].focus();
  return { rows, more, press, opened, marked, stops, at: () => numberOf(document.activeElement) };
}

test("the keys that move show what the arrow carried that they come to, and only Enter says it aloud", () => {
  const { press, marked, stops, at } = drawn(25);

  assert.equal(press("ArrowDown"), "2");
  assert.deepEqual([at(), marked(), stops()], ["2", "2", "2"]);
  assert.equal(press("Enter"), "2 aloud");
  assert.equal(press("End"), "25");
  assert.equal(press("PageUp"), "15");
  assert.equal(press("PageUp"), "5");
  assert.equal(press("PageUp"), "1", "ten, or as many as there are");
  assert.equal(press("ArrowUp"), "", "there is none");
  assert.equal(press("PageDown"), "11");
  assert.equal(press("Home"), "1");
  assert.equal(press("Home"), "", "it is there");
  assert.equal(press(" "), "1 aloud");
  assert.deepEqual([at(), marked(), stops()], ["1", "1", "1"]);
  assert.equal(press("x"), "the browser's");
  assert.equal(press("Home", { ctrlKey: true }), "the browser's");
});

test("the arrow that was opened is marked, by the mouse as well, and no other", () => {
  const { rows, opened, marked, stops } = drawn(3);
  assert.equal(marked(), "");

  rows()[2].onclick();
  rows()[1].onclick();

  assert.deepEqual([marked(), ...opened], ["2", "3 aloud", "2 aloud"]);
  assert.equal(stops(), "2", "the keys go on from there");
});

test("where the oldest goes, its reader is on the next, and what was opened stays to be read", () => {
  const { more, press, opened, marked, at } = drawn(50);
  press("Home");
  more(1);

  assert.deepEqual([at(), marked(), ...opened], ["2", ""]);
  assert.equal(press("ArrowDown"), "3");
  assert.equal(marked(), "3");
});
