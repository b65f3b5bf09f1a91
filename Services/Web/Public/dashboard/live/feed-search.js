// Searching messages: words that all have to be there, "whole phrases", from:name, in:channel.
// Case and accents do not count. Nothing here touches the page.

const queryMax = 200;                     // characters of a query that are looked at
const partsMax = 12;

/**
 * @typedef {{words: string[], from: string[], in: string[]}} Query  folded
 *
 * @param {string} text  as it was typed  @returns {Query}
 */
export function parse(text) {
    const query = { words: [], from: [], in: [] };
    const parts = [...text.slice(0, queryMax).matchAll(/(?:(from|in):\s*)?(?:"([^"]*)"?|(\S+))/giu)];
    for (const [, field, phrase, word] of parts.slice(0, partsMax)) {
        const value = fold(phrase ?? word).trim().replace(field ? /^[@#]/u : "", "");
        if (value !== "") query[field ? field.toLowerCase() : "words"].push(value);
    }
    return query;
}

/** Lower case without accents, and without the marks that some pile up on letters. */
export function fold(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

const folded = new WeakMap();             // message → what is searched of it

function foldedOf(message) {
    if (!folded.has(message)) {
        folded.set(message, { text: fold(message.content), channel: fold(message.channelName ?? ""),
            name: fold(`${message.displayName}\n${message.username ?? ""}`) });
    }
    return folded.get(message);
}

/**
 * Whether a message is one of those that are looked for.
 * @param {Query} query @param {ReadonlySet<string>} channels  ids; empty: all
 * @returns {(message: import("/shared/guild.js").Message) => boolean}
 */
export function matcher(query, channels) {
    const every = query.words.length + query.from.length + query.in.length === 0;
    return (message) => {
        if (channels.size > 0 && !channels.has(message.channelId)) return false;
        if (every) return true;
        const { text, name, channel } = foldedOf(message);
        return query.words.every((word) => text.includes(word) || name.includes(word))
            && query.from.every((word) => name.includes(word)) && query.in.every((word) => channel.includes(word));
    };
}

/**
 * The text in pieces, those that were looked for marked.
 * @param {string[]} words  folded  @returns {{text: string, isHit: boolean}[]}
 */
export function pieces(text, words) {
    if (words.length === 0) return [{ text, isHit: false }];
    let plain = "";
    const places = [];                    // where in `text` each character of `plain` begins
    let at = 0;
    for (const sign of text) {
        const part = fold(sign);
        for (let step = 0; step < part.length; step += 1) places.push(at);
        plain += part;
        at += sign.length;
    }
    places.push(text.length);
    const hit = new Uint8Array(text.length);
    for (const word of words) {
        for (let found = plain.indexOf(word); found >= 0; found = plain.indexOf(word, found + word.length)) {
            hit.fill(1, places[found], endOf(places, found + word.length));
        }
    }
    const all = [];
    for (let from = 0, to; from < text.length; from = to) {
        for (to = from + 1; to < text.length && hit[to] === hit[from]; to += 1);
        all.push({ text: text.slice(from, to), isHit: hit[from] === 1 });
    }
    return all;
}

/** A sign that folds to several (ß, ligatures) is marked whole. */
function endOf(places, index) {
    let end = index;
    while (end < places.length - 1 && places[end] === places[index - 1]) end += 1;
    return places[end];
}
