// The console: facts as they come, how complete they are, and of each city how many agreements it has.

const SHOWN = 200;
const SILENCE_MS = 45_000;
const BACKOFF_MS = [500, 30_000];
const PAGE = 500;
const HIDDEN_MS = 60_000;

const root = document.getElementById("console");
const words = JSON.parse(document.getElementById("words").textContent);
const language = document.documentElement.lang.startsWith("en") ? "en" : "pt";
const tag = language === "en" ? "en-GB" : "pt-BR";
const say = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const when = new Intl.DateTimeFormat(tag, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "America/Sao_Paulo" });
const day = new Intl.DateTimeFormat(tag, { dateStyle: "long", timeZone: "UTC" });
const instant = new Intl.DateTimeFormat(tag, { dateStyle: "long", timeStyle: "short", timeZone: "America/Sao_Paulo" });

// What is held without a gap, told by nothing but ids: `complete` is the last position of it, `frontier` that
// of what was received after a gap, if there is one.
class Progress {
  constructor(position) {
    this.complete = position;
    this.frontier = position;
  }

  get hasGap() {
    return this.frontier !== this.complete;
  }

  advance(position) {
    if (this.hasGap) this.frontier = position;
    else this.complete = this.frontier = position;
  }

  // Returns whether the notice is new. One that does not follow opens a gap: a cursor should have come first.
  notice(position) {
    if (this.complete === null) this.advance(position);
    else if (position <= this.frontier) return false;
    else if (position === this.frontier + 1) this.advance(position);
    else this.frontier = position;
    return true;
  }

  cursor(position) {
    if (this.complete === null || position > this.frontier) this.advance(position);
  }

  // The stream goes on from here, whatever came before.
  jump(position) {
    if (this.complete === null) this.advance(position);
    else this.frontier = Math.max(position, this.frontier);
  }

  filled() {
    this.complete = this.frontier;
  }
}

class Facts {
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

class State {
  constructor() {
    this.line = document.getElementById("state");
    this.text = document.getElementById("state-text");
    this.spoken = document.getElementById("state-spoken");
  }

  // Positions change all the time: only a change of the kind is spoken.
  show(kind, sentence) {
    this.text.textContent = sentence;
    if (this.line.dataset.state !== kind) this.spoken.textContent = sentence;
    this.line.dataset.state = kind;
  }
}

class Live {
  constructor(position, expires) {
    this.progress = new Progress(position);
    this.facts = new Facts();
    this.state = new State();
    this.expires = expires;
    this.failures = 0;
    this.isFilling = false;
    this.isOpen = false;
    this.source = null;
    addEventListener("pagehide", () => this.close());
    addEventListener("pageshow", (event) => event.persisted && this.open());
    addEventListener("online", () => this.open());
    document.addEventListener("visibilitychange", () => this.rest());
    this.open();
  }

  open() {
    this.close();
    if (this.expires && Date.now() >= this.expires * 1000) {
      this.state.show("signed-out", words.signed_out);
      return;
    }
    const { frontier } = this.progress;
    const source = new EventSource(frontier === null ? "/v1/stream" : `/v1/stream?last_event_id=${frontier}`);
    this.source = source;
    const on = (name, take) =>
      source.addEventListener(name, (event) => {
        this.failures = 0;
        this.isOpen = true;
        this.watch();
        take(JSON.parse(event.data), Number(event.lastEventId));
        this.tell();
      });
    on("hello", (hello) => this.progress.jump(hello.position));
    on("notice", (item) => {
      if (this.progress.notice(item.position)) this.facts.add(item);
    });
    on("cursor", (cursor) => this.progress.cursor(cursor.position));
    on("reset", (_, position) => this.progress.jump(position));
    source.onerror = () => this.reopenLater();
    this.watch();
    this.tell();
  }

  // A browser has six connections for a host: tabs that nobody looks at give theirs back, and resume when shown.
  rest() {
    clearTimeout(this.hiding);
    if (document.hidden) this.hiding = setTimeout(() => this.close(), HIDDEN_MS);
    else if (!this.source) this.open();
  }

  close() {
    clearTimeout(this.watchdog);
    clearTimeout(this.reopening);
    this.source?.close();
    this.source = null;
    this.isOpen = false;
  }

  // An EventSource gives up for good on many errors: it is made anew, with pauses that grow.
  reopenLater() {
    this.close();
    const [least, most] = BACKOFF_MS;
    const pause = Math.min(most, least * 2 ** this.failures++) * (0.5 + Math.random() / 2);
    this.reopening = setTimeout(() => this.open(), pause);
    this.tell();
  }

  watch() {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.reopenLater(), SILENCE_MS);
  }

  tell() {
    const n = this.progress.complete;
    if (this.progress.hasGap) {
      this.state.show("gap", say(this.fillFailed ? words.gap_stays : words.gap, { n }));
      this.fill();
    } else if (n === null) this.state.show("connecting", words.connecting);
    else if (this.isOpen) this.state.show("complete", say(words.complete, { n }));
    else this.state.show("reconnecting", say(words.reconnecting, { n }));
  }

  // The registry has what the stream no longer holds.
  async fill() {
    if (this.isFilling) return;
    this.isFilling = true;
    try {
      for (let after = this.progress.complete; after < this.progress.frontier; ) {
        const answer = await fetch(`/v1/feed?after=${after}&limit=${PAGE}`, { signal: AbortSignal.timeout(20_000) });
        if (!answer.ok) throw new Error(answer.status);
        const { items, position } = await answer.json();
        if (position <= after) throw new Error("no progress");
        for (const item of items) this.facts.add(item);
        after = position;
      }
      this.progress.filled();
      this.fillFailed = false;
      this.isFilling = false;
      this.tell();
    } catch {
      this.fillFailed = true;
      this.tell();
      setTimeout(() => {
        this.isFilling = false;
        this.tell();
      }, 5_000);
    }
  }
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

class Card {
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
    this.card.replaceChildren(head, ...content);
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
      const told = countries.map(([code, n]) => `${/^[A-Z]{2}$/.test(code) ? names.of(code) : code} ${n}`).join(" · ");
      parts.push(element("p", `${words.countries}: ${told}`, "countries"));
    }
    const last = heard ? `${words.last_heard}: ${instant.format(new Date(heard))}.` : `${words.last_heard}: ${words.never}.`;
    parts.push(element("p", last, "hint countries"));
    if (member.last_nil_return) parts.push(element("p", `${words.last_nil}: ${day.format(new Date(member.last_nil_return))}.`, "hint"));
    return parts;
  }
}

function searchCities() {
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

const known = root.dataset.position;
new Card();
searchCities();
new Live(known === undefined ? null : Number(known), Number(root.dataset.expires ?? 0));
