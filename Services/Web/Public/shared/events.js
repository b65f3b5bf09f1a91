// The names of all events that a page may receive. A name that is not here is a mistake, not an event.
// What each one carries: specs/events.md.

/** @type {readonly string[]} */
export const EVENT_NAMES = Object.freeze([
    "voice.joined", "voice.left", "voice.moved", "voice.updated",
    "message.created", "message.updated", "message.deleted",
    "reaction.added", "reaction.removed", "reaction.cleared",
    "poll.voted", "poll.unvoted", "typing.started",
    "member.joined", "member.left", "member.updated",
    "presence.updated",
    "role.granted", "role.revoked",
    "channel.created", "channel.updated", "channel.deleted",
    "channel.pins", "channel.status", "channel.call",
    "stage.started", "stage.updated", "stage.ended",
    "scheduled_event.created", "scheduled_event.updated", "scheduled_event.deleted",
    "guild.updated", "stats.updated", "milestone.reached",
    "overlay.tested", "overlay.updated",
]);

/** Both carry the whole view: `snapshot` opens a stream, `reset` replaces what went before. */
export const SNAPSHOT_NAMES = Object.freeze(["snapshot", "reset"]);

/**
 * The names that a pattern stands for: a name, `voice.*`, or `*`.
 * @param {string} pattern
 * @returns {string[]} never empty: an unknown name throws.
 */
export function namesMatching(pattern) {
    const names = pattern === "*"
        ? [...EVENT_NAMES]
        : pattern.endsWith(".*")
            ? EVENT_NAMES.filter((name) => name.startsWith(pattern.slice(0, -1)))
            : EVENT_NAMES.filter((name) => name === pattern);
    if (names.length === 0) throw new Error(`no event is called ${pattern}`);
    return names;
}
