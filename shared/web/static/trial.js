// Tries a key as a system would: from this page to the door of the notices. The key stays in this browser.

import { say, words } from "/static/words.js";

const form = document.getElementById("trial-form");
const outcome = document.getElementById("trial-outcome");
const typed = document.getElementById("trial-key");
const minted = document.getElementById("secret");

const notice = (real) => ({
  specversion: "1.0",
  id: crypto.randomUUID().replace(/[0-9]/g, (digit) => "ghijklmnop"[digit]),
  source: "/membro/chaves",
  member: form.dataset.member,
  type: "br.malha.agreement.negotiation_opened.v1",
  subject: real ? "TESTE-DE-CHAVE" : "EXEMPLO",
  data: {
    instrument: "OUT",
    title: "Teste de envio (fictício)",
    partners: [{ name: "Parceiro de teste (fictício)", kind: "other" }],
    visibility: "restricted",
  },
});

// A key that was just made is known everywhere in a moment: until then the door answers 401.
const PATIENCE = 20;
const moment = () => new Promise((resolve) => { setTimeout(resolve, 500); });

async function attempt(key, real) {
  let answer = await ask(key, real);
  for (let turn = 0; turn < PATIENCE && answer.status === 401 && key === minted?.textContent; turn += 1) {
    await moment();
    answer = await ask(key, real);
  }
  const told = await answer.json();
  if (!answer.ok) return { good: false, words: say(words.refused, { detail: told.detail ?? told.title }) };
  if (!real) return { good: true, words: words.accepted };
  const said = answer.status === 201 ? words.registered : words.sent;
  return { good: true, words: say(said, { protocol: told.protocol }) };
}

function ask(key, real) {
  return fetch(real ? "/v1/notices" : "/v1/notices/validate", {
    method: "POST",
    credentials: "omit",
    headers: {
      "Authorization": `Bearer ${key}`,
      "Content-Type": "application/cloudevents+json",
      "Accept-Language": document.documentElement.lang,
      ...(real ? { "Prefer": "wait=10" } : {}),
    },
    body: JSON.stringify(notice(real)),
  });
}

form.hidden = false;
if (minted && !typed.value) typed.value = minted.textContent;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const key = typed.value.trim();
  outcome.className = "";
  if (!/^mlh_(live|test)_[a-z2-7]{12}_[0-9a-f]{64}$/.test(key)) {
    outcome.className = "notice bad";
    outcome.textContent = words.no_key;
    typed.focus();
    return;
  }
  outcome.textContent = words.trying;
  try {
    const found = await attempt(key, event.submitter?.value === "send");
    outcome.className = found.good ? "notice good" : "notice bad";
    outcome.textContent = found.words;
  } catch {
    outcome.className = "notice bad";
    outcome.textContent = words.unreachable;
  }
});
