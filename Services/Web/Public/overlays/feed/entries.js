// What a feed shows, out of what is known: pure.

import { segments } from "/shared/format.js";
import { cut, isSeen, personName, scrub } from "/shared/overlay-text.js";

/**
 * @typedef {object} Entry
 * @property {string} id @property {"message"|"join"|"milestone"} kind @property {number} ts
 * @property {string|null} userId @property {string} name @property {string|null} avatar
 * @property {string} [channel] @property {{kind: string, text: string}[]} [parts] @property {number} [files]
 * @property {number} [count]
 */

const contentMax = 2_000;
const joinsMax = 30;                // the most that a feed can show

// A message, a reply, and the answer of a command; the others are Discord's own words about boosts, pins and threads.
const writtenTypes = new Set([0, 19, 20, 23]);

/**
 * Takes note of who joined; who left again is no newcomer.
 * @param {{joins?: object[]}} memory
 */
export function rememberJoin(memory, { id, event, ts, payload }) {
    const others = (memory.joins ?? []).filter(({ payload: other }) => other.userId !== payload.userId);
    if (event === "member.joined") memory.joins = [...others, { id, ts, payload }].slice(-joinsMax);
    if (event === "member.left") memory.joins = others;
}

/** Whether a message is one to be shown. */
export function isShown(message, { channel, hide }, filter, drop) {
    if (channel.length > 0 && !channel.includes(message.channelId)) return false;
    if (hide.includes("bots") && message.bot && !message.webhook) return false;
    if (hide.includes("webhooks") && message.webhook) return false;
    if (message.type !== undefined && !writtenTypes.has(message.type)) return false;
    if (!isSeen(message.content) && !(message.attachments > 0)) return false;
    return !drop || !(filter.found(message.content) || filter.found(message.displayName ?? ""));
}

/**
 * A message's text in pieces, no longer than asked for, without bad words and without links that are not wanted.
 * @param {{user: (id: string) => string|undefined, channel: (id: string) => string|undefined}} names
 */
export function messageParts(content, { length, links }, filter, words, names) {
    const parts = [];
    let room = length;
    for (const { kind, text } of segments(content.slice(0, contentMax), names)) {
        const shown = filter.mask(kind === "link" && links !== "show" ? linkText(text, links, words) : scrub(text));
        if (room <= 0) {
            if (isSeen(shown)) parts.push({ kind: "text", text: "…" });
            break;
        }
        const part = cut(shown, room);
        room -= part.signs;
        if (part.text !== "") parts.push({ kind, text: part.text });
        if (part.text !== shown) break;
    }
    return parts;
}

function linkText(address, links, words) {
    if (links === "hide") return words.link;
    try {
        return new URL(address).hostname.replace(/^www\./, "");
    } catch {
        return words.link;
    }
}

/** @returns {Entry} */
export function messageEntry(message, values, filter, words, names) {
    return {
        id: message.messageId, kind: "message", ts: message.ts, userId: message.userId, avatar: message.avatar,
        name: personName(message, words.someone, filter.mask), channel: scrub(message.channelName ?? ""),
        parts: messageParts(message.content, values, filter, words, names), files: message.attachments,
    };
}

/** @returns {Entry} */
export function joinEntry({ id, ts, payload }, filter, words) {
    return {
        id: `join-${id}`, kind: "join", ts, userId: payload.userId, avatar: payload.avatar ?? null,
        name: personName(payload, words.someone, filter.mask),
    };
}

/** @returns {Entry} */
export function milestoneEntry({ count, ts }) {
    return { id: `milestone-${count}-${ts}`, kind: "milestone", ts, userId: null, name: "", avatar: null, count };
}

/**
 * The newest of all entries that have not faded, in the order in which they are shown.
 * @param {Entry[]} entries @param {{limit: number, fade: number, newest: string}} values
 */
export function entriesToShow(entries, { limit, fade, newest }, now) {
    const due = entries.filter(({ ts }) => fade === 0 || now - ts < fade * 1_000);
    const last = due.map((entry, at) => ({ entry, at })).sort((a, b) => a.entry.ts - b.entry.ts || a.at - b.at)
        .slice(-limit).map(({ entry }) => entry);
    return newest === "first" ? last.reverse() : last;
}
