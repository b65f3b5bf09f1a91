// What happened, in words: events of the activity as sentences.

import { plain } from "/shared/format.js";

/** Event name → words after the person's name: plain ones, and those that stand out as an array of one. */
const sentences = {
    "voice.joined": (payload) => ["joined", [payload.channelName]],
    "voice.left": (payload) => ["left", [payload.channelName]],
    "voice.moved": (payload) => ["moved to", [payload.channelName]],
    "member.joined": () => ["became a member"],
    "member.left": () => ["left the guild"],
    "role.granted": (payload) => ["got the role", [payload.roleName]],
    "role.revoked": (payload) => ["lost the role", [payload.roleName]],
    "reaction.added": (payload) => ["reacted", [emojiText(payload.emoji)], "in", [`#${payload.channelName}`]],
    "milestone.reached": (payload) => ["reached", [String(payload.count ?? payload.name ?? "")]],
};

/** @returns {(string|[string])[]} */
export function wordsOf(event, payload) {
    return sentences[event]?.(payload) ?? [];
}

/** As plain text, for who listens: names of 4,000 characters are cut. */
export function sentence(event, payload) {
    const words = wordsOf(event, payload).map((word) => (Array.isArray(word) ? plain(word[0] ?? "", 40) : word));
    return [plain(payload.displayName || payload.username || "Someone", 40), ...words].join(" ");
}

function emojiText(emoji) {
    return emoji?.id ? `:${emoji.name}:` : emoji?.name ?? "";
}
