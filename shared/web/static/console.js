// The console: facts as they come, how complete they are, and of each city how many agreements it has.

import { Alerts } from "./alerts.js";
import { Facts } from "./facts.js";
import { Filter } from "./filter.js";
import { Live } from "./live.js";
import { older } from "./older.js";
import { place } from "./place.js";
import { Quiet } from "./quiet.js";
import { Visit } from "./visit.js";

const { role, member, position, filter, query } = document.getElementById("console").dataset;
const reader = { role, member };
const from = position === undefined ? null : Number(position);

const { numbers, map } = place();
const facts = new Facts();
const alerts = new Alerts();
const wanted = new Filter(JSON.parse(filter));
const quiet = new Quiet((isOn) => facts.hush(isOn));

function take(item, isNew) {
  if (item.backfill) return;
  numbers.refresh();
  if (isNew && !quiet.isOn) map.light(item.member.id);
  if (isNew && !quiet.isOn && live?.sharing.isLeader) alerts.add(item);
  if (wanted.matches(item)) facts.add(item, isNew);
}

let live = null;
live = new Live({ position: from, reader, take });
older(facts, query);
new Visit(reader, from, () => {
  if (live.complete === null) return null;
  const held = facts.firstHeld;
  return held === undefined ? live.complete : Math.min(live.complete, held - 1);
});

// A choice asks at once; what is left open asks nothing.
const form = document.getElementById("asked");
form.addEventListener("change", (event) => event.target.closest("#alerts") || form.requestSubmit());
form.addEventListener("submit", () => {
  for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
});
addEventListener("pageshow", () => { for (const field of form.elements) field.disabled = false; });
document.getElementById("ask").hidden = true;
