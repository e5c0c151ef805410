// The map of the 853: shaded by a measure, walked with the arrow keys, lit where a fact has just come.

import { NAMES, legend, sentence, shade } from "./measures.js";
import { day, number, say, words } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const KEY = "malha-map";
const LIT_MS = 5_000;
const MOST_LIT = 60;
const CAPITAL = "3106200";
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class MunicipalMap {
  // `choose` is told a member's id; `names` has the names by id.
  constructor({ numbers, names, choose }) {
    this.numbers = numbers;
    this.names = names;
    this.choose = choose;
    this.paths = new Map();
    this.lit = new Set();
    this.readout = document.getElementById("readout");
    this.note = document.getElementById("map-note");
    const kept = localStorage.getItem(KEY);
    this.measure = NAMES.includes(kept) ? kept : NAMES[0];
    this.chooseMeasure();
    numbers.onChange(() => this.paint());
    this.load();
  }

  chooseMeasure() {
    const box = document.getElementById("measures");
    box.hidden = false;
    box.querySelector(`[value="${this.measure}"]`).checked = true;
    box.addEventListener("change", (event) => {
      this.measure = event.target.value;
      localStorage.setItem(KEY, this.measure);
      this.paint();
    });
  }

  async load() {
    try {
      const answer = await fetch("/mapa.svg", { signal: AbortSignal.timeout(60_000) });
      if (!answer.ok) throw new Error(String(answer.status));
      const drawn = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
      this.draw(document.importNode(drawn, true));
    } catch {
      this.note.textContent = words.map_failed;
    }
  }

  draw(svg) {
    svg.setAttribute("role", "listbox");
    svg.setAttribute("tabindex", "0");
    svg.setAttribute("aria-labelledby", "map-title");
    for (const path of svg.querySelectorAll("path")) {
      path.setAttribute("role", "option");
      path.setAttribute("aria-selected", "false");
      this.paths.set(path.id.slice(1), path);
    }
    this.rings = Object.fromEntries(["chosen", "active"].map((name) => [name, this.over(svg, name)]));
    this.svg = svg;
    document.getElementById("drawing").replaceChildren(svg);
    this.listen(svg);
    this.paint();
    this.point(null);
  }

  // Whatever is drawn over the shapes takes no part in anything but looking.
  over(svg, name) {
    const ring = drawn("path", { class: `ring ${name}`, "aria-hidden": "true" });
    svg.append(ring);
    return ring;
  }

  listen(svg) {
    const member = (event) => event.target.closest("path")?.id.slice(1);
    svg.addEventListener("pointerover", (event) => this.point(member(event)));
    svg.addEventListener("pointerleave", () => this.point(document.activeElement === svg ? this.active : null));
    // Before the focus that comes of it: what was touched is where the arrow keys go on.
    svg.addEventListener("pointerdown", (event) => { this.active = member(event) ?? this.active; });
    svg.addEventListener("click", (event) => {
      const chosen = member(event);
      if (!chosen) return;
      this.walkTo(chosen);
      this.choose(chosen, svg);
    });
    svg.addEventListener("focus", () => this.walkTo(this.active ?? (this.paths.has(CAPITAL) ? CAPITAL : this.paths.keys().next().value)));
    svg.addEventListener("blur", () => this.point(null));
    svg.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = DIRECTIONS[event.key];
    if (direction) this.walkTo(this.neighbour(direction));
    else if (event.key === "Enter" || event.key === " ") this.choose(this.active, this.svg);
    else if (event.key.length === 1 && /\p{L}/u.test(event.key)) this.walkTo(this.nextNamed(event.key));
    else return;
    event.preventDefault();
  }

  walkTo(member) {
    if (!member) return;
    this.active = member;
    this.svg.setAttribute("aria-activedescendant", `m${member}`);
    this.point(member);
  }

  // The nearest in a direction: what lies aside counts double.
  neighbour([dx, dy]) {
    this.centres ??= new Map([...this.paths].map(([member, path]) => [member, centre(path)]));
    const [x, y] = this.centres.get(this.active);
    let best = this.active;
    let least = Infinity;
    for (const [member, [cx, cy]] of this.centres) {
      const ahead = (cx - x) * dx + (cy - y) * dy;
      const aside = Math.abs((cx - x) * dy) + Math.abs((cy - y) * dx);
      const distance = ahead + 2 * aside;
      if (ahead > 0 && aside <= 2 * ahead && distance < least) [best, least] = [member, distance];
    }
    return best;
  }

  nextNamed(letter) {
    const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    const sorted = [...this.paths.keys()].sort((a, b) => this.name(a).localeCompare(this.name(b), "pt"));
    const from = sorted.indexOf(this.active) + 1;
    return [...sorted.slice(from), ...sorted.slice(0, from)].find((member) => plain(this.name(member)).startsWith(plain(letter)));
  }

  name(member) {
    return this.names.get(member) ?? member;
  }

  // Beside the pointer nothing hangs: what is pointed at is named where the map is empty.
  point(member) {
    this.pointed = member ?? null;
    this.ring("active", member);
    const line = (className, text) => Object.assign(document.createElement("span"), { className, textContent: text });
    if (!member) {
      this.readout.replaceChildren(line("ask", words.point));
      return;
    }
    const known = this.numbers.of(member);
    const others = known ? NAMES.filter((name) => name !== this.measure && known[name]).map((name) => sentence(known, name)) : [];
    this.readout.replaceChildren(
      line("of", this.name(member)),
      line(known ? "told" : "told unknown", sentence(known, this.measure)),
      line("rest", others.join(" · ")),
    );
  }

  ring(name, member) {
    this.rings?.[name].setAttribute("d", this.paths.get(member)?.getAttribute("d") ?? "");
  }

  // Whose card is open. Returns how far east it lies, from 0 to 1.
  select(member) {
    this.paths.get(this.selected)?.setAttribute("aria-selected", "false");
    this.selected = member;
    this.paths.get(member)?.setAttribute("aria-selected", "true");
    this.ring("chosen", member);
    const path = this.paths.get(member);
    return path ? centre(path)[0] / this.svg.viewBox.baseVal.width : 1;
  }

  paint() {
    const counts = new Map();
    for (const [member, path] of this.paths) {
      const known = this.numbers.of(member);
      const step = String(shade(known, this.measure, this.numbers.asOf));
      counts.set(step, (counts.get(step) ?? 0) + 1);
      if (path.dataset.shade !== step) path.dataset.shade = step;
      const label = `${this.name(member)}: ${sentence(known, this.measure)}`;
      if (path.getAttribute("aria-label") !== label) path.setAttribute("aria-label", label);
    }
    const rows = legend(this.measure).map(([step, text]) => {
      const row = document.createElement("li");
      row.dataset.shade = step;
      row.append(Object.assign(document.createElement("i"), { ariaHidden: "true" }), text);
      const n = counts.get(String(step));
      if (n) row.append(Object.assign(document.createElement("b"), { textContent: number.format(n) }));
      return row;
    });
    document.getElementById("legend").replaceChildren(...(this.paths.size ? rows : []));
    if (this.numbers.asOf) this.note.textContent = say(words.as_of_map, { date: day.format(new Date(this.numbers.asOf)) });
    if (this.pointed) this.point(this.pointed);
  }

  // A fact has come: its municipality shines for a moment, with a ring that is seen from afar.
  light(member) {
    const path = this.paths.get(member);
    if (!path || this.lit.has(member) || this.lit.size >= MOST_LIT) return;
    this.lit.add(member);
    const glow = drawn("g", { class: "lit", "aria-hidden": "true" });
    const [x, y] = centre(path);
    glow.append(drawn("path", { d: path.getAttribute("d") }), drawn("circle", { cx: x, cy: y, r: 60 }));
    this.svg.append(glow);
    setTimeout(() => {
      glow.remove();
      this.lit.delete(member);
    }, LIT_MS);
  }
}

function drawn(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  return made;
}

function centre(path) {
  const { x, y, width, height } = path.getBBox();
  return [x + width / 2, y + height / 2];
}
