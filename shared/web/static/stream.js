// One open stream. It is made anew whenever it dies, and tells what it brings in spans of positions:
// {from, to, item}: all there is for this reader after `from` and up to `to`.

const SILENCE_MS = 45_000;
const LATE_MS = 20_000;
const BACKOFF_MS = [500, 30_000];

export class Stream {
  // `reader` is who the page was made for. `tell` gets {span}, {jump} and {state: open | connecting | signed-out}.
  constructor(position, reader, tell) {
    this.at = position;
    this.reader = reader;
    this.tell = tell;
    this.failures = 0;
    this.heard = Date.now();
    this.wake = () => this.check();
    this.again = () => this.open();
    addEventListener("online", this.again);
    document.addEventListener("visibilitychange", this.wake);
    this.open();
  }

  end() {
    this.isEnded = true;
    removeEventListener("online", this.again);
    document.removeEventListener("visibilitychange", this.wake);
    this.close();
  }

  open() {
    this.close();
    if (this.isEnded) return;
    const source = new EventSource(this.at === null ? "/v1/stream" : `/v1/stream?last_event_id=${this.at}`);
    this.source = source;
    const on = (name, take) =>
      source.addEventListener(name, (event) => {
        this.failures = 0;
        this.heard = Date.now();
        this.watch();
        take(JSON.parse(event.data), Number(event.lastEventId));
      });
    on("hello", (hello) => this.begin(hello));
    on("notice", (item, id) => this.span(this.at === id - 1 ? this.at : id - 1, id, item));
    on("cursor", (_, id) => this.span(this.at, id, null));
    on("reset", (_, id) => {
      this.at = id;
      this.tell({ jump: id });
    });
    source.onerror = () => this.openLater();
    this.watch();
  }

  // A session that ended is answered as nobody's: what comes now is not all that the page promises.
  begin(hello) {
    if (hello.role !== this.reader.role || (hello.member ?? "") !== this.reader.member) {
      this.end();
      this.tell({ state: "signed-out" });
      return;
    }
    if (this.at === null) {
      this.at = hello.position;
      this.tell({ jump: hello.position });
    }
    this.tell({ state: "open" });
  }

  span(from, to, item) {
    this.at = to;
    this.tell({ span: { from, to, item } });
  }

  close() {
    clearTimeout(this.watchdog);
    clearTimeout(this.reopening);
    this.source?.close();
    this.source = null;
  }

  // An EventSource gives up for good on many errors: it is made anew, with pauses that grow.
  openLater() {
    this.close();
    const [least, most] = BACKOFF_MS;
    const pause = Math.min(most, least * 2 ** this.failures++) * (0.5 + Math.random() / 2);
    this.reopening = setTimeout(() => this.open(), pause);
    this.tell({ state: "connecting" });
  }

  watch() {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.openLater(), SILENCE_MS);
  }

  // After a sleep: a heartbeat that is late tells that the connection is dead.
  check() {
    const isLate = Date.now() - this.heard > LATE_MS;
    if (!this.source || isLate || this.source.readyState !== EventSource.OPEN) this.open();
  }
}
