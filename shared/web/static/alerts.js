// Notifications on the desktop, of the kinds that this user chose. The browser asks on the click, never before.

import { language, number, say, words } from "./words.js";

const KEY = "malha-alerts";
const MOST = 3;
const TOGETHER_MS = 500;

export class Alerts {
  constructor() {
    const box = document.getElementById("alerts");
    this.note = document.getElementById("alerts-note");
    this.chosen = new Set(this.kept());
    this.coming = [];
    box.hidden = false;
    document.getElementById("alert-kinds").append(...words.kind_order.map((kind) => this.choice(kind, words.kinds[kind])));
    if (!("Notification" in window)) this.note.textContent = words.alerts_missing;
    else if (this.chosen.size && Notification.permission === "denied") this.note.textContent = words.alerts_denied;
  }

  kept() {
    try {
      return JSON.parse(localStorage.getItem(KEY)) ?? [];
    } catch {
      return [];
    }
  }

  choice(kind, name) {
    const line = document.createElement("div");
    line.className = "choice";
    const box = document.createElement("input");
    box.type = "checkbox";
    box.id = `alert-${kind}`;
    box.checked = this.chosen.has(kind);
    box.addEventListener("change", () => this.choose(kind, box));
    const label = document.createElement("label");
    label.htmlFor = box.id;
    label.textContent = name;
    line.append(box, label);
    return line;
  }

  async choose(kind, box) {
    if (box.checked && (!("Notification" in window) || (await Notification.requestPermission()) !== "granted")) {
      box.checked = false;
      this.note.textContent = "Notification" in window ? words.alerts_denied : words.alerts_missing;
    } else this.note.textContent = "";
    if (box.checked) this.chosen.add(kind);
    else this.chosen.delete(kind);
    localStorage.setItem(KEY, JSON.stringify([...this.chosen]));
  }

  // Several that come together are one. Who is looking at this page needs none.
  add(item) {
    this.chosen = new Set(this.kept()); // another tab may have chosen
    if (!this.chosen.has(words.kind_of[item.type] ?? "outros") || document.hasFocus()) return;
    this.coming.push(item);
    this.telling ??= setTimeout(() => this.tell(), TOGETHER_MS);
  }

  tell() {
    this.telling = null;
    const items = this.coming.splice(0);
    if (items.length > MOST) this.show(say(words.alerts_many, { n: number.format(items.length) }), "", "/", "many");
    else for (const item of items) {
      const path = item.agreement ? `/acordos/${item.agreement.id}` : "/";
      this.show(item.headline[language], item.agreement?.title ?? "", path, String(item.position));
    }
  }

  show(title, body, path, about) {
    try {
      const shown = new Notification(title, { body, tag: `malha-${about}`, icon: "/static/icon.svg", lang: document.documentElement.lang });
      shown.addEventListener("click", () => {
        focus();
        if (path !== "/") open(path, "_blank", "noopener");
        shown.close();
      });
    } catch {
      this.note.textContent = words.alerts_missing; // phones know the word and cannot do it
    }
  }
}
