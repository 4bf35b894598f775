// The page's diagram as a picture that stands by itself: with its styles, for light and dark, and the lanes' names.

const WIDTH = 640;
const HEAD = 40;

const sequence = document.getElementById("sequence");
const height = Number(sequence.getAttribute("height")) + HEAD;
const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);

/** The colors of one scheme: in the page, `light-dark(a, b)` has both. */
function colors(which) {
  const root = rules.find(({ selectorText }) => selectorText === ":root").style;
  const names = [...root].filter((name) => name.startsWith("--") && root.getPropertyValue(name).includes("light-dark"));
  return names.map((name) => `${name}:${root.getPropertyValue(name).match(/light-dark\((.*), (.*)\)/)[which]}`).join(";");
}

const own = rules.filter(({ selectorText }) => /^#sequence (?!.*:)/.test(selectorText ?? ""));
const style = [
  `svg{${colors(1)};font-family:system-ui,sans-serif}`,
  `@media(prefers-color-scheme:dark){svg{${colors(2)}}}`,
  ...own.map(({ cssText }) => cssText.replaceAll("#sequence ", "").replaceAll(/\s+/g, " ")),
  ".name{font-weight:600}",
].join("\n");

const picture = sequence.cloneNode(true);
for (const { name } of [...picture.attributes]) picture.removeAttribute(name);
picture.setAttribute("viewBox", `0 0 ${WIDTH} ${height}`);
picture.setAttribute("width", WIDTH);
picture.setAttribute("height", height);
for (const hit of picture.querySelectorAll(".hit")) hit.remove();
for (const row of picture.querySelectorAll(".arrow")) {
  for (const name of ["role", "tabindex", "aria-description", "data-top"]) row.removeAttribute(name);
}
const rows = picture.querySelector("g:not(.arrow)");
rows.setAttribute("transform", `translate(0 ${HEAD})`);

const make = (name, attributes, words = "") => {
  const element = document.createElementNS(picture.namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = words;
  return element;
};
const names = [["14%", "Browser"], ["86%", "Server"]];
picture.prepend(
  make("style", {}, style),
  make("rect", { width: "100%", height: "100%", rx: 8, fill: "var(--card)" }),
  ...names.map(([x, name]) => make("text", { x, y: 24, class: "name" }, name)),
);

const text = new XMLSerializer().serializeToString(picture);
const rounded = text.replaceAll(/="[^"]*"/g, (value) => value.replaceAll(/\d+\.\d+/g, Math.round));
return `${rounded.replaceAll(/(<(g|style|defs|rect))/g, "\n$1")}\n`;
