// A live sequence diagram: browser and server as two lanes, an arrow for each thing that crosses, time downwards.

const KEPT = 50;
const BROWSER = 14; // the lanes, in percent of the width
const SERVER = 86;
const ROW = 34; // the height of an arrow with its label, in pixels
const FAR = 2 ** 16; // pixels; browsers count them in 64ths, of 32 bits, and know none beyond 2 ** 25
const LONGEST_GAP = 96;
const LONGEST_LABEL = 24; // in characters
const WORTH_SAYING = 400; // a wait so long, in ms, has its length written beside it
const PAGE = 10; // arrows

/**
 * `up` goes from the browser to the server; `connection` says whether something "opens" with it that stays open, or
 * "closes", or "breaks", which is no arrow; `steps` are the numbers of its two ends, if any.
 * @typedef {{ up: boolean, label: string, content: string, connection?: string, steps?: number[] }} Arrow
 *
 * How many came before it, the wait for it in ms, and whether something was open before it.
 * @typedef {Arrow & { number: number, waited: number, before: boolean }} Drawn
 */

/**
 * Draws into `svg`; `opened` is called with an arrow when the reader opens it, or comes to it by the keys that move: then it
 * need not be said aloud, as the arrow itself is.
 * @param {Element} svg
 * @param {(arrow: Drawn, aloud: boolean) => void} opened
 */
