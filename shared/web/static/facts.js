// The list of facts: the newest on top, and nothing moves under the eyes of whoever reads.

import { address } from "./address.js";
import { group } from "./groups.js";
import { language, number, say, when, words } from "./words.js";

const SHOWN = 200;
const FEW = 4;
const BURST_MS = 600;
const FRESH_MS = 5_000;
const POINTER_MS = 60_000;

export class Facts {
  constructor() {
    this.list = document.getElementById("facts");
    this.none = document.getElementById("none");
    this.button = document.getElementById("held");
    this.template = document.getElementById("fact").content;
    this.known = new Set(this.rows().map((row) => Number(row.dataset.position)));
    this.held = [];
    this.heldMore = false;
    this.coming = [];
    this.flushed = 0;
    this.isQuiet = false;
    this.pointed = 0;
    this.button.addEventListener("click", () => {
      this.release();
      this.list.parentElement.scrollIntoView({ block: "start" });
    });
    addEventListener("scroll", () => this.settle(), { passive: true });
    this.list.addEventListener("pointermove", () => { this.pointed = Date.now(); }, { passive: true });
    this.list.addEventListener("pointerleave", () => this.settle());
    this.list.addEventListener("focusout", () => setTimeout(() => this.settle()));
    setInterval(() => this.settle(), POINTER_MS / 4);
  }

  rows() {
    return [...this.list.querySelectorAll(".fact")];
  }

  // The first position that waits behind the button, if any does: what is after it was not seen.
  get firstHeld() {
    return this.heldMore ? 0 : (this.held[0] ?? this.coming[0])?.position;
  }

  // Somebody who reads further down, points at the list, has marked of it, or is in it with the keyboard. A pointer
  // that was left lying on the list of a wall does not read.
  isBeingRead() {
    const started = this.list.getBoundingClientRect().top < 0;
    const points = this.list.matches(":hover") && Date.now() - this.pointed < POINTER_MS;
    const marks = getSelection();
    const has = (node) => node && this.list.contains(node);
    return started || points || has(document.activeElement) || (!marks.isCollapsed && has(marks.anchorNode)) || Boolean(this.list.querySelector("details[open]"));
  }

  // `isNew`: it has just happened, and is not merely caught up with.
  add(item, isNew) {
    if (this.known.has(item.position)) return;
    this.remember(item.position);
    if (this.isQuiet || this.isBeingRead()) this.hold(item);
    else if (isNew) this.queue(item);
    else this.insert(this.row(item, false), item.position);
  }

  // Quiet or not: what had come together is not lost on the way.
  hush(isQuiet) {
    this.isQuiet = isQuiet;
    if (isQuiet) this.coming.splice(0).forEach((item) => this.hold(item));
    else this.settle();
  }

  remember(position) {
    this.known.add(position);
    if (this.known.size <= 20 * SHOWN) return;
    const [oldest] = this.known;
    this.known.delete(oldest);
  }

  hold(item) {
    this.held.push(item);
    if (this.held.length > SHOWN) {
      this.held.shift();
      this.heldMore = true;
    }
    const n = number.format(this.held.length);
    const told = this.heldMore ? words.held_most : words.held;
    this.button.textContent = this.held.length === 1 ? words.held_one : say(told, { n });
    this.button.hidden = false;
  }

  settle() {
    if (this.held.length && !this.isQuiet && !this.isBeingRead()) this.release();
  }

  release() {
    const held = this.held.splice(0);
    this.button.hidden = true;
    this.heldMore = false;
    for (const item of held) this.insert(this.row(item, true), item.position);
  }

  // One fact comes at once; those that follow on its heels come together.
  queue(item) {
    this.coming.push(item);
    if (this.flushing) return;
    const pause = Math.max(0, this.flushed + BURST_MS - Date.now());
    this.flushing = setTimeout(() => this.flush(), pause);
  }

  flush() {
    this.flushing = null;
    this.flushed = Date.now();
    const items = this.coming.splice(0);
    if (this.isQuiet || this.isBeingRead()) {
      items.forEach((item) => this.hold(item));
      return;
    }
    const top = this.list.firstElementChild;
    const isFresh = top?.matches(".group") && Date.now() - Number(top.dataset.at) < FRESH_MS;
    if (!isFresh && items.length <= FEW) {
      for (const item of items) this.insert(this.row(item, true), item.position);
      return;
    }
    const older = isFresh ? top.items : [];
    const made = group([...older, ...items].slice(-SHOWN), (item) => this.row(item, false));
    made.dataset.at = this.flushed;
    if (isFresh) top.replaceWith(made);
    else this.insert(made, items.at(-1).position);
  }

  insert(row, position) {
    const after = [...this.list.children].find((each) => Number(each.dataset.position) <= position);
    if (!after && this.list.children.length >= SHOWN) return;
    this.list.insertBefore(row, after ?? null);
    this.none.hidden = true;
    while (this.list.children.length > SHOWN) this.list.lastElementChild.remove();
  }

  // What is older than all that is shown, at the end of the list.
  append(items) {
    for (const item of items.toSorted((a, b) => b.position - a.position)) {
      if (this.known.has(item.position)) continue;
      this.known.add(item.position);
      this.list.append(this.row(item, false));
    }
    this.none.hidden = this.list.children.length > 0;
  }

  get oldest() {
    const rows = this.rows();
    return rows.length ? Number(rows.at(-1).dataset.position) : null;
  }

  row(item, isNew) {
    const row = this.template.firstElementChild.cloneNode(true);
    row.classList.toggle("new", isNew);
    row.dataset.position = item.position;
    const fill = (selector, text) => {
      const element = row.querySelector(selector);
      element.textContent = text ?? "";
      element.hidden = !text;
      return element;
    };
    const headline = fill(".agreement", item.headline[language]);
    if (item.agreement) headline.href = `/acordos/${item.agreement.id}`;
    fill(".title", item.agreement?.title);
    const city = row.querySelector(".city");
    city.firstElementChild.textContent = item.member.name;
    city.href = address(item.member);
    city.dataset.member = item.member.id;
    city.dataset.kind = item.member.kind;
    fill("time", when.format(new Date(item.registered_at))).dateTime = item.registered_at;
    fill(".visibility", words.visibility[item.visibility]);
    const n = item.remarks;
    fill(".remarks", n ? (n === 1 ? words.remarks_one : say(words.remarks, { n: number.format(n) })) : "");
    return row;
  }
}
