// The parts that crossed the wire, as lines: what belongs together stands on one.

const BEGINS = new Set([
  "request-line", "status-line", "header", "head-end", "chunk-size", "id", "event", "retry", "comment", "event-end",
  "prelude", "script-start", "frame", "last-chunk", "trailer", "lost", "record",
]);
const OF_ANSWER = new Set(["envelope", "message", "notice"]);

/**
 * A part, as /wire has it. `n` counts them; `clipped` says how many bytes more there were.
 * @typedef {{ n: number, at: number, connection: number, dir: "up" | "down" }} Place
 * @typedef {{ kind: string, weight: string, text: string, continued?: boolean, clipped?: number, note?: string }} Text
 * @typedef {Place & Text} Part
 */

/** Joins parts to lines, across the batches in which they come. */
export class Lines {
  /** @type {Part | undefined} */
  #last;

  /**
   * Calls `begin(part, isNewGroup)` where a line begins, then `add(part)`, for each part in turn.
   * @param {Part[]} parts
   * @param {(part: Part, isNewGroup: boolean) => void} begin
   * @param {(part: Part) => void} add
   */
  read(parts, begin, add) {
    for (const part of parts) {
      const isNewGroup = !this.#isOfGroup(part);
      if (isNewGroup || this.#begins(part)) begin(part, isNewGroup);
      add(part);
      this.#last = part;
    }
  }

  /** @param {Part} part */
  #isOfGroup({ connection, dir }) {
    return this.#last?.connection === connection && this.#last.dir === dir;
  }

  /** @param {Part} part */
  #begins({ kind, continued }) {
    const before = this.#last?.kind;
    if (BEGINS.has(kind)) return true;
    if (kind === "data") return !continued;
    if (kind === "envelope") return !OF_ANSWER.has(before ?? "");
    if (kind === "text" || kind === "body") return before === "head-end";
    return kind === "raw" && before !== "raw";
  }
}
