// Bytes a message, a bar for each way: the message itself, and what it takes to bring it.

import { make, part, put } from "./dom.js";
import { bytes } from "./numbers.js";

/** Makes a bar for each of `ways`; what it gives shows their costs. */
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

  return function show(costs) {
    const most = Math.max(...costs.map((cost) => cost?.each ?? 0));
    rows.forEach(({ payload, overhead, sum, split }, at) => {
      const cost = costs[at];
      const known = cost?.each !== undefined && most > 0;
      payload.style.width = `${known ? (100 * cost.payload) / most : 0}%`;
      overhead.style.width = `${known ? (100 * cost.overhead) / most : 0}%`;
      put(sum, known ? bytes(cost.each) : "–");
      put(split, known ? `${bytes(cost.payload)} + ${bytes(cost.overhead)}` : "no message yet");
    });
  };
}
