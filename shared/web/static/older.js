// The facts before those that the page was opened with, some hundreds of positions at a time.

import { feedAfter } from "./live.js";
import { words } from "./words.js";

const STEP = 500;
const MOST_STEPS = 20;

export function older(facts, query) {
  const button = document.getElementById("older");
  const note = document.getElementById("older-note");
  let before = facts.oldest;
  if (before === null || before <= 1) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    note.textContent = "";
    try {
      let found = [];
      for (let step = 0; step < MOST_STEPS && before > 1 && !found.length; step += 1) {
        const after = Math.max(0, before - 1 - STEP);
        const { items } = await feedAfter(after, STEP, query);
        found = items.filter((item) => item.position < before);
        before = after + 1;
      }
      facts.append(found);
      button.hidden = before <= 1;
      if (!found.length) note.textContent = words.no_older;
    } catch {
      note.textContent = words.failed;
    } finally {
      button.disabled = false;
    }
  });
}
