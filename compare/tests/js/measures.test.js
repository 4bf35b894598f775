// What the page side by side measures: late, lost, how dear, and how long until it is back.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { pass, set, stop } from "./clock.js";
import { load } from "./folder.js";

const { Account } = await load("compare/account.js");
const { Clocks } = await load("compare/clocks.js");
const { cost } = await load("compare/cost.js");
const { Delays } = await load("compare/delays.js");
const { Ledger, place } = await load("compare/ledger.js");
const { Lines } = await load("compare/lines.js");
const { bytes, count, seconds, time } = await load("compare/numbers.js");
const { Recovery } = await load("compare/recovery.js");
const { steady, wall } = await load("compare/steady.js");
const { Dots, Sums } = await load("compare/trail.js");

const NOON = Date.UTC(2026, 10, 24, 12);
beforeEach(() => stop(NOON));

/** What the ledger says after these have come, if `newest` is the newest. */
function ledger(seqs, newest = 0) {
  const ledger = new Ledger();
  for (const seq of seqs) ledger.deliver(seq);
  const { delivered, lost, repeated, outOfOrder } = ledger;
  return { delivered, lost, repeated, outOfOrder, published: ledger.published(newest), behind: ledger.behind(newest) };
}

const GOOD = { delivered: 3, lost: 0, repeated: 0, outOfOrder: 0, published: 3, behind: 0 };

test("an id has two halves", () => {
  assert.deepEqual(place("9f3c51aa.17"), { epoch: "9f3c51aa", seq: 17 });
});

test("the ledger of all in order is clean, wherever it begins", () => {
  assert.deepEqual(ledger([7, 8, 9]), GOOD);
  assert.deepEqual(ledger([7, 8, 9], 12), { ...GOOD, published: 6, behind: 3 });
  assert.deepEqual(ledger([], 12), { ...GOOD, delivered: 0, published: 0 });
});

test("what is missing is lost, until it comes late", () => {
  assert.deepEqual(ledger([1, 5, 6]), { ...GOOD, lost: 3, published: 6 });
  assert.deepEqual(ledger([1, 5, 6, 3]), { ...GOOD, delivered: 4, lost: 2, outOfOrder: 1, published: 6 });
  assert.deepEqual(ledger([1, 5, 2, 4, 3]), { ...GOOD, delivered: 5, outOfOrder: 3, published: 5 });
});

test("what comes before the first is out of order, and opens a hole between", () => {
  assert.deepEqual(ledger([5, 6, 2]), { ...GOOD, lost: 2, outOfOrder: 1, published: 5 });
});

test("what comes twice is repeated, and not delivered twice", () => {
  assert.deepEqual(ledger([1, 2, 3, 3, 1]), { ...GOOD, repeated: 2 });
  assert.deepEqual(ledger([1, 3, 2, 2]), { ...GOOD, repeated: 1, outOfOrder: 1 });
});

test("a thousand holes are kept; what is lost in older ones stays lost", () => {
  const odd = Array.from({ length: 1_002 }, (_, at) => 2 * at + 1); // 1,001 holes: the first is closed

  assert.equal(ledger(odd).lost, 1_001);
  assert.deepEqual(ledger([...odd, 4]), { ...ledger(odd), delivered: 1_003, lost: 1_000, outOfOrder: 1 });
  assert.deepEqual(ledger([...odd, 2]), { ...ledger(odd), repeated: 1 });
});

test("gaps that were admitted are counted", () => {
  const ledger = new Ledger();
  ledger.gap();
  ledger.gap();

  assert.equal(ledger.gaps, 2);
});

/** How long it took, if a healthy message comes that was published and arrived then. */
function took(recovery, name, at, seen = at, { healthy = true, behind = 0, rate = 1 } = {}) {
  recovery.message(at, seen, healthy, behind, rate);
  return recovery.latest(name).took;
}

test("a cut counts from its beginning, until the first message that was published after it", () => {
  const recovery = new Recovery();
  recovery.commanded("cut", 990);
  recovery.update([], 1_100, { cut: 100 });

  assert.equal(took(recovery, "cut", 999, 1_500), undefined, "it was published before");
  assert.equal(took(recovery, "cut", 1_200, 1_700), 700);
  assert.equal(took(recovery, "cut", 5_000), 700, "the first counts");
});

