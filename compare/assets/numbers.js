// Numbers as they are shown: few digits, and the same width while they change.

const NONE = "–";
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `1,234`. */
export function count(value) {
  return Number.isFinite(value) ? whole.format(value) : NONE;
}

/** `612 B`, `12.3 kB`, `1.2 MB`; a kB is 1,000 B. */
export function bytes(value) {
  if (!Number.isFinite(value)) return NONE;
  if (value < 9_999.5) return `${whole.format(value)} B`;
  const [size, unit] = value < 999_950 ? [1e3, "kB"] : value < 999_950_000 ? [1e6, "MB"] : [1e9, "GB"];
  return `${(value / size).toFixed(1)} ${unit}`;
}

/** `4 ms`, `1.2 s`, `12 s`. */
export function time(ms) {
  if (!Number.isFinite(ms)) return NONE;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return ms < 9_950 ? `${(ms / 1_000).toFixed(1)} s` : `${whole.format(ms / 1_000)} s`;
}

/** `0.8 s`, whatever it is. */
export function seconds(ms) {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** The time of day, `15:26:13`. */
export function clock(ms) {
  return new Date(ms).toLocaleTimeString("en-GB");
}
