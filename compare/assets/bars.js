// Bytes a message, a bar for each way: the message itself, and what it takes to bring it; or both together, where TLS hides which is which.

import { make, mark, part, put } from "./dom.js";
import { bytes } from "./numbers.js";

/**
 * Makes a bar for each of `ways`; what it gives shows their costs.
 * @param {{ name: string, title: string }[]} ways
 */
export function bars(ways) {
  const rows = ways.map(({ name, title }) => {
    const [payload, overhead] = [make("i"), make("i")];
    const [sum, split] = [make("b", {}, "–"), make("small", {}, "no message yet")];
    const bar = make("span", { class: "stack", "aria-hidden": "true" }, payload, overhead);
    const row = make("li", {}, make("span", { class: "name" }, title), bar, make("span", { class: "sum" }, sum, split));
    row.style.setProperty("--way", `var(--${name})`);
    part("bars").append(row);
    return { payload, overhead, sum, split };
  });

  return function show(/** @type {(import("./cost.js").Cost | undefined)[]} */ costs) {
    const most = Math.max(...costs.map((cost) => cost?.each ?? 0));
    rows.forEach(({ payload, overhead, sum, split }, at) => {
      const cost = costs[at];
      const isKnown = cost?.each !== undefined && most > 0;
      const width = (value = 0) => `${isKnown ? (100 * value) / most : 0}%`;
      payload.style.width = width(cost?.payload);
      const isSealed = isKnown && cost.payload === undefined;
      overhead.style.width = width(isSealed ? cost.each : cost?.overhead);
      mark(overhead, { weight: isSealed ? "sealed" : undefined });
      put(sum, isKnown ? bytes(cost.each) : "–");
      put(split, isSealed ? "sealed" : isKnown ? `${bytes(cost.payload)} + ${bytes(cost.overhead)}` : "no message yet");
    });
  };
}
