// The ledger of a panel: what the feed has published against what the panel says that it has shown.
//
// Clients never take an id apart. This is no client but the one who checks them: ids are EPOCH.SEQ, and SEQ counts up
// by one and skips none, so what is missing between the first and the highest that came is lost, and can be named.
//
// It is exact, and needs no memory of what came: only the holes are kept, as ranges. An id between first and highest
// that lies in no hole has been here before. Beyond so many ranges the oldest are closed: what is missing there stays
// lost for good, and would count as repeated if it came after all.

const MOST_HOLES = 1_000;

/**
 * An id's two halves.
 * @param {string} id
 */
export function place(id) {
  const [epoch, seq] = id.split(".");
  return { epoch, seq: Number(seq) };
}

export class Ledger {
  /** @type {number | undefined} */
  first; // undefined before anything came
  highest = 0;
  delivered = 0;
  repeated = 0;
  outOfOrder = 0;
  gaps = 0;
  #closed = 0;
  /** @type {[from: number, to: number][]} */
  #holes = []; // both missing, in order

  /**
   * A message was shown.
   * @param {number} seq
   */
  deliver(seq) {
    if (this.first === undefined) this.#begin(seq);
    else if (seq > this.highest) this.#ahead(seq);
    else if (seq < this.first) this.#before(seq, this.first);
    else if (this.#fill(seq)) this.outOfOrder++;
    else return this.#again();
    this.delivered++;
  }

  /** The panel has learned that some are missing. */
  gap() {
    this.gaps++;
  }

  /** Between the first and the highest that came. */
  get lost() {
    return this.#holes.reduce((sum, [from, to]) => sum + to - from + 1, this.#closed);
  }

  /**
   * Published since the first that came, if `newest` is the newest.
   * @param {number} newest
   */
  published(newest) {
    return this.first === undefined ? 0 : Math.max(newest, this.highest) - this.first + 1;
  }

  /**
   * Published, but not here yet.
   * @param {number} newest
   */
  behind(newest) {
    return this.first === undefined ? 0 : Math.max(0, newest - this.highest);
  }

  /** @param {number} seq */
  #begin(seq) {
    this.first = seq;
    this.highest = seq;
  }

  /** @param {number} seq */
  #ahead(seq) {
    this.#open(this.highest + 1, seq - 1);
    this.highest = seq;
  }

  /**
   * @param {number} seq
   * @param {number} first
   */
  #before(seq, first) {
    this.#open(seq + 1, first - 1);
    this.first = seq;
    this.outOfOrder++;
  }

  #again() {
    this.repeated++;
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  #open(from, to) {
    if (from > to) return;
    this.#holes.push([from, to]);
    this.#holes.sort(([a], [b]) => a - b);
    if (this.#holes.length <= MOST_HOLES) return;
    for (const [first, last] of this.#holes.splice(0, 1)) this.#closed += last - first + 1;
  }

  /**
   * Whether it was missing.
   * @param {number} seq
   */
  #fill(seq) {
    const at = this.#holes.findIndex(([from, to]) => from <= seq && seq <= to);
    if (at < 0) return false;
    const [from, to] = this.#holes[at];
    const halves = /** @type {[number, number][]} */ ([[from, seq - 1], [seq + 1, to]]);
    const rest = halves.filter(([a, b]) => a <= b);
    this.#holes.splice(at, 1, ...rest);
    return true;
  }
}
