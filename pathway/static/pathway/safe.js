// Entries that were pressed and have not arrived: one locked item each on this device, so that two windows never write
// over each other. The key stands on the pages of their own person only; anybody may see how many there are.
const PREFIX = "pathway-not-sent:";
const { user, lock } = document.body.dataset;
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""));

/** Whether this browser can keep entries for this person. */
export const able = Boolean(user && lock && globalThis.crypto?.subtle && navigator.locks);
const key = able && crypto.subtle.importKey("raw", bytes(lock), "AES-GCM", false, ["encrypt", "decrypt"]);

/** Keep an entry, or what became of it. Throws where the device has no room. */
export async function store(entry) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const box = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key, new TextEncoder().encode(JSON.stringify(entry)));
  localStorage.setItem(PREFIX + entry.id, JSON.stringify({ user, arrived: Boolean(entry.told), iv: text(iv), box: text(box) }));
}

export const drop = (id) => localStorage.removeItem(PREFIX + id);

export const isEntry = (name) => name?.startsWith(PREFIX);

const names = () => Object.keys(localStorage).filter(isEntry);

function box(name) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? {};
  } catch {
    return {};
  }
}

async function unlocked(name) {
  try {
    const { user: whose, iv, box: locked } = box(name);
    if (whose !== user) return null;
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(iv) }, await key, bytes(locked));
    return JSON.parse(new TextDecoder().decode(plain));
  } catch {
    return null; // of another key: it stays as it is
  }
}

/** This person's entries, the oldest first. */
export async function entries() {
  const found = (await Promise.all(names().map(unlocked))).filter(Boolean);
  return found.sort((one, other) => one.at - other.at);
}

/** How many entries have not arrived: those of this person, or on a page of nobody those of everybody. */
export function howMany() {
  return names().map(box).filter(({ user: whose, arrived }) => whose && !arrived && (!user || whose === user)).length;
}
