// The list of facts: the newest on top, and nothing moves under the eyes of whoever reads.

import { language, say, when, words } from "./words.js";

const SHOWN = 200;

export class Facts {
  constructor() {
    this.list = document.getElementById("facts");
    this.none = document.getElementById("none");
    this.button = document.getElementById("held");
    this.template = document.getElementById("fact").content;
    this.held = [];
    this.button.addEventListener("click", () => {
      this.release();
      this.list.parentElement.scrollIntoView({ block: "start" });
    });
    addEventListener("scroll", () => this.settle(), { passive: true });
    this.list.addEventListener("pointerleave", () => this.settle());
    this.list.addEventListener("focusout", () => setTimeout(() => this.settle()));
  }

  // Somebody who reads further down, points at the list or is in it with the keyboard must not have it moved.
  isBeingRead() {
    const started = this.list.getBoundingClientRect().top < 0;
    return started || this.list.matches(":hover") || this.list.contains(document.activeElement);
  }

  add(item) {
    if (item.backfill) return;
    if (this.isBeingRead()) this.hold(item);
    else this.insert(item);
  }

  hold(item) {
    this.held.push(item);
    if (this.held.length > SHOWN) this.held.shift();
    const n = this.held.length;
    this.button.textContent = n === 1 ? words.held_one : say(words.held, { n });
    this.button.hidden = false;
  }

  settle() {
    if (this.held.length && !this.isBeingRead()) this.release();
  }

  release() {
    const held = this.held.splice(0);
    this.button.hidden = true;
    for (const item of held) this.insert(item);
  }

  insert(item) {
    const rows = [...this.list.children];
    const after = rows.find((row) => Number(row.dataset.position) <= item.position);
    if (after && Number(after.dataset.position) === item.position) return;
    this.list.insertBefore(this.row(item), after ?? null);
    this.none.hidden = true;
    while (this.list.children.length > SHOWN) this.list.lastElementChild.remove();
  }

  row(item) {
    const row = this.template.firstElementChild.cloneNode(true);
    row.classList.add("new");
    row.dataset.position = item.position;
    const fill = (selector, text) => {
      const element = row.querySelector(selector);
      element.textContent = text ?? "";
      element.hidden = !text;
      return element;
    };
    fill(".headline", item.headline[language]);
    fill(".title", item.agreement?.title);
    const city = fill(".city", item.member.name);
    city.value = item.member.id;
    city.dataset.kind = item.member.kind;
    fill("time", when.format(new Date(item.registered_at))).dateTime = item.registered_at;
    fill(".visibility", words.visibility[item.visibility]);
    const n = item.remarks;
    fill(".remarks", n ? (n === 1 ? words.remarks_one : say(words.remarks, { n })) : "");
    return row;
  }
}
