// The open stream: it is made anew whenever it dies, and says how complete the page is.

import { Facts } from "./facts.js";
import { Progress } from "./progress.js";
import { say, words } from "./words.js";

const SILENCE_MS = 45_000;
const HIDDEN_MS = 60_000;
const BACKOFF_MS = [500, 30_000];
const PAGE = 500;

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

export class Live {
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
