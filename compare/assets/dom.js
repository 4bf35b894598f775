// The little that the page needs to make and change elements. Texts are only ever texts.

/**
 * An element that the page has.
 * @param {string} id
 */
export const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * A box that the page has for something to be typed.
 * @param {string} id
 */
export const input = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id));

/**
 * An element with its attributes and children: elements, or texts.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string | number>} attributes
 * @param {(Node | string)[]} children
 */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, `${value}`);
  element.append(...children);
  return element;
}

/**
 * Writes a text where it differs: what stays the same is not laid out again.
 * @param {Node} element
 * @param {string} text
 */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Sets data attributes where they differ; `undefined` takes one away.
 * @param {HTMLElement} element
 * @param {Record<string, unknown>} data
 */
export function mark(element, data) {
  for (const [key, value] of Object.entries(data)) {
    if (value === undefined) delete element.dataset[key];
    else if (element.dataset[key] !== `${value}`) element.dataset[key] = `${value}`;
  }
}

/**
 * Tells whether an element is on the screen, or nearly: what nobody sees need not be drawn.
 * @param {Element} element
 */
export function watch(element) {
  let seen = false;
  /** @type {IntersectionObserverCallback} */
  const look = (entries) => (seen = entries.at(-1)?.isIntersecting ?? seen);
  new IntersectionObserver(look, { rootMargin: "200px" }).observe(element);
  return () => seen;
}

/**
 * Radio buttons that look like one bar; `chosen` is called with the value.
 * @param {HTMLElement} fieldset
 * @param {string} name
 * @param {[value: string, label: string][]} options
 * @param {(value: string) => void} chosen
 */
export function choices(fieldset, name, options, chosen) {
  for (const [value, label] of options) {
    const input = make("input", { type: "radio", name, value });
    input.addEventListener("change", () => chosen(value));
    fieldset.append(make("label", {}, input, make("span", {}, label)));
  }
}
