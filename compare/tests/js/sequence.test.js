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
