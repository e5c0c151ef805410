// One click on a city: how many agreements it has.

import { address } from "./address.js";
import { day, dayOf, number, say, tag, words } from "./words.js";

const PATIENCE_MS = 15_000;
const WEST = 0.47;
const MOST_COUNTRIES = 6;

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

const others = (n) => (n <= 0 ? "" : ` · ${n === 1 ? words.and_more_one : say(words.and_more, { n })}`);

export class Card {
  // `select` is told whose card is open, null when it is closed, and says how far east that is: the card lies aside.
  constructor(select) {
    this.card = document.getElementById("city");
    this.select = select;
    document.addEventListener("click", (event) => this.follow(event));
    document.addEventListener("keydown", (event) => event.key === "Escape" && !this.card.hidden && this.close());
  }

  // A link to a member opens its card; with a modifier, and where there is no room beside it, its page.
  follow(event) {
    const link = event.target.closest("a.city");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (matchMedia("(max-width: 60rem)").matches && link.closest("#facts")) return;
    event.preventDefault();
    this.show({ id: link.dataset.member, kind: link.dataset.kind, name: link.textContent.trim() }, link);
  }

  async show(member, origin) {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    this.member = member;
    this.origin = origin;
    this.card.hidden = false;
    this.fill(member.name, element("p", words.loading, "hint"));
    this.card.setAttribute("aria-busy", "true");
    this.card.classList.toggle("east", this.select(member.id) < WEST);
    this.card.focus({ preventScroll: true });
    this.card.scrollIntoView({ block: "nearest" });
    try {
      const answer = await fetch(`/v1/members/${encodeURIComponent(member.id)}`, {
        signal: AbortSignal.any ? AbortSignal.any([asking.signal, AbortSignal.timeout(PATIENCE_MS)]) : asking.signal,
        headers: { "Accept-Language": document.documentElement.lang },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      if (this.asking === asking) this.fill(told.name, ...this.figures(told));
    } catch {
      if (this.asking !== asking) return;
      const again = element("button", words.again, "again");
      again.type = "button";
      again.addEventListener("click", () => this.show(member, origin));
      this.fill(member.name, element("p", words.failed), again, this.links(member));
    } finally {
      if (this.asking === asking) this.card.removeAttribute("aria-busy");
    }
  }

  // The numbers of who is shown may have changed: they are asked for anew, and nothing else happens.
  async refresh() {
    if (this.card.hidden || this.card.hasAttribute("aria-busy")) return;
    const { id } = this.member;
    try {
      const answer = await fetch(`/v1/members/${encodeURIComponent(id)}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
      const told = answer.ok && (await answer.json());
      if (told && this.member.id === id && !this.card.hidden && !this.card.hasAttribute("aria-busy")) this.fill(told.name, ...this.figures(told));
    } catch {
      // what is shown says as of when it is
    }
  }

  fill(name, ...content) {
    const head = element("header");
    const close = element("button", words.close, "close");
    close.type = "button";
    close.addEventListener("click", () => this.close());
    const title = element("h3");
    const page = element("a", name);
    page.href = address(this.member);
    title.append(page);
    head.append(title, close);
    // Whoever is on the button already stays on it when the answer comes.
    const isHeld = document.activeElement?.closest("#city .close");
    this.card.replaceChildren(head, ...content);
    if (isHeld) close.focus();
  }

  close() {
    this.asking?.abort();
    this.asking = null;
    this.card.hidden = true;
    this.card.replaceChildren();
    this.select(null);
    const list = this.origin?.closest("details");
    if (list) list.open = true;
    if (this.origin?.isConnected) this.origin.focus();
  }

  // A number that nobody has told is not zero: it is shown as "no information".
  figures(member) {
    const says = words.card;
    const { ever, this_mandate: mandate } = member.signed;
    const figure = element("p", ever === null ? words.unknown : number.format(ever), ever === null ? "figure unknown" : "figure");
    figure.id = "figure";
    const list = element("dl");
    const line = (label, value) => {
      const known = value !== null && value !== undefined;
      list.append(element("dt", label), element("dd", known ? number.format(value) : words.unknown, known ? "" : "unknown"));
    };
    line(member.kind === "state" ? says.state_mandate : says.mandate, mandate);
    line(says.in_force, member.in_force);
    line(says.negotiating, member.negotiating);
    line(says.expiring, member.expiring_90_days);
    line(says.unilateral, member.unilateral);
    const heard = member.last_heard_at;
    const sum = element("div", undefined, "sum");
    sum.append(figure, element("p", ever === 1 ? says.signed_one : says.signed, "what"));
    const parts = [
      element("p", member.mesoregion ?? "", "place"),
      sum,
      element("p", `${says.definition} ${say(says.as_of, { date: day.format(new Date(member.as_of)) })}`, "hint definition"),
      list,
    ];
    const countries = Object.entries(member.by_country ?? {}).sort((a, b) => b[1] - a[1]);
    if (countries.length) {
      const names = new Intl.DisplayNames(tag, { type: "region", fallback: "code" });
      const told = countries.slice(0, MOST_COUNTRIES).map(([code, n]) => `${/^[A-Z]{2}$/.test(code) ? names.of(code) : code}\u00a0${number.format(n)}`).join(" · ")
        + others(countries.length - MOST_COUNTRIES);
      parts.push(element("p", `${says.countries}: ${told}`, "countries"));
    }
    const last = heard ? `${says.last_heard}: ${dayOf.format(new Date(heard))}.` : `${says.last_heard}: ${says.never}.`;
    parts.push(element("p", last, "hint countries"));
    if (member.last_nil_return) parts.push(element("p", `${says.last_nil}: ${day.format(new Date(member.last_nil_return))}.`, "hint"));
    return [...parts, this.links(member)];
  }

  links(member) {
    const line = element("p", undefined, "links");
    const page = element("a", words.card.page);
    page.href = address(member);
    line.append(page);
    const more = (text, href) => line.append(Object.assign(element("a", text), { href }));
    if (document.getElementById("console")) {
      if (member.kind === "municipality") more(words.card.briefing, `/resumo/municipios/${member.id}.pdf`);
      more(words.card.follow, `/?member=${encodeURIComponent(member.id)}`);
    }
    return line;
  }
}
