// What the charts over time have in common: their time axis, their colors, the faults on them, and that they fit.

import "./language.js";
import uPlot from "./vendor/uplot/uPlot.esm.js";
import { color } from "./colors.js";
import { watch } from "./dom.js";
import { clock } from "./numbers.js";
import { steady, wall } from "./steady.js";

const FONT = 12; // pixels
const OF_AXES = `${FONT}px system-ui, sans-serif`;
const [TICK, GAP] = [4, 8]; // pixels, beside a label
const THINNEST = 3; // what is over at once is still to be seen

/** The font of a canvas, in its own pixels. */
export const font = (size = FONT) => `${size * devicePixelRatio}px system-ui, sans-serif`;

/**
 * @typedef {import("./vendor/uplot/uPlot.esm.js").default} Chart
 * @typedef {import("./vendor/uplot/uPlot.esm.js").Options} Options
 * @typedef {{ label: string, began: number, over: number }} Span A fault, in steady milliseconds.
 *
 * What a chart has of its own; times in ms, lengths in pixels.
 * @typedef {{ span: number, height: number, faults: () => Span[], every?: number }} Own
 * @typedef {{ series: Options["series"], y: Options["scales"]["y"], axis: Options["axes"][0] }} Look
 * @typedef {{ right?: Options["padding"][0], draw?: (chart: Chart) => void }} More
 */

/**
 * Draws a chart into `box` that shows the last `span` ms. `faults` gives `{ label, began, over }`; `draw` is called
 * with the chart when its series are drawn. Gives what redraws it, if it can be seen.
 * @param {HTMLElement} box
 * @param {Own & Look & More} chart
 */
export function plot(box, { span, height, series, y, axis, right = 8, every, faults, draw }) {
  const isSeen = watch(box);
  const now = () => steady() / 1_000;
  /** @type {Options} */
  const options = {
    width: 300,
    height,
    padding: [14, right, 0, 0],
    cursor: { show: false },
    legend: { show: false },
    scales: { x: { time: false, range: () => [now() - span / 1_000, now()] }, y },
    axes: [time(every), axis],
    series: [{}, ...series],
    hooks: { drawClear: [(chart) => shade(chart, faults())], draw: [(chart) => draw?.(chart)] },
  };
  const chart = new uPlot(options, [[], ...series.map(() => [])], box);

  new ResizeObserver(() => chart.setSize({ width: Math.floor(box.clientWidth), height })).observe(box);
  return (/** @type {number[][]} */ columns) => isSeen() && chart.setData(columns);
}

/**
 * The ticks of the time axis; none, where another chart below has them.
 * @param {number | undefined} every
 * @returns {Options["axes"][0]}
 */
function time(every) {
  /** @type {Options["axes"][0]["values"]} */
  const values = (_, ticks) => ticks.map((tick) => (every ? clock(wall(tick * 1_000)) : ""));
  return { ...lines(), values, incrs: [every ?? 15], size: every ? 28 : 0, space: 70 };
}

/** How an axis looks. */
export function lines() {
  const stroke = () => color("soft");
  const rule = { stroke: () => color("rule"), width: 1 };
  return { stroke, font: OF_AXES, grid: rule, ticks: { ...rule, size: TICK } };
}

/**
 * How wide an axis is that stands left of a chart: as wide as its widest label, in whichever font the system has.
 * @param {number} least
 * @returns {Options["axes"][0]["size"]}
 */
export function wide(least) {
  return ({ ctx }, labels) => {
    ctx.save();
    ctx.font = OF_AXES;
    const widest = Math.max(0, ...(labels ?? []).map((label) => ctx.measureText(label).width));
    ctx.restore();
    return Math.max(least, Math.ceil(widest) + TICK + GAP);
  };
}

/**
 * Shades the time while a fault lasts, with its name above.
 * @param {Chart} chart
 * @param {Span[]} faults
 */
function shade(chart, faults) {
  const { ctx, bbox } = chart;
  const { min, max } = chart.scales.x;
  ctx.save();
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  ctx.font = font(11);
  let [taken, level] = [-Infinity, 0];
  for (const { label, began, over } of faults) {
    const [from, to] = [Math.max(began / 1_000, min), Math.min(over / 1_000, max)];
    if (to < min || from > max) continue;
    const left = chart.valToPos(from, "x", true);
    const width = Math.max(chart.valToPos(to, "x", true) - left, THINNEST * devicePixelRatio);
    ctx.fillStyle = color("shade");
    ctx.fillRect(left, bbox.top, width, bbox.height);
    ctx.fillStyle = color("bad");
    const size = ctx.measureText(label).width;
    const at = Math.min(left, bbox.left + bbox.width - size);
    level = at < taken ? level + 1 : 0; // below the label before, where it would be written over
    taken = Math.max(taken, at + size + 6 * devicePixelRatio);
    ctx.fillText(label, at, bbox.top + (level * 12 - 4) * devicePixelRatio);
  }
  ctx.restore();
}
