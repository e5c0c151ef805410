// What is held without a gap, told by nothing but ids: `complete` is the last position of it, `frontier` that
// of what was received after a gap, if there is one.
export class Progress {
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