test("what came between the command and the cut does not prove that the way is back, whenever the cut is heard of", () => {
  const recovery = new Recovery();
  recovery.update([], 900, { cut: 4_000 });
  recovery.commanded("cut", 1_000);
  recovery.update([], 1_010, { cut: 4_110 });
  assert.equal(took(recovery, "cut", 1_020, 1_022), undefined, "on the old line");
  assert.equal(took(recovery, "cut", 1_040, 1_090), undefined, "nobody knows yet");

  recovery.update([{ name: "cut", left: 900 }], 1_130, { cut: 100 });

  assert.equal(recovery.latest("cut").took, 60);
});

test("a restart is over for the first message that the new server brings", () => {
  const recovery = new Recovery();
  recovery.update([], 900, { stop: 700, restart: 600 });
  recovery.commanded("restart", 1_000);
  for (let at = 1_000; at < 1_400; at += 10) assert.equal(took(recovery, "restart", at, at + 1), undefined);
  recovery.update([{ name: "restart" }], 1_150, { stop: 145, restart: 850 });

  recovery.update([], 1_400, { stop: 395, restart: 95 });

  assert.equal(recovery.latest("restart").took, 1_311 - 1_005, "told to stop at 1,005, back at 1,305");
});

test("a cut or a restart that somebody else commanded has its time from the server", () => {
  const recovery = new Recovery();
  recovery.update([{ name: "cut", left: 800 }], 1_000, { cut: 200 });

  assert.equal(took(recovery, "cut", 900, 1_100), 300);
});

test("what it took is told apart: the wait until it tried, the wait for a message, and the way", () => {
  const recovery = new Recovery();
  recovery.commanded("cut", 1_000);
  recovery.update([], 1_000, { cut: 0 });
  recovery.waits(true, 1_100);
  recovery.waits(true, 1_200);
  recovery.waits(false, 1_700);
  recovery.waits(true, 1_750);
  recovery.waits(false, 1_950);

  took(recovery, "cut", 2_500, 2_530);

  const { took: all, waited, quiet } = recovery.latest("cut");
  assert.deepEqual([all, waited, quiet], [1_530, 800, 700]);
  took(recovery, "cut", 2_600, 2_610);
  assert.equal(recovery.latest("cut").waited, 800);
});

test("a process that was killed, by whomever, is back for the first message that the next one brings", () => {
  const recovery = new Recovery();
  recovery.update([{ name: "kill", left: null }], 1_100, { death: 100 });
  for (let at = 1_000; at < 1_400; at += 10) assert.equal(took(recovery, "kill", at, at + 1), undefined);

  recovery.update([{ name: "kill", left: 900 }], 1_400, { death: 400, kill: 95 });

  assert.equal(recovery.latest("kill").took, 1_311 - 1_000, "dead at 1,000, another stood at 1,305");
});

test("a restart that is commanded again while it lasts is one restart", () => {
  const recovery = new Recovery();
  recovery.commanded("restart", 1_000);
  recovery.commanded("restart", 1_200); // the server does nothing then
  recovery.update([{ name: "restart", left: null }], 1_250);

  recovery.update([{ name: "restart", left: 900 }], 1_500, { stop: 499, restart: 100 });

  assert.equal(took(recovery, "restart", 1_600, 1_700), 699);
});

test("what waited while its message was there already waited for itself alone", () => {
  const recovery = new Recovery();
  recovery.commanded("cut", 1_000);
  recovery.update([], 1_000, { cut: 0 });
  recovery.waits(true, 1_000);
  recovery.waits(false, 1_900);

  took(recovery, "cut", 1_300, 2_000);

  const { took: all, waited, quiet } = recovery.latest("cut");
  assert.deepEqual([all, waited, quiet], [1_000, 900, 0]);
});

