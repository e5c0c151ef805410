// What came since the last visit, grouped. How far was seen stays in this browser, a position and a time.

import { chips, named } from "./groups.js";
import { feedAfter } from "./live.js";
import { number, say, when, words } from "./words.js";

const MOST = 2_000;
const PAGE = 500;

export class Visit {
  // `seenTo` gives the position up to which everything was shown by now.
  constructor(reader, position, seenTo) {
    this.key = `malha-seen:${reader.role}:${reader.member}`;
    this.seenTo = seenTo;
    this.box = document.getElementById("since");
    const last = this.last();
    this.isAway = document.hidden;
    if (last && position !== null && last.position < position) this.tell(last, position);
    if (last && position !== null && last.position > position) localStorage.removeItem(this.key); // of another life
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.keep();
      this.isAway = document.hidden;
    });
    addEventListener("pagehide", () => this.isAway || this.keep());
    setInterval(() => document.hidden || this.keep(), 15_000);
  }

  last() {
    try {
      const { position, at } = JSON.parse(localStorage.getItem(this.key));
      return Number.isSafeInteger(position) ? { position, at } : null;
    } catch {
      return null;
    }
  }

  // Several tabs may be open: the furthest that any of them has shown.
  keep() {
    const position = this.seenTo();
    if (position === null) return;
    const last = this.last();
    if (last && last.position > position) return;
    localStorage.setItem(this.key, JSON.stringify({ position, at: new Date().toISOString() }));
  }

  async tell(last, upTo) {
    this.mark(last.position);
    let items = [];
    let after = last.position;
    try {
      while (after < upTo && items.length < MOST) {
        const page = await feedAfter(after, PAGE);
        if (page.position <= after) break;
        items = items.concat(page.items.filter((item) => item.position <= upTo));
        after = page.position;
      }
    } catch {
      return; // the registry is away: the marks in the list still tell what is new
    }
    if (items.length) this.show(last, items, after < upTo);
  }

  show(last, items, isMore) {
    const title = document.createElement("h2");
    title.id = "since-title";
    title.textContent = say(words.since, { when: when.format(new Date(last.at)) });
    const count = document.createElement("p");
    count.className = "headline";
    const n = number.format(items.length);
    count.textContent = isMore ? say(words.since_most, { n }) : items.length === 1 ? words.since_one : say(words.since_many, { n });
    const who = document.createElement("p");
    who.textContent = named(items);
    const close = document.createElement("button");
    close.type = "button";
    close.className = "close";
    close.textContent = words.close;
    close.addEventListener("click", () => {
      this.box.hidden = true;
      document.getElementById("quiet").focus();
    });
    this.box.replaceChildren(title, close, count, chips(items), who);
    this.box.hidden = false;
  }

  // Where what was seen begins, in the list as it was opened.
  mark(position) {
    const rows = [...document.querySelectorAll("#facts > .fact")];
    const seen = rows.find((row) => Number(row.dataset.position) <= position);
    if (!seen || seen === rows[0]) return;
    seen.classList.add("seen");
    seen.dataset.line = words.seen_line;
  }
}
