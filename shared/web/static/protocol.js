// Looks again until the notice has gone its way, and then shows the page anew: rarely, if it takes long.
const receipt = document.querySelector("[data-protocol]");
const address = `/v1/receipts/${receipt.dataset.protocol}`;
const LONGEST_MS = 30_000;
let pause = 1_000;

async function look() {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const found = await answer.json();
      if (found.status === "dead" || found.stages.published_at) {
        location.reload();
        return;
      }
    }
  } catch {
    // The line is cut: it is asked again.
  }
  pause = Math.min(pause * 1.5, LONGEST_MS);
  setTimeout(look, pause);
}

setTimeout(look, pause);