test("nothing counts while the way is not healthy, or still far behind", () => {
  const recovery = new Recovery();
  recovery.commanded("cut", 1_000);
  recovery.update([], 1_000, { cut: 0 });

  assert.equal(took(recovery, "cut", 1_200, 1_200, { healthy: false }), undefined);
  assert.equal(took(recovery, "cut", 1_300, 1_300, { behind: 151, rate: 100 }), undefined);
  assert.equal(took(recovery, "cut", 1_400, 1_400, { behind: 2, rate: 1 }), undefined);
  assert.equal(took(recovery, "cut", 1_500, 1_500, { behind: 150, rate: 100 }), 500);
});

test("a fault that lasts counts from its end, which is when it was to end", () => {
  const recovery = new Recovery();
  recovery.commanded("silence", 1_000);
  recovery.update([{ name: "silence", left: 9_900 }], 1_100);
  assert.equal(took(recovery, "silence", 2_000), undefined, "it lasts");

  recovery.update([], 11_250);

  assert.deepEqual([recovery.latest("silence").over, recovery.latest("silence").end], [11_000, 11_000]);
  assert.equal(took(recovery, "silence", 11_100, 11_400), 400);
});

test("a fault that somebody else commanded is known from the state", () => {
  const recovery = new Recovery();
  recovery.update([{ name: "refuse", left: 5_000 }], 3_000);

  assert.deepEqual(recovery.records.map(({ name, began }) => [name, began]), [["refuse", 3_000]]);
});

test("a fault that was commanded here is counted once, whichever is heard of first", () => {
  for (const [commanded, updated] of [[1_000, 1_100], [1_100, 1_100]]) {
    const recovery = new Recovery();
    recovery.commanded("refuse", commanded);
    recovery.update([{ name: "refuse", left: 4_900 }], updated);
    recovery.commanded("refuse", commanded);
    recovery.update([{ name: "refuse", left: 4_800 }], updated + 100);

    assert.equal(recovery.records.length, 1);
  }
});

test("old faults are forgotten, but for the newest of each kind", () => {
  const recovery = new Recovery();
  for (const at of [0, 1_000]) recovery.commanded("cut", at);
  recovery.commanded("silence", 10);
  recovery.commanded("restart", 200_000);

  assert.deepEqual(recovery.records.map(({ name, began }) => [name, began]), [
    ["cut", 1_000], ["silence", 10], ["restart", 200_000],
  ]);
});

const channel = (payload, overhead, sealed = 0) => ({ payload, overhead, sealed });
const START = { up: channel(0, 100), down: channel(50, 50), messages: 1, requests: 2, opened: 1, cpu: 0.5 };

test("the cost is what has passed since, for each message that arrived", () => {
  const now = { up: channel(0, 200), down: channel(1_050, 350), messages: 11, requests: 5, opened: 3, cpu: 0.75 };

  assert.deepEqual(cost(START, now, 10), {
    up: 100, down: 1_300, requests: 3, opened: 2, cpu: 0.25, payload: 100, overhead: 40, each: 140,
  });
});

test("over TLS the cost is all that has passed, for each message that the panel has shown", () => {
  const now = { ...START, up: channel(0, 100, 400), down: channel(50, 50, 1_600), messages: 1, requests: 2 };
  const { up, down, each, payload, overhead, requests } = cost(START, now, 10);

  assert.deepEqual([up, down, each], [400, 1_600, 200]);
  assert.deepEqual([payload, overhead, requests], [undefined, undefined, undefined], "nobody on the line can tell");
});

test("without messages there is no cost of one, and without figures of the CPU none of it", () => {
  const { payload, each, cpu } = cost({ ...START, cpu: null }, START, 0);

  assert.deepEqual([payload, each, cpu], [undefined, undefined, undefined]);
  assert.equal(cost(START, { ...START, messages: 2 }, 0).each, undefined, "published, and not here yet");
});

test("a message costs at least itself", () => {
  const now = { ...START, down: channel(1_050, 50), messages: 11 };

  assert.equal(cost(START, now, 20).each, 100);
});

test("median, 95 % and largest are ranks of the last minute", () => {
  const delays = new Delays();
  delays.add(39_999, 9_999);
  for (let delay = 100; delay >= 1; delay--) delays.add(50_000, delay);

  assert.deepEqual(delays.summary(100_000), { median: 50, late: 95, largest: 100 });
  assert.deepEqual(delays.summary(110_000), {});
});

