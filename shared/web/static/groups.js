// Facts told together: how many of which kind, and of whom; the facts themselves one click away.

import { number, say, tag, words } from "./words.js";

const NAMED = 3;
const list = new Intl.ListFormat(tag, { type: "conjunction" });

const made = (name, className, text) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};

// How many `items` there are of each kind: [code, name, n], the most frequent first.
export function counted(items) {
  const counts = new Map();
  for (const { type } of items) {
    const kind = words.kind_of[type] ?? "outros";
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([kind, n]) => [kind, words.kinds[kind], n]);
}

// Whose they are: the first few, and how many more.
export function named(items) {
  const names = [...new Set(items.map(({ member }) => member.name))];
  const more = names.length - NAMED;
  if (more <= 0) return list.format(names);
  return list.format([...names.slice(0, NAMED), more === 1 ? words.and_more_one : say(words.and_more, { n: number.format(more) })]);
}

// The kinds as chips: a name, a number.
export function chips(items) {
  const about = made("span", "about");
  for (const [, name, n] of counted(items)) {
    const chip = made("span", "chip", `${name} `);
    chip.append(made("b", "", number.format(n)));
    about.append(chip);
  }
  return about;
}

// `items` in order of position, as one row that opens; `row` makes the row of one.
export function group(items, row) {
  const element = made("li", "group new");
  element.items = items;
  element.dataset.position = items.at(-1).position;
  const details = made("details");
  const summary = made("summary");
  summary.append(
    made("span", "headline", say(words.group, { n: number.format(items.length) })),
    made("span", "title", named(items)),
    chips(items),
  );
  const inner = made("ol");
  details.append(summary, inner);
  details.addEventListener("toggle", () => {
    if (details.open && !inner.children.length) inner.append(...items.map(row).reverse());
  });
  element.append(details);
  return element;
}
