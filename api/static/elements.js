// Small helpers for pages: elements from names and texts. Texts never become markup.

export const byId = (id) => document.getElementById(id);

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

export const code = (text) => element("code", {}, String(text));

// One line of a list of steps: how it went, what it is, and where and why not.
export function stepItem({ title, state, detail = null, place, expected, found }) {
  const item = element("li", { class: `step step-${state.replaceAll(" ", "-")}` });
  item.append(element("p", {}, element("span", { class: "tag" }, state), " ", element("strong", {}, title)));
  if (detail !== null) item.append(element("p", { class: "meta" }, detail));
  if (place !== undefined) item.append(difference(place, expected, found));
  return item;
}

export function difference(place, expected, found) {
  const rows = [["Place", place], ["Expected", expected], ["Found", found]];
  const list = element("dl", { class: "difference" });
  for (const [name, value] of rows) {
    list.append(element("div", {}, element("dt", {}, name), element("dd", {}, code(value))));
  }
  return list;
}

// What is pasted often lacks its last line feed, or brings spaces around it.
export const pasted = (text) => `${text.trim()}\n`;
