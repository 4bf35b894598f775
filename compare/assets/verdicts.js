// The table of what each way can and cannot do. Each row says how we know.

import { make, mark, part, put } from "./dom.js";
import { FACTS } from "./facts.js";
import { word } from "./words.js";

const WORTH = ["○", "◐", "●"];

/**
 * Makes the table of `ways`; what it gives shows the figures that are live.
 * @param {import("./charts.js").Transport[]} ways
 */
export function verdicts(ways) {
  const heads = ways.map(({ name, title }) => {
    const head = make("th", { scope: "col" }, title);
    head.style.setProperty("--way", `var(--${name})`);
    return head;
  });
  const body = make("tbody");
  const head = make("tr", {}, make("td"), ...heads, make("th", { scope: "col" }, "How we know"));
  const table = make("table", {}, make("thead", {}, head), body);
  /** @type {{ figure: import("./facts.js").Figure, cells: HTMLElement[] }[]} */
  const live = [];
  for (const fact of FACTS) {
    const cells = fact.cells?.map(cell) ?? ways.map(() => make("td", { class: "live" }, "–"));
    if (fact.live) live.push({ figure: fact.live, cells });
    const name = make("th", { scope: "row" }, word(fact.word, fact.name));
    body.append(make("tr", { id: `row-${fact.word}` }, name, ...cells, known(fact)));
  }
  part("verdicts-view").append(table);

  return function show(/** @type {import("./account.js").Figures[]} */ figures) {
    for (const { figure, cells } of live) {
      cells.forEach((cell, at) => put(cell, figure(figures[at], ways[at].account.recovery)));
    }
  };
}

/** @param {import("./facts.js").Cell} cell */
function cell([worth, text]) {
  const element = make("td", {}, make("span", { "aria-hidden": "true" }, WORTH[worth]), ` ${text}`);
  mark(element, { worth });
  return element;
}

/**
 * Measured here, now or by a test; or said by a standard.
 * @param {import("./facts.js").Fact} fact
 */
function known({ live, here, tests = [], sources = [] }) {
  const element = make("td", { class: "known" });
  if (live) element.append(make("p", {}, "Measured here, now"));
  if (here) element.append(make("p", {}, `Measured here: ${here}`));
  if (tests.length > 0) element.append(make("p", {}, "Measured here: ", ...separated(tests.map(testName))));
  if (sources.length > 0) element.append(make("p", {}, sources.join("; ")));
  return element;
}

/**
 * A name of a test, which may be broken behind each word.
 * @param {string} test
 */
function testName(test) {
  return make("code", {}, ...(test.match(/[^_:]+(_|::)?/g) ?? []).flatMap((word) => [word, make("wbr")]));
}

/** @param {HTMLElement[]} elements */
function separated(elements) {
  return elements.flatMap((element, at) => (at === 0 ? [element] : [", ", element]));
}
