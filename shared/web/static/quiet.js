// Quiet: nothing slides in, nothing lights up, nothing pops up; what comes waits behind a button.

const KEY = "malha-quiet";

export class Quiet {
  constructor(change) {
    this.button = document.getElementById("quiet");
    this.button.hidden = false;
    this.change = change;
    this.set(localStorage.getItem(KEY) === "true");
    this.button.addEventListener("click", () => this.set(!this.isOn));
    addEventListener("storage", (event) => event.key === KEY && this.set(event.newValue === "true"));
  }

  set(isOn) {
    this.isOn = isOn;
    this.button.setAttribute("aria-pressed", String(isOn));
    document.documentElement.classList.toggle("is-quiet", isOn);
    if (localStorage.getItem(KEY) !== String(isOn)) localStorage.setItem(KEY, String(isOn));
    this.change(isOn);
  }
}
