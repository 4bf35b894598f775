// A clock that stands still until it is told to go on. It takes the place of the timers and of the time.

let now = 0;
let ahead = 0;
let waiting = [];

/** From here on, time is ours: `performance.now` begins at 0, `Date.now` at `date`. */
export function stop(date = 0) {
  [now, ahead, waiting] = [0, date, []];
  globalThis.setTimeout = (call, ms = 0) => {
    const timer = { call, due: now + (ms > 2 ** 31 - 1 ? 0 : ms) }; // as browsers do
    waiting.push(timer);
    return timer;
  };
  globalThis.clearTimeout = (timer) => (waiting = waiting.filter((other) => other !== timer));
  Object.defineProperty(performance, "now", { value: () => now, configurable: true });
  Date.now = () => ahead + now;
  AbortSignal.any = AbortSignal.timeout = undefined; // browsers of 2023 have neither, or lose it
  delete Array.prototype.findLast; // nor those of 2021 this one
}

/** So many ms pass in which no timer fires, as in a hidden tab: what is due in them is called at their end. */
export async function oversleep(ms) {
  now += ms;
  const due = waiting.filter(({ due }) => due <= now).sort((a, b) => a.due - b.due);
  for (const timer of due) {
    if (!waiting.includes(timer)) continue;
    clearTimeout(timer);
    timer.call();
  }
  await settle();
}

/** Somebody sets the clock of the wall: so many ms further on. What has passed is the same. */
export function set(ms) {
  ahead += ms;
}

/** Lets so many ms pass: what is due in them is called, each at its time, and what follows from it is done. */
export async function pass(ms) {
  const until = now + ms;
  await settle();
  for (;;) {
    const next = waiting.filter(({ due }) => due <= until).sort((a, b) => a.due - b.due)[0];
    if (!next) break;
    clearTimeout(next);
    now = Math.max(now, next.due);
    next.call();
    await settle();
  }
  now = until;
}

/** Lets all promises that can be settled be settled. */
export const settle = () => new Promise((done) => setImmediate(done));

/** How many timers run. */
export const running = () => waiting.length;
