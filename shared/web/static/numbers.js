// The numbers of all municipalities, as far as the reader sees them; asked for anew after facts have come.

const LEAST_MS = 5_000;
const PATIENCE_MS = 20_000;
const AGAIN_MS = 30_000;

export class Numbers {
  constructor() {
    this.members = {};
    this.asOf = null;
    this.listeners = [];
    this.isLoaded = new Promise((resolve) => { this.loaded = resolve; });
    this.load();
    document.addEventListener("visibilitychange", () => document.hidden || (this.isStale && this.refresh()));
    // A day has its own numbers, also where nobody tells anything.
    setInterval(() => this.refresh(), 3_600_000);
  }

  onChange(listener) {
    this.listeners.push(listener);
  }

  // What is known of a municipality; null: no information.
  of(member) {
    return this.members[member] ?? null;
  }

  refresh() {
    this.isStale = true;
    if (document.hidden || this.waiting) return;
    this.waiting = setTimeout(() => this.load(), LEAST_MS);
  }

  async load() {
    this.waiting = null;
    this.isStale = false;
    try {
      const answer = await fetch("/mapa/numeros", { signal: AbortSignal.timeout(PATIENCE_MS) });
      if (!answer.ok) throw new Error(String(answer.status));
      const { as_of: asOf, fields, members } = await answer.json();
      this.asOf = asOf;
      this.members = Object.fromEntries(
        Object.entries(members).map(([id, row]) => [id, Object.fromEntries(fields.map((field, place) => [field, row[place]]))]),
      );
      this.loaded();
      for (const listener of this.listeners) listener();
    } catch {
      this.waiting = setTimeout(() => this.load(), AGAIN_MS);
    }
  }
}