test("one delay is all three, and of 8,192 the oldest go", () => {
  const delays = new Delays();
  delays.add(0, 5_000);
  assert.deepEqual(delays.summary(0), { median: 5_000, late: 5_000, largest: 5_000 });

  for (let count = 0; count < 8_192; count++) delays.add(0, 1);
  assert.deepEqual(delays.summary(0), { median: 1, late: 1, largest: 1 });
});

test("dots that nobody could tell apart are one", () => {
  const dots = new Dots();
  const arrivals = [[1_000, 10], [1_050, 10.1], [1_050, 100], [1_100, 10], [1_150, 0]];
  for (const [seen, delay] of arrivals) dots.add(seen, delay);

  assert.deepEqual([dots.times, dots.delays], [[1, 1.05, 1.1, 1.15], [10, 100, 10, 1]]);

  dots.forget(61_100, 60_000);
  assert.deepEqual([dots.times, dots.delays], [[1.15], [1]]);
  dots.forget(200_000, 60_000);
  assert.deepEqual(dots.times, []);
});

test("dots that nobody draws are bounded", () => {
  const dots = new Dots();
  for (let second = 0; second < 24 * 3_600; second++) dots.add(second * 1_000, 10 + (second % 100));

  assert.ok(dots.times.length <= 121, `${dots.times.length}`);
  assert.ok(dots.times.length >= 60, `${dots.times.length}`);
  assert.equal(dots.delays.length, dots.times.length);
});

test("sums count from where the window begins", () => {
  const sums = new Sums();
  sums.add(0, [10, 100]);
  sums.add(60_000, [20, 300]);
  assert.deepEqual(sums.columns, [[0, 60], [0, 10], [0, 200]]);

  sums.add(121_000, [50, 400]);
  sums.add(181_000, [60, 500]); // the first is older than two minutes, and the second begins the window
  assert.deepEqual(sums.columns, [[60, 121, 181], [0, 30, 40], [0, 100, 200]]);

  sums.clear();
  assert.deepEqual(sums.columns, [[]]);
});

test("the clocks differ by the least difference, from 100 ms on", () => {
  const clocks = new Clocks();
  assert.equal(clocks.ahead, 0);

  clocks.update(1_000, 1_099);
  assert.equal(clocks.ahead, 0, "so little is the way");
  for (const late of [3_200, 3_000, 3_100]) clocks.update(1_000, 1_000 + late);
  assert.equal(clocks.ahead, 0);

  clocks.update(1_000, 9_000); // it was set
  clocks.update(1_000, 8_500);
  assert.equal(clocks.ahead, 7_500);
});

test("numbers are short", () => {
  assert.deepEqual([count(1_234.4), count(undefined), count(NaN)], ["1,234", "–", "–"]);
  assert.deepEqual([612, 9_999, 10_000, 12_345, 999_949, 999_950, 1_234_567, 2e9, undefined].map(bytes), [
    "612 B", "9,999 B", "10.0 kB", "12.3 kB", "999.9 kB", "1.0 MB", "1.2 MB", "2.0 GB", "–",
  ]);
  assert.deepEqual([4.4, 999, 999.5, 1_234, 9_949, 12_345, undefined].map(time), [
    "4 ms", "999 ms", "1.0 s", "1.2 s", "9.9 s", "12 s", "–",
  ]);
  assert.equal(seconds(780), "0.8 s");
});

test("what belongs together stands on one line, in a group of its connection and direction", () => {
  const part = (kind, dir = "down", connection = 1) => ({ kind, dir, connection });
  const lines = new Lines();
  const read = [];
  const parts = [
    part("request-line", "up"), part("header", "up"), part("head-end", "up"), part("status-line"), part("head-end"),
    part("body"), part("envelope"), part("message"), part("envelope"),
  ];

  const begin = ({ kind }, isNewGroup) => read.push(isNewGroup ? "group" : "line", kind);
  for (const batch of [parts.slice(0, 4), parts.slice(4)]) lines.read(batch, begin, () => read.push("+"));

  const up = "group request-line + line header + line head-end +";
  const down = "group status-line + line head-end + line body + line envelope + + +";
  assert.equal(read.join(" "), `${up} ${down}`);
});

