// The little that the page needs to make and change elements. Texts are only ever texts.

export const part = (id) => document.getElementById(id);

/** An element with its attributes and children: elements, or texts. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Writes a text where it differs: what stays the same is not laid out again. */
export function put(element, text) {
  if (element.textContent !== `${text}`) element.textContent = text;
}

/** Sets data attributes where they differ; `undefined` takes one away. */
export function mark(element, data) {
  for (const [key, value] of Object.entries(data)) {
    if (value === undefined) delete element.dataset[key];
    else if (element.dataset[key] !== `${value}`) element.dataset[key] = value;
  }
}

/** Tells whether an element is on the screen, or nearly: what nobody sees need not be drawn. */
export function watch(element) {
  let seen = false;
  const look = (entries) => (seen = entries.at(-1).isIntersecting);
  new IntersectionObserver(look, { rootMargin: "200px" }).observe(element);
  return () => seen;
}

/** Radio buttons that look like one bar; `chosen` is called with the value. */
export function choices(fieldset, name, options, chosen) {
  for (const [value, label] of options) {
    const input = make("input", { type: "radio", name, value });
    input.addEventListener("change", () => chosen(value));
    fieldset.append(make("label", {}, input, make("span", {}, label)));
  }
}
