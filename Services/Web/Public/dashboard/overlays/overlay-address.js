// Addresses of overlays, and the keys in them. Pure.

/** What each overlay asks the stream for: a key made for it may see no more. */
const needs = {
    voice: ["voice.*", "channel.*", "member.updated"],
    feed: ["message.*", "member.*", "voice.*", "channel.*"],
    stat: ["voice.*", "member.*", "presence.*"],
    milestones: ["member.*"],
};

/** Kinds of samples that show something in an overlay. */
const samples = {
    voice: ["voice"], feed: ["message", "member", "milestone"], stat: ["member", "voice"],
    milestones: ["member", "milestone"],
};

/** @param {string[]} overlays  "scene" is told by its parts @returns {string[]} patterns of events */
export function eventsFor(overlays) {
    return [...new Set([...overlays.flatMap((overlay) => needs[overlay] ?? []), "overlay.*"])].sort();
}

/** @param {string[]} overlays @returns {("message"|"member"|"milestone"|"voice")[]} */
export function samplesFor(overlays) {
    const wanted = new Set(overlays.flatMap((overlay) => samples[overlay] ?? []));
    return ["message", "member", "milestone", "voice"].filter((kind) => wanted.has(kind));
}

/**
 * The address for OBS.
 * @param {{overlay: string, guild: string, query: string, preset?: string|null, key?: string|null}} what
 *   `preset`: an id, whose stored options count then; `query` says what is on top of them
 */
export function overlayAddress({ overlay, guild, query, preset = null, key = null }, origin) {
    const source = new URLSearchParams({ guild, ...(preset ? { preset } : {}) }).toString();
    return [`${origin}/overlays/${overlay}?${source}`, query, key && `key=${encodeURIComponent(key)}`]
        .filter(Boolean).join("&");
}

/** The address as it may be seen by others: without the secret. */
export function masked(address) {
    return address.replace(/([?&]key=)[^&]*/, `$1${"•".repeat(12)}`);
}

/**
 * What a pasted text is: a key, or why it is none. Whether it is forged or revoked only the server knows.
 * @param {string} text  a key, or a whole address with one
 * @returns {{key: string|null, problem: string|null}}
 */
export function keyFrom(text, { guild, now }) {
    const found = /gwk1\.([\w-]+)\.[\w-]+/.exec(text);
    if (!found) return { key: null, problem: text.trim() === "" ? null : "A key begins with gwk1. and has two dots." };
    let facts;
    try {
        facts = JSON.parse(atob(found[1].replaceAll("-", "+").replaceAll("_", "/")));
    } catch {
        return { key: null, problem: "The key is not whole. Copy it again." };
    }
    if (facts.g !== guild) return { key: null, problem: "This key is of another guild." };
    if (facts.e * 1000 <= now) return { key: null, problem: "This key has expired." };
    if (facts.k !== "overlay") {
        return { key: null, problem: "This key is for programs and may do more than watch. Use an overlay key." };
    }
    return { key: found[0], problem: null };
}

/** "480 × 800" → {width, height}, within what a browser source takes. */
export function sizeFrom(text) {
    const [width, height] = String(text ?? "").split(/[×x]/).map((part) => Number.parseInt(part, 10));
    if (!(width > 0 && height > 0)) return null;
    return { width: Math.min(4096, Math.max(50, width)), height: Math.min(4096, Math.max(50, height)) };
}