const way = { ...START, faults: [], connections: 1, readers: 1, others: false };
const feed = (published, epoch = "e") => ({ epoch, published, rate: 1 });

/** An account that has been live for a while, with the message 1 shown. */
function account() {
  const account = new Account("sse", NOON);
  account.report({ state: "live" }, 0);
  account.report({ id: "e.1", at: NOON + 10, seen: NOON + 14 }, 0);
  account.update(feed(1), way, NOON + 1_000);
  return account;
}

test("an account has what the panel reports and what the server counts", () => {
  const of = account();
  of.report({ id: "e.2", at: NOON + 2_000, seen: NOON + 2_006 }, 0);
  of.report({ id: "e.4", at: NOON + 2_001, seen: NOON + 2_009 }, 0);
  of.report({ gap: true }, 0);
  const faults = [{ name: "slow", left: 900 }];
  of.update(feed(5), { ...way, down: channel(250, 100), messages: 3, faults }, NOON + 3_000);

  const { delay, cost, ...figures } = of.figures(NOON + 3_100);

  const { state, published, delivered, lost, behind, gaps, isLive } = figures;
  assert.deepEqual({ state, published, delivered, lost, behind, gaps, isLive }, {
    state: "live", published: 5, delivered: 3, lost: 1, behind: 1, gaps: 1, isLive: true,
  });
  assert.deepEqual(delay, { at: NOON + 3_100, median: 6, late: 8, largest: 8 });
  assert.deepEqual([cost.payload, cost.overhead, cost.each], [100, 25, 125]);
  assert.deepEqual(figures.faults, [{ name: "slow", left: 800 }]);
});

test("an account is quiet when nothing has come for three intervals, though something was published", () => {
  for (const [rate, late] of [[1, 3_000], [100, 3_000], [0, 3_000]]) {
    const of = account();
    of.update({ ...feed(1), rate }, way, NOON + 5_000);
    assert.equal(of.figures(NOON + 10_000).quiet, 0, "nothing was published");

    of.update({ ...feed(2), rate }, way, NOON + 2_000);

    assert.equal(of.figures(NOON + 14 + late).quiet, 0);
    assert.equal(of.figures(NOON + 15 + late).quiet, late + 1);
    of.report({ state: "reconnecting" }, 0);
    assert.equal(of.figures(NOON + 15 + late).quiet, 0, "the panel itself says it");
    of.report({ state: "live" }, 0);
    of.report({ id: "e.2", at: NOON + 3_000, seen: NOON + 4_000 }, 0);
    assert.equal(of.figures(NOON + 4_001).quiet, 0);
  }
});

test("an account is not quiet while its panel says that the line is broken: that was noticed", () => {
  for (const [state, quiet] of [["live", 4_000], ["waiting", 4_000], ["connecting", 4_000], ["reconnecting", 0], ["refused", 0], ["stopped", 0]]) {
    const of = account();
    of.update(feed(2), way, NOON + 2_000);
    of.report({ state }, 0);

    assert.equal(of.figures(NOON + 4_014).quiet, quiet, state);
  }
});

test("an account is live half a second after its panel is, so that the opening is not counted", () => {
  const of = new Account("sse", NOON);
  of.report({ state: "live" }, 0);

  of.update(feed(1), way, NOON + 500);
  assert.equal(of.figures(NOON + 500).isLive, false);
  of.update(feed(1), way, NOON + 501);
  assert.equal(of.figures(NOON + 501).isLive, true);
});

test("an account begins again when it is told to, when the panel is loaded, and when the feed is another", () => {
  const begin = [
    (of) => of.restart("at your wish", NOON + 5_000),
    (of) => of.reloaded(NOON + 5_000),
    (of) => of.update(feed(0, "f"), way, NOON + 5_000),
  ];
  for (const again of begin) {
    const of = account();
    again(of);

    const { delivered, published, since, why } = of.figures(NOON + 5_000);

    assert.deepEqual([delivered, published], [0, 0]);
    assert.ok(since >= NOON + 5_000 && why, `${since} ${why}`);
  }
});

