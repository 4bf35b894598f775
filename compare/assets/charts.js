// The charts over time: the delay of each message, a strip for each way, and the bytes of all, added up.

import { color } from "./colors.js";
import { SPAN } from "./delays.js";
import { make, part, put } from "./dom.js";
import { bytes, time } from "./numbers.js";
import { font, lines, plot, wide } from "./plot.js";
import { steady } from "./steady.js";
import { WINDOW } from "./trail.js";

const PACE = 240; // ms between two drawings at least: about four a second
const DECADES = [1, 10, 100, 1_000, 10_000];
const LATEST = 20_000; // the top of the strips, in ms: what is later stands at the top
const NARROW = 560; // pixels: from here on there is no room for whole titles

/**
 * A way, and all that is known of it.
 * @typedef {{ name: string, title: string, account: import("./account.js").Account }} Transport
 *
 * @typedef {import("./vendor/uplot/uPlot.esm.js").default} Chart
 * @typedef {import("./plot.js").Span} Span
 */

/**
 * Makes the charts of `ways`; `sums` has the bytes of all. What it gives draws them.
 * @param {Transport[]} ways
 * @param {import("./trail.js").Sums} sums
 */
export function charts(ways, sums) {
  const strips = ways.map((way, at) => strip(way, at === ways.length - 1));
  const sum = sumChart(ways);
  let [frame, last] = [0, 0];

  function draw(/** @type {number} */ now) {
    frame = 0;
    if (now - last < PACE) return;
    last = now;
    for (const { account } of ways) account.dots.forget(steady(), SPAN);
    for (const redraw of strips) redraw();
    sum(sums.columns);
  }

  return () => (frame ||= requestAnimationFrame(draw));
}

/**
 * @param {Transport} way
 * @param {boolean} isLast
 */
function strip({ name, title, account }, isLast) {
  const median = make("small", {}, "–");
  const what = `${title}: the delay of each message over time`;
  const box = make("div", { class: "chart", role: "img", "aria-label": what });
  const row = make("div", { class: "strip" }, make("p", {}, make("b", {}, title), median), box);
  row.style.setProperty("--way", `var(--${name})`);
  part("strips").append(row);
  const fill = () => color(name);
  const redraw = plot(box, {
    span: SPAN,
    height: isLast ? 118 : 90,
    every: isLast ? 15 : undefined,
    series: [{ paths: () => null, points: { show: true, size: 4, width: 0, stroke: fill, fill } }],
    y: { distr: 3, range: [0.6, LATEST] },
    axis: { ...lines(), size: wide(52), splits: () => DECADES, filter: () => DECADES, values: () => DECADES.map(time) },
    faults: () => spans(account),
  });

  return () => {
    const { delay } = account.figures(steady());
    put(median, `${time(delay.median)} median`);
    redraw([account.dots.times, account.dots.delays.map((delay) => Math.min(delay, LATEST))]);
  };
}

/**
 * The faults of one way.
 * @param {import("./account.js").Account} account
 */
function spans({ recovery }) {
  return recovery.records.map(({ name, began, over = steady() }) => ({ label: name, began, over }));
}

/** @param {Transport[]} ways */
function sumChart(ways) {
  const box = part("sum-chart");
  return plot(box, {
    span: WINDOW,
    height: 320,
    every: 30,
    right: (chart) => (isNarrow(chart) ? 112 : 150),
    series: ways.map(({ name }) => ({ stroke: () => color(name), width: 2, points: { show: false } })),
    y: { range: (_, min, max) => [0, Math.max(max, 1_000) * 1.05] },
    axis: { ...lines(), size: wide(64), values: (_, splits) => splits.map(bytes) },
    faults: () => spansOfAll(ways),
    draw: (chart) => nameLines(chart, ways.map(({ name, title }) => (isNarrow(chart) ? name : title))),
  });
}

/** @param {Chart} chart */
function isNarrow(chart) {
  return chart.width < NARROW;
}

/**
 * The faults of all ways: what began together is one.
 * @param {Transport[]} ways
 */
function spansOfAll(ways) {
  /** @type {Map<string, Span & { titles: string[] }>} */
  const together = new Map();
  for (const { title, account } of ways) {
    for (const { label, began, over } of spans(account)) {
      const key = `${label} ${Math.round(began / 1_000)}`;
      const span = together.get(key) ?? { label, began, over, titles: [] };
      span.titles.push(title);
      span.over = Math.max(span.over, over);
      together.set(key, span);
    }
  }
  return [...together.values()].map(({ label, titles, ...span }) => {
    return { ...span, label: titles.length === ways.length ? label : `${label}: ${titles.join(", ")}` };
  });
}

/**
 * Writes beside the end of each line whose it is, one below the other.
 * @param {Chart} chart
 * @param {string[]} labels
 */
function nameLines(chart, labels) {
  const { ctx, bbox } = chart;
  const size = 13 * devicePixelRatio;
  const ends = labels.map((label, at) => ({ label, at, y: chart.valToPos(chart.data[at + 1].at(-1) ?? 0, "y", true) }));
  ends.sort((a, b) => b.y - a.y);
  let below = bbox.top + bbox.height + size;
  ctx.save();
  ctx.font = font(13);
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  for (const { label, at, y } of ends) {
    below = Math.min(y, below - size * 1.25);
    ctx.fillStyle = chart.series[at + 1].stroke();
    ctx.fillRect(bbox.left + bbox.width + 4 * devicePixelRatio, below - size / 4, size / 2, size / 2);
    ctx.fillStyle = color("ink");
    ctx.fillText(label, bbox.left + bbox.width + size, below);
  }
  ctx.restore();
}
