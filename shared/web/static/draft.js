/* Drafts of forms, on this device alone, for a week. A browser that keeps nothing loses only the draft. */
const PREFIX = "malha draft ";
const A_WEEK_MS = 7 * 86_400_000;

export function keep(name, fields) {
  write(name, { at: Date.now(), fields });
}

export function kept(name) {
  const draft = read(name);
  return draft && Date.now() - draft.at < A_WEEK_MS ? draft.fields : null;
}

export function discarded(name) {
  attempt(() => localStorage.removeItem(PREFIX + name));
}

export const sent = discarded;

function read(name) {
  return attempt(() => JSON.parse(localStorage.getItem(PREFIX + name)));
}

function write(name, draft) {
  attempt(() => localStorage.setItem(PREFIX + name, JSON.stringify(draft)));
}

function attempt(act) {
  try {
    return act();
  } catch {
    return null;
  }
}