test("what was published before the count began is delivered, and not late", () => {
  const of = new Account("sse", NOON);
  of.report({ id: "e.1", at: NOON - 60_000, seen: NOON + 5 }, 0);

  const { delivered, delay } = of.figures(NOON + 1_000);

  assert.deepEqual([delivered, delay.median], [1, undefined]);
});

test("the delay is by one clock, where two differ", () => {
  const of = new Account("sse", NOON);
  of.report({ id: "e.1", at: NOON - 7_000, seen: NOON + 505 }, 7_500);

  assert.equal(of.figures(NOON + 1_000).delay.median, 5);
});

const HOUR = 3_600_000;

/** A panel that is live, a server, and the clocks of both, which may be set apart from each other. */
async function running() {
  const [of, clocks, server] = [new Account("sse", steady()), new Clocks(), { ahead: 0 }];
  let seq = 0;
  const state = async (ago = {}) => {
    await pass(2);
    clocks.update(Date.now() - 2 + server.ahead, Date.now());
    of.update(feed(seq), { ...way, ago }, steady());
  };
  /** Each is published, and arrives so much later; `between` happens meanwhile. */
  const message = async (late, between = () => {}) => {
    const report = { id: `e.${++seq}`, at: Date.now() + server.ahead };
    between();
    await pass(late);
    of.hear({ ...report, seen: Date.now() }, clocks);
  };
  await state();
  of.hear({ state: "live" }, clocks);
  return { of, clocks, server, state, message };
}

test("whoever sets which clock, delays are shown on, and none is made up", async () => {
  const sets = [
    ["both back", () => set(-HOUR)],
    ["both on", () => set(HOUR)],
    ["the browser's back", (server) => [set(-HOUR), (server.ahead += HOUR)]],
    ["the browser's on", (server) => [set(HOUR), (server.ahead -= HOUR)]],
    ["the server's back", (server) => (server.ahead -= HOUR)],
    ["the server's on", (server) => (server.ahead += HOUR)],
    ["the server's a little back", (server) => (server.ahead -= 3_000)],
  ];
  for (const [what, act] of sets) {
    stop(NOON);
    const { of, clocks, server, state, message } = await running();
    await message(10);
    await message(20, () => act(server)); // it crosses
    await message(5);
    await state();
    for (let second = 0; second < 90; second++) {
      await message(7);
      await pass(993);
      await state();
    }

    const { delay, delivered, isLive, since } = of.figures(steady());
    const isRight = (late) => late >= 7 - 2 && late <= 7; // what differs is known but for the way of the event
    assert.ok(isRight(delay.median) && isRight(delay.largest), `${what}: ${delay.median} ${delay.largest}`);
    assert.deepEqual([delivered, isLive], [93, true], what);
    assert.ok(since >= NOON && since < NOON + 3_000, `${what}: ${since}`);
    const { times } = of.dots;
    assert.deepEqual(times, [...times].sort((a, b) => a - b), what);
    assert.ok(times.length > 80 && times.at(-1) * 1_000 > steady() - 2_000, `${what}: ${times}`);
    assert.equal(wall(steady()), Date.now());
    assert.ok(Math.abs(clocks.ahead + server.ahead) < 100, `${what}: ${clocks.ahead}`);
  }
});

test("a way is live half a second after its panel is, though the clock is set back meanwhile", async () => {
  const { of, state } = await running();
  set(-HOUR);
  await pass(501);
  await state();

  assert.equal(of.figures(steady()).isLive, true);
});

test("a fault takes what it takes, though the clock is set meanwhile", async () => {
  for (const ms of [-HOUR, HOUR]) {
    stop(NOON);
    const { of, state, message } = await running();
    await message(5);
    of.recovery.commanded("cut", steady());
    const cut = steady();
    await pass(300);
    set(ms);
    await state({ cut: steady() - cut + 2 });
    await pass(400);
    await message(5);

    assert.equal(of.recovery.latest("cut").took, 707);
  }
});
