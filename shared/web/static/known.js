/* Who else in Minas knows this partner: asked of the registry while the name is typed. The answer comes beside
   the link that shows the same, not in its place: somebody may stand on it, or count the fields by Tab. */
const PAUSE_MS = 400;
const FEWEST_LETTERS = 3;
const MOST_SHOWN = 5;

export function showKnown(place, say) {
  const field = document.getElementById(place.dataset.known);
  let waiting = 0;
  let asked = "";
  if (!field) return;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE_MS);
  });

  async function ask() {
    const name = field.value.trim();
    if (name === asked) return;
    asked = name;
    if (name.length < FEWEST_LETTERS) {
      place.replaceChildren();
      return;
    }
    try {
      const answer = await fetch(`/acordos/parceiros?nome=${encodeURIComponent(name)}`, {
        headers: { Accept: "application/json", "Accept-Language": document.documentElement.lang },
      });
      if (!answer.ok || asked !== name) return;
      show(place, (await answer.json()).items, say);
    } catch {
      place.replaceChildren(); // the registry may be away: the form does without
    }
  }
}

function show(place, items, say) {
  place.textContent = items.length ? say.known : say.nobody;
  if (!items.length) return;
  const list = document.createElement("ul");
  for (const item of items.slice(0, MOST_SHOWN)) {
    const line = document.createElement("li");
    line.textContent = item.words;
    list.append(line);
  }
  place.append(list);
}
