/* Forms over a bad line: what is typed stays on this device until it is sent, and goes when the line is back. */
import { words as say } from "./words.js";
import { discarded, keep, kept, sent } from "./draft.js";
import { showKnown } from "./known.js";

for (const form of document.querySelectorAll("main form[method='post']")) {
  if (form.dataset.draft) restore(form);
  form.addEventListener("submit", (event) => submit(event, form));
}
for (const place of document.querySelectorAll("[data-known]")) showKnown(place, say);

function restore(form) {
  const isAnswered = document.querySelector(".summary") !== null;
  const draft = kept(form.dataset.draft);
  if (draft && !isAnswered && fill(form, draft)) tellRestored(form);
  form.addEventListener("input", () => keep(form.dataset.draft, fieldsOf(form)));
  form.addEventListener("change", () => keep(form.dataset.draft, fieldsOf(form)));
}

function fieldsOf(form) {
  return [...new FormData(form)].filter(([, value]) => typeof value === "string");
}

/* Only what the page leaves blank is filled in. True if anything was. */
function fill(form, draft) {
  let filled = false;
  for (const [name, value] of draft) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.type === "hidden") {
        if (name === "once") field.value = value;
      } else if (field.type === "checkbox" || field.type === "radio") {
        if (field.value === value && !field.checked) field.checked = filled = true;
      } else if (!field.value && value) {
        field.value = value;
        field.closest("details")?.setAttribute("open", "");
        filled = true;
      }
    }
  }
  return filled;
}

function tellRestored(form) {
  const told = document.createElement("p");
  const discard = document.createElement("button");
  told.className = "notice good restored";
  told.setAttribute("role", "status");
  discard.type = "button";
  discard.className = "button quiet";
  discard.textContent = say.discard;
  discard.addEventListener("click", () => {
    discarded(form.dataset.draft);
    location.reload();
  });
  told.append(say.restored, " ", discard);
  form.before(told);
}

/* Sent by fetch, so that a broken line is noticed here and not on the browser's error page. */
async function submit(event, form) {
  if (form.enctype === "multipart/form-data") return;
  event.preventDefault();
  const line = form.querySelector("[data-line]");
  const buttons = form.querySelectorAll("button");
  const tell = (text) => { if (line) line.textContent = text; };
  for (const button of buttons) button.disabled = true;
  tell(say.sending);
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(fieldsOf(form)),
      headers: { Accept: "application/json", "Accept-Language": document.documentElement.lang },
    });
    if (answer.status === 202) {
      if (form.dataset.draft) sent(form.dataset.draft);
      location.assign(answer.headers.get("Location"));
      return;
    }
    form.submit(); // the page with what is wrong at its place
  } catch {
    tell(say.kept);
    for (const button of buttons) button.disabled = false;
    addEventListener("online", () => form.requestSubmit(), { once: true });
  }
}
