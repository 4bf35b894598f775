// How long a way takes to recover from a fault.
//
// The time begins when the fault ends; for a cut and a restart when it begins, since they are over at once and what
// lasts is their effect. It ends when a message arrives in the panel that was published after that, while the panel
// says that its connection is healthy and what it is still behind is less than what is published in 1.5 s. (A poll is
// always that far behind.) So all that was published during the fault is there, or lost. It cannot be shorter than the
// wait for the next message: 100 a second measure it best, and where nothing is published it stays open.

const AT_ONCE = ["cut", "restart"];
const KEPT = 120_000;
const ECHO = 2_000; // so soon after it was commanded here, a fault that is reported is the same one

export class Recovery {
  records = []; // { name, began, end: from when the time counts, over: when it no longer lasts, took }
  #lasting = new Map(); // the faults that lasted at the last update, and when each would end

  /** It was commanded at `at`, which may have been reported by now. */
  commanded(name, at) {
    if (!(this.latest(name)?.began >= at)) this.#begin(name, at);
  }

  #begin(name, at) {
    const end = AT_ONCE.includes(name) ? at : undefined;
    this.records.push({ name, began: at, end, over: name === "cut" ? at : undefined, took: undefined });
    this.records = this.records.filter((record) => record.began > at - KEPT || record === this.latest(record.name));
  }

  /** The newest of this kind. */
  latest(name) {
    return this.records.findLast((record) => record.name === name);
  }

  /** These faults last now: `{ name, left }`. */
  update(faults, at) {
    const now = new Map(faults.map(({ name, left }) => [name, at + (left ?? 0)]));
    for (const name of now.keys()) {
      const known = this.#lasting.has(name) || this.latest(name)?.began > at - ECHO;
      if (!known) this.#begin(name, at);
    }
    for (const record of this.records) {
      const { name, began, over } = record;
      if (over !== undefined || now.has(name) || (!this.#lasting.has(name) && began > at - ECHO)) continue;
      record.over = Math.max(began, Math.min(at, this.#lasting.get(name) ?? began));
      record.end ??= record.over;
    }
    this.#lasting = now;
  }

  /** A message that was published at `at` is here, at `seen`. */
  message(at, seen, healthy, behind, rate) {
    if (!healthy || behind > Math.max(1, 1.5 * rate)) return;
    for (const record of this.records) {
      if (record.took === undefined && at >= record.end) record.took = Math.max(0, seen - record.end);
    }
  }
}