export function sequence(svg, opened) {
  const rows = make("g", svg);
  /** @type {WeakMap<SVGElement, Drawn>} */
  const drawn = new WeakMap();
  /** @type {SVGElement | undefined} */
  let current; // the one that is open
  /** @type {Drawn[]} */
  let pending = [];
  let [count, bottom, top, last, open, paused, frame] = [0, 8, 0, NaN, false, false, 0];

  /**
   * Adds an arrow, now; it is drawn with the next frame of the screen.
   * @param {Arrow} arrow
   */
  function add(arrow) {
    const at = performance.now();
    const waited = count === 0 ? 0 : at - last;
    const before = open;
    if (arrow.connection) open = arrow.connection === "opens";
    pending.push({ ...arrow, number: ++count, waited, before });
    last = at;
    if (pending.length > KEPT) pending.shift();
    frame ||= requestAnimationFrame(draw);
  }

  function draw() {
    frame = 0;
    if (paused) return;
    const scroller = /** @type {HTMLElement} */ (svg.parentElement);
    const following = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 2 * ROW;
    const due = pending;
    pending = [];
    for (const arrow of due) append(arrow);
    while (rows.children.length > KEPT) forget(arrows()[0]);
    top = Number(arrows()[0]?.dataset.top ?? 0);
    if (top > FAR) comeBack();
    rows.setAttribute("transform", `translate(0 ${-top})`);
    svg.setAttribute("height", `${bottom - top + 12}`);
    if (following) scroller.scrollTo({ top: scroller.scrollHeight, behavior: "instant" });
  }

  /** What is shown begins at the top again. It is much shorter than FAR: no arrow is moved twice. */
  function comeBack() {
    for (const row of arrows()) {
      row.setAttribute("transform", `translate(0 ${-top})`);
      row.dataset.top = `${Number(row.dataset.top) - top}`;
    }
    [bottom, top] = [bottom - top, 0];
  }

  const arrows = () => /** @type {HTMLCollectionOf<SVGElement>} */ (rows.children);

  function append(/** @type {Drawn} */ arrow) {
    const gap = Math.min(LONGEST_GAP, 18 * Math.log2(1 + arrow.waited / 120));
    const row = make("g", rows, { class: `arrow ${arrow.up ? "up" : "down"}`, role: "button", tabindex: -1 });
    row.dataset.top = `${bottom}`;
    const wait = `${(arrow.waited / 1_000).toFixed(1)} s`;
    drawLanes(row, bottom, bottom + gap, arrow.before);
    if (arrow.waited >= WORTH_SAYING) text(row, "50%", bottom + gap / 2 + 4, wait, "wait");
    drawLanes(row, bottom + gap, bottom + gap + ROW, arrow.before || arrow.connection === "opens");
    drawArrow(row, bottom + gap + ROW - 10, arrow);
    bottom += gap + ROW;
  }

  /**
   * @param {SVGElement} row
   * @param {number} y
   * @param {Drawn} arrow
   */
  function drawArrow(row, y, arrow) {
    const size = new TextEncoder().encode(arrow.content).length;
    const [from, to] = arrow.up ? [BROWSER, SERVER] : [SERVER, BROWSER];
    const way = arrow.up ? "browser to server" : "server to browser";
    row.setAttribute("aria-description", way);
    make("rect", row, { x: 0, y: y - ROW + 10, width: "100%", height: ROW, class: "hit" });
    if (arrow.connection === "breaks") text(row, "50%", y, `✕ ${arrow.label}`, "breaks");
    else {
      make("line", row, { x1: `${from}%`, x2: `${to}%`, y1: y - 2, y2: y + 2, "marker-end": arrow.up ? "url(#up)" : "url(#down)" });
      const label = text(row, "50%", y - 8, `${arrow.label} ${carried(arrow.content)} `, "label");
      make("tspan", label, { class: "size" }).textContent = `${size} B`;
    }
    text(row, 4, y + 4, arrow.number, "count");
    arrow.steps?.forEach((step, end) => drawStep(row, end === 0 ? from : to, y, step));
    drawn.set(row, arrow);
    row.onclick = () => show(row, true);
    row.onkeydown = (event) => move(event, row);
    if (!rows.querySelector("[tabindex='0']")) row.setAttribute("tabindex", "0");
  }

  /**
   * @param {SVGElement} row
   * @param {number} lane
   * @param {number} y
   * @param {number} step
   */
  function drawStep(row, lane, y, step) {
    const outside = lane === BROWSER ? -15 : 15;
    const mark = make("svg", row, { x: `${lane}%`, y: y - 4, overflow: "visible", class: "step" });
    make("circle", mark, { cx: outside, cy: 2, r: 9 });
    text(mark, outside, 6, step, "number");
  }

  /**
   * One stop for the Tab key; the keys that move go from arrow to arrow, and open what they come to.
   * @param {KeyboardEvent} event
   * @param {SVGElement} row
   */
  function move(event, row) {
    const all = [...arrows()];
    const [at, end] = [all.indexOf(row), all.length - 1];
    /** @type {Record<string, number>} */
    const places = {
      Enter: at, " ": at, ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + PAGE, PageUp: at - PAGE, Home: 0, End: end,
    };
    const place = places[event.key];
    if (place === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const next = all[Math.max(0, Math.min(place, end))];
    const aloud = event.key === "Enter" || event.key === " ";
    if (aloud || next !== current) show(next, aloud);
  }

  /**
   * Marks an arrow as the one that is open, and opens it.
   * @param {SVGElement} row
   * @param {boolean} aloud
   */
  function show(row, aloud) {
    current?.removeAttribute("aria-current");
    current = row;
    row.setAttribute("aria-current", "true");
    focus(row);
    opened(/** @type {Drawn} */ (drawn.get(row)), aloud);
  }

  function focus(/** @type {SVGElement} */ row) {
    for (const other of arrows()) other.setAttribute("tabindex", other === row ? "0" : "-1");
    row.focus();
  }

  /**
   * The oldest goes; if the reader is on it, the next takes its place.
   * @param {SVGElement} row
   */
  function forget(row) {
    if (row === document.activeElement) focus(arrows()[1]);
    else if (row.getAttribute("tabindex") === "0") arrows()[1].setAttribute("tabindex", "0");
    row.remove();
  }

  /**
   * Stops drawing, or goes on with what came meanwhile.
   * @param {boolean} wanted
   */
  function pause(wanted) {
    paused = wanted;
    if (!paused) draw();
  }

  return { add, pause };
}

/**
 * @param {SVGElement} row
 * @param {number} from
 * @param {number} to
 * @param {boolean} open
 */
function drawLanes(row, from, to, open) {
  for (const lane of [BROWSER, SERVER]) {
    make("line", row, { x1: `${lane}%`, x2: `${lane}%`, y1: from, y2: to, class: open ? "lane open" : "lane" });
  }
}

/**
 * What stands beside the label: the text of a message, how many there are, or the content itself where it is short.
 * @param {string} content
 */
function carried(content) {
  const texts = [...content.matchAll(/"text":("(?:[^"\\]|\\.)*")/g)];
  if (texts.length > 1) return `${texts.length} messages`;
  const words = [...(texts.length === 1 ? unquoted(texts[0][1]) : content)];
  return words.length > LONGEST_LABEL ? `${words.slice(0, LONGEST_LABEL).join("")}…` : words.join("");
}

/**
 * A string of JSON; what only looks like one stays as it is.
 * @param {string} json
 * @returns {string}
 */
function unquoted(json) {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

/**
 * @param {SVGElement} parent
 * @param {string | number} x
 * @param {number} y
 * @param {string | number} words
 * @param {string} kind
 */
function text(parent, x, y, words, kind) {
  const element = make("text", parent, { x, y, class: kind });
  element.textContent = `${words}`;
  return element;
}

/**
 * @template {keyof SVGElementTagNameMap} Name
 * @param {Name} name
 * @param {Element} parent
 * @param {Record<string, string | number>} attributes
 */
function make(name, parent, attributes = {}) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, `${value}`);
  return parent.appendChild(element);
}
