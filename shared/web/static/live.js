// How complete the page is, and what is missing fetched: told by spans of positions, wherever they come from.

import { Progress } from "./progress.js";
import { Sharing } from "./sharing.js";
import { number, say, words } from "./words.js";

const PAGE = 500;
const AGAIN_MS = 5_000;

class Badge {
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
  // `take` gets each item, with whether it has just come; one that fills a gap may come twice.
  constructor({ position, reader, take }) {
    this.progress = new Progress(position);
    this.take = take;
    this.badge = new Badge();
    this.state = "connecting";
    this.isFilling = false;
    this.sharing = new Sharing(reader, () => this.progress.frontier, (told) => this.hear(told));
    this.show();
  }

  get complete() {
    return this.progress.complete;
  }

  hear({ span, jump, state }) {
    if (state) this.state = state;
    if (jump !== undefined) this.progress.jump(jump);
    if (span) {
      this.state = "open";
      if (this.progress.take(span.from, span.to) && span.item) this.take(span.item, true);
    }
    this.show();
  }

  show() {
    const complete = this.progress.complete;
    const n = complete === null ? "" : number.format(complete);
    if (this.state === "signed-out") this.badge.show("signed-out", words.signed_out);
    else if (this.progress.hasGap) {
      this.badge.show("gap", say(this.fillFailed ? words.gap_stays : words.gap, { n }));
      this.fill();
    } else if (complete === null) this.badge.show("connecting", words.connecting);
    else if (this.state === "open") this.badge.show("complete", say(words.complete, { n }));
    else this.badge.show("reconnecting", say(words.reconnecting, { n }));
  }

  // The registry has what the stream no longer holds.
  async fill() {
    if (this.isFilling) return;
    this.isFilling = true;
    try {
      while (this.progress.hasGap) {
        const after = this.progress.complete;
        const { items, position } = await feedAfter(after, PAGE);
        if (position <= after) throw new Error("no progress");
        for (const item of items) this.take(item, false);
        this.progress.filled(position);
      }
      this.fillFailed = false;
      this.isFilling = false;
      this.show();
    } catch {
      this.fillFailed = true;
      this.show();
      setTimeout(() => {
        this.isFilling = false;
        this.show();
      }, AGAIN_MS);
    }
  }
}

// A page of the feed; `query` narrows it.
export async function feedAfter(after, limit, query = "") {
  const answer = await fetch(`/v1/feed?after=${after}&limit=${limit}&backfill=false${query && `&${query}`}`, {
    signal: AbortSignal.timeout(20_000),
    headers: { "Accept-Language": document.documentElement.lang },
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}
