// What is held without a gap, told in spans of positions: `complete` is the last position of it, `frontier` that
// of what was received after a gap, if there is one.
export class Progress {
  constructor(position) {
    this.complete = position;
    this.frontier = position;
  }

  get hasGap() {
    return this.frontier !== this.complete;
  }

  // All that this reader may see after `from` and up to `to` is here. Returns whether any of it is new.
  take(from, to) {
    if (this.complete === null) this.complete = this.frontier = from;
    if (to <= this.frontier) return false;
    if (from <= this.frontier && !this.hasGap) this.complete = to;
    this.frontier = to;
    return true;
  }

  // The stream goes on from here, whatever came before.
  jump(position) {
    if (this.complete === null) this.complete = this.frontier = position;
    else this.frontier = Math.max(position, this.frontier);
  }

  // The registry told all of it up to here.
  filled(position) {
    this.complete = Math.max(this.complete, position);
    this.frontier = Math.max(this.frontier, this.complete);
  }
}
