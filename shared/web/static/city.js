// One click on a city: how many agreements it has.

import { day, instant, say, tag, words } from "./words.js";

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

export class Card {
  constructor() {
    this.card = document.getElementById("city");
    this.hint = this.card.firstElementChild;
    document.addEventListener("click", (event) => {
      const button = event.target.closest("button.city");
      if (button) this.show(button);
    });
  }

  async show(button) {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    this.origin = button;
    this.fill(button.textContent, element("p", words.loading, "hint"));
    this.card.setAttribute("aria-busy", "true");
    this.card.focus({ preventScroll: true });
    this.card.scrollIntoView({ block: "nearest" });
    try {
      const signal = AbortSignal.any ? AbortSignal.any([asking.signal, AbortSignal.timeout(15_000)]) : asking.signal;
      const answer = await fetch(`/v1/members/${encodeURIComponent(button.value)}`, { signal });
      if (!answer.ok) throw new Error(answer.status);
      const member = await answer.json();
      if (this.asking === asking) this.fill(member.name, ...this.figures(member));
    } catch {
      if (this.asking !== asking) return;
      const again = element("button", words.again, "again");
      again.type = "button";
      again.addEventListener("click", () => this.show(button));
      this.fill(button.textContent, element("p", words.failed), again);
    } finally {
      if (this.asking === asking) this.card.removeAttribute("aria-busy");
    }
  }

  fill(name, ...content) {
    const head = element("header");
    const close = element("button", words.close, "close");
    close.type = "button";
    close.addEventListener("click", () => this.close());
    head.append(element("h3", name), close);
    // Whoever is on the button already stays on it when the answer comes.
    const isHeld = document.activeElement?.closest("#city .close");
    this.card.replaceChildren(head, ...content);
    if (isHeld) close.focus();
  }

  close() {
    this.asking?.abort();
    this.asking = null;
    this.card.replaceChildren(this.hint);
    const list = this.origin?.closest("details");
    if (list) list.open = true;
    if (this.origin?.isConnected) this.origin.focus();
  }

  // A number that nobody has told is not zero: it is shown as "no information".
  figures(member) {
    const { ever, this_mandate: mandate } = member.signed;
    const figure = element("p", ever === null ? words.unknown : String(ever), ever === null ? "figure unknown" : "figure");
    figure.id = "figure";
    const list = element("dl");
    const line = (label, value) => {
      const known = value !== null && value !== undefined;
      list.append(element("dt", label), element("dd", known ? String(value) : words.unknown, known ? "" : "unknown"));
    };
    line(member.kind === "state" ? words.state_mandate : words.mandate, mandate);
    line(words.in_force, member.in_force);
    line(words.negotiating, member.negotiating);
    line(words.expiring, member.expiring_90_days);
    line(words.unilateral, member.unilateral);
    const heard = member.last_heard_at;
    const parts = [
      element("p", member.mesoregion ?? "", "place"),
      figure,
      element("p", ever === 1 ? words.signed_one : words.signed, "what"),
      element("p", `${words.definition} ${say(words.as_of, { date: day.format(new Date(member.as_of)) })}`, "hint definition"),
      list,
    ];
    const countries = Object.entries(member.by_country ?? {}).sort((a, b) => b[1] - a[1]);
    if (countries.length) {
      const names = new Intl.DisplayNames(tag, { type: "region", fallback: "code" });
      const told = countries.map(([code, n]) => `${/^[A-Z]{2}$/.test(code) ? names.of(code) : code}\u00a0${n}`).join(" · ");
      parts.push(element("p", `${words.countries}: ${told}`, "countries"));
    }
    const last = heard ? `${words.last_heard}: ${instant.format(new Date(heard))}.` : `${words.last_heard}: ${words.never}.`;
    parts.push(element("p", last, "hint countries"));
    if (member.last_nil_return) parts.push(element("p", `${words.last_nil}: ${day.format(new Date(member.last_nil_return))}.`, "hint"));
    return parts;
  }
}

export function searchCities() {
  const field = document.getElementById("find");
  if (!field) return;
  const all = document.getElementById("all-cities");
  const none = document.getElementById("no-city");
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();
  const rows = [...document.querySelectorAll("#city-list li")].map((row) => [row, plain(row.textContent)]);
  field.addEventListener("input", () => {
    const asked = plain(field.value);
    let found = 0;
    for (const [row, name] of rows) {
      row.hidden = Boolean(asked) && !` ${name}`.includes(` ${asked}`);
      found += row.hidden ? 0 : 1;
    }
    none.hidden = found > 0;
    all.open = Boolean(asked);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    rows.find(([row]) => !row.hidden)?.[0].querySelector("button").click();
  });
  all.addEventListener("click", (event) => {
    if (event.target.closest("button.city")) all.open = false;
  });
}
