// One stream for all tabs of a browser: whoever holds the lock opens it, and tells the others over a channel.

import { Stream } from "./stream.js";

const SILENCE_MS = 50_000;
const ANSWER_MS = 5_000;
const KEPT = 500;

export class Sharing {
  // `tell` gets what the stream tells, in whatever tab it is open; `position` says how far this tab is.
  constructor(reader, position, tell) {
    this.reader = reader;
    this.position = position;
    this.tell = tell;
    this.name = `malha-stream:${reader.role}:${reader.member}`;
    this.id = Math.random().toString(36).slice(2);
    this.kept = [];
    addEventListener("pagehide", () => this.leave());
    addEventListener("pageshow", (event) => event.persisted && this.join());
    document.addEventListener("visibilitychange", () => document.hidden || this.isLeader || this.ask());
    this.join();
  }

  get isLeader() {
    return Boolean(this.stream);
  }

  join() {
    this.channel = new BroadcastChannel(this.name);
    this.channel.addEventListener("message", ({ data }) => this.hear(data));
    this.queue({});
    this.ask();
  }

  ask() {
    this.channel.postMessage({ ask: this.id, after: this.position() });
    this.watch(ANSWER_MS);
  }

  leave() {
    clearTimeout(this.watchdog);
    this.yield?.();
    this.abandon?.abort();
    this.stop();
    this.channel.close();
  }

  // Without locks (an old browser, a page that is not secure) each tab is on its own.
  async queue(options) {
    if (!navigator.locks) {
      this.lead();
      return;
    }
    const waiting = options.steal ? {} : { signal: (this.abandon = new AbortController()).signal };
    try {
      await navigator.locks.request(this.name, { ...options, ...waiting }, () => this.lead());
    } catch {
      // Left, or another tab took over from this one, which had fallen asleep: what it was told since, it missed.
      const wasTaken = this.isLeader;
      this.stop();
      if (!wasTaken) return;
      this.queue({});
      this.ask();
    }
  }

  lead() {
    this.kept = [];
    this.stream = new Stream(this.position(), this.reader, (told) => this.pass(told));
    return new Promise((resolve) => { this.yield = resolve; });
  }

  stop() {
    this.stream?.end();
    this.stream = null;
  }

  pass(told) {
    if (told.span) {
      this.kept.push(told);
      if (this.kept.length > KEPT) this.kept.shift();
    }
    if (told.state) this.state = told.state;
    if (told.state === "signed-out") {
      this.stop();
      this.yield?.();
    }
    this.channel.postMessage({ told });
    this.tell(told);
  }

  hear({ told, ask, after, answer, to }) {
    if (ask && this.isLeader) {
      const missed = this.kept.filter(({ span }) => after !== null && span.to > after);
      this.channel.postMessage({ to: ask, answer: [...missed, { state: this.state ?? "connecting" }] });
    }
    if (this.isLeader) return;
    if (told) this.tell(told);
    if (to === this.id) answer.forEach(this.tell);
    if (told || to === this.id) this.watch();
  }

  // A tab that is looked at does not wait for ever for one that fell asleep with the lock in its hand.
  watch(patience = SILENCE_MS) {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => {
      if (this.isLeader || document.hidden || !navigator.locks) return;
      this.abandon?.abort();
      this.queue({ steal: true });
    }, patience);
  }
}
