// Elements. What is shown of facts is always text, never markup.

const DRAWING = "http://www.w3.org/2000/svg";

export const find = (id) => document.getElementById(id);

/** An element with these attributes and children. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (attribute.startsWith("on")) element.addEventListener(attribute.slice(2), value);
    else if (value !== undefined) element.setAttribute(attribute, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A shape of a drawing. */
export function paint(name, attributes) {
  const shape = document.createElementNS(DRAWING, name);
  for (const [attribute, value] of Object.entries(attributes)) shape.setAttribute(attribute, value);
  return shape;
}

/** Shows `rows` (arrays of texts or elements) under `heads`. */
export function table(element, heads, rows) {
  const cells = (name, values) => values.map((value) => make(name, name === "th" ? { scope: "col" } : {}, value ?? ""));
  element.replaceChildren(
    make("thead", {}, make("tr", {}, ...cells("th", heads))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...cells("td", row)))),
  );
}

/** `act`, some time after it was asked for last. */
export function settled(act, wait) {
  let timer = null;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, wait);
  };
}
