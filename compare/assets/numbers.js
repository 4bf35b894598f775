// Numbers as they are shown: few digits, and the same width while they change.

const NONE = "–";
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/**
 * `1,234`.
 * @param {number | undefined} value
 */
export function count(value) {
  return isKnown(value) ? whole.format(value) : NONE;
}

/**
 * `612 B`, `12.3 kB`, `1.2 MB`; a kB is 1,000 B.
 * @param {number | undefined} value
 */
export function bytes(value) {
  if (!isKnown(value)) return NONE;
  if (value < 9_999.5) return `${whole.format(value)} B`;
  if (value < 999_950) return `${(value / 1e3).toFixed(1)} kB`;
  return value < 999_950_000 ? `${(value / 1e6).toFixed(1)} MB` : `${(value / 1e9).toFixed(1)} GB`;
}

/**
 * `4 ms`, `1.2 s`, `12 s`.
 * @param {number | undefined} ms
 */
export function time(ms) {
  if (!isKnown(ms)) return NONE;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return ms < 9_950 ? `${(ms / 1_000).toFixed(1)} s` : `${whole.format(ms / 1_000)} s`;
}

/**
 * `0.8 s`, whatever it is.
 * @param {number} ms
 */
export function seconds(ms) {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/**
 * The time of day, `15:26:13`.
 * @param {number} ms
 */
export function clock(ms) {
  return new Date(ms).toLocaleTimeString("en-GB");
}

/**
 * @param {number | undefined} value
 * @returns {value is number}
 */
function isKnown(value) {
  return Number.isFinite(value);
}
