// The check that a reader can run: the chain as the registry recomputes it, and the digests of these entries,
// computed here from the entries themselves.
import { say, tag, words } from "./words.js";

const number = new Intl.NumberFormat(tag);
const form = document.querySelector("form[data-verify]");
const verified = document.getElementById("verified");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  verified.textContent = words.running;
  try {
    const answer = await fetch(form.dataset.verify, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    verified.textContent = told(await answer.json());
  } catch {
    verified.textContent = words.failed;
  }
});

function told(found) {
  if (!found.intact) return say(words.broken, { at: number.format(found.broken_at) });
  const intact = say(words.intact, { length: number.format(found.length) });
  return found.erased ? `${intact} ${say(words.erased, { erased: number.format(found.erased) })}` : intact;
}

// Canonical JSON (RFC 8785): names in order of their UTF-16 units, numbers as ECMAScript writes them.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(",")}}`;
}

async function digest(text) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// The entry has its digest, follows the one before where that one is here too, and every value opens its own.
async function holds(entry, before) {
  if ((await digest(entry.text)) !== entry.digest) return false;
  const read = JSON.parse(entry.text);
  if (read.sequence !== entry.sequence) return false;
  if (before?.sequence === entry.sequence - 1 && read.previous !== before.digest) return false;
  for (const [field, { salt, value }] of Object.entries(entry.disclosure)) {
    if ((await digest(canonical([salt, field, value]))) !== read.data[field]) return false;
  }
  return true;
}

async function recompute(entries, told) {
  if (!globalThis.crypto?.subtle) {
    told.textContent = words.insecure;
    return;
  }
  told.textContent = words.running;
  let broken = 0;
  for (const [at, entry] of entries.entries()) {
    const good = await holds(entry, entries[at - 1]);
    const check = document.querySelector(`[data-sequence="${entry.sequence}"] [data-check]`);
    check.textContent = `${good ? "✓" : "✗"} ${good ? words.holds : words.breaks}`;
    check.classList.toggle("bad", !good);
    broken += good ? 0 : 1;
  }
  told.textContent = broken
    ? say(words.some_break, { n: number.format(broken) })
    : say(words.all_hold, { n: number.format(entries.length) });
}

const shown = document.getElementById("recompute");
if (shown) {
  const entries = JSON.parse(document.getElementById("entries").textContent);
  shown.hidden = false;
  shown.querySelector("button").addEventListener("click", () => recompute(entries, document.getElementById("recomputed")));
}
