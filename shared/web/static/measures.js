// What the map shades by: which shade a municipality has, and how that is said.

import { day, number, say, words } from "./words.js";

const STEPS = [1, 2, 4, 10, 20];
const AGES = [30, 91, 182, 365];
const DAY_MS = 86_400_000;
export const NAMES = ["in_force", "signed", "expiring_90_days", "last_heard_on"];

// `none`: no information. 0: known, and nothing to show. 1 to 5: the darker, the more, or the nearer in time.
export function shade(known, measure, asOf) {
  if (!known) return "none";
  const value = known[measure];
  if (measure !== "last_heard_on") return value === 0 ? 0 : STEPS.filter((step) => value >= step).length;
  if (value === null) return "none";
  const days = (Date.parse(asOf) - Date.parse(value)) / DAY_MS;
  return 5 - AGES.filter((age) => days > age).length;
}

// What the list says beside a name.
export function figure(known, measure) {
  if (!known || known[measure] === null) return words.unknown;
  return measure === "last_heard_on" ? day.format(new Date(known[measure])) : number.format(known[measure]);
}

export function sentence(known, measure) {
  if (!known) return words.unknown;
  const value = known[measure];
  if (measure === "last_heard_on") return value === null ? words.never_heard : say(words.measures[measure][0], { day: day.format(new Date(value)) });
  return say(words.measures[measure][value === 1 ? 0 : 1], { n: number.format(value) });
}

// By what the list is sorted: the most, or the latest, first; those of whom nothing is known last.
export function rank(known, measure) {
  if (!known || known[measure] === null) return -1;
  return measure === "last_heard_on" ? Date.parse(known[measure]) : known[measure];
}

// The steps of the legend, from nothing known to the darkest: [shade, words].
export function legend(measure) {
  if (measure === "last_heard_on") return [["none", words.unknown], ...words.heard.toReversed().map((text, place) => [place + 1, text])];
  const steps = STEPS.map((step, place) => {
    const next = STEPS[place + 1];
    if (next === undefined) return [place + 1, say(words.or_more, { n: step })];
    return [place + 1, next === step + 1 ? String(step) : say(words.from_to, { a: step, b: next - 1 })];
  });
  return [["none", words.unknown], [0, words.none], ...steps];
}
