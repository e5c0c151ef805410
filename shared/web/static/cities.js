// The list that says what the map says, and the search in it.

import { figure, rank } from "./measures.js";

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();

export class Cities {
  constructor(numbers) {
    this.numbers = numbers;
    this.list = document.getElementById("city-list");
    this.all = document.getElementById("all-cities");
    this.rows = [...(this.list?.children ?? [])].map((row) => {
      const link = row.firstElementChild;
      return { row, link, member: link.dataset.member, name: plain(link.textContent), figure: row.lastElementChild };
    });
    this.names = new Map(this.rows.map(({ member, link }) => [member, link.textContent]));
    const wall = matchMedia("(min-width: 100rem)");
    const unfold = () => { if (this.all && wall.matches) this.all.open = true; };
    unfold();
    wall.addEventListener("change", unfold);
    if (!this.list) return;
    this.search();
    for (const left of ["focusout", "pointerleave"]) this.list.addEventListener(left, () => setTimeout(() => this.settle()));
  }

  settle() {
    if (this.later) this.show(this.wanted);
  }

  // The most first; but not under the pointer or the keyboard of whoever is in the list.
  show(measure) {
    if (!this.list) return;
    for (const { member, figure: place } of this.rows) {
      const known = this.numbers.of(member);
      const text = figure(known, measure);
      if (place.textContent !== text) place.textContent = text;
      place.classList.toggle("unknown", rank(known, measure) < 0);
    }
    const isWalked = this.list.contains(document.activeElement);
    // What is moved loses the keyboard: the first numbers, too, may come when somebody is in the list already.
    this.later = this.measure === measure ? isWalked || this.list.matches(":hover") : isWalked && !this.measure;
    this.wanted = measure;
    if (this.later) return;
    this.measure = measure;
    const ranks = new Map(this.rows.map(({ member }) => [member, rank(this.numbers.of(member), measure)]));
    this.rows.sort((a, b) => ranks.get(b.member) - ranks.get(a.member) || (a.name < b.name ? -1 : 1));
    this.list.append(...this.rows.map(({ row }) => row));
  }

  search() {
    const field = document.getElementById("find");
    const none = document.getElementById("no-city");
    field.addEventListener("input", () => {
      const asked = plain(field.value);
      let found = 0;
      for (const { row, name } of this.rows) {
        row.hidden = Boolean(asked) && !` ${name}`.includes(` ${asked}`);
        found += row.hidden ? 0 : 1;
      }
      none.hidden = found > 0;
      if (asked) this.all.open = true;
    });
    field.form.addEventListener("submit", (event) => {
      const first = field.value.trim() && this.best(plain(field.value));
      if (!first) return;
      event.preventDefault();
      first.link.click();
    });
  }

  // The name itself, one that begins like it, one that holds it.
  best(asked) {
    const shown = this.rows.filter(({ row }) => !row.hidden);
    return shown.find(({ name }) => name === asked) ?? shown.find(({ name }) => name.startsWith(asked)) ?? shown[0];
  }
}
