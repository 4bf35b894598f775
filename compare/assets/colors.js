// The colors of the stylesheet, for what is drawn on a canvas: as the browser shows them now, light or dark.

const probe = document.createElement("i");
let known = new Map();

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => (known = new Map()));

/**
 * The value of a variable, as a color that a canvas understands.
 * @param {string} name
 * @returns {string}
 */
export function color(name) {
  if (!known.has(name)) {
    probe.style.color = `var(--${name})`;
    document.body.append(probe);
    known.set(name, getComputedStyle(probe).color);
    probe.remove();
  }
  return known.get(name);
}
