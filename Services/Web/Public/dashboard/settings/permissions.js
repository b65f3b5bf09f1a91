// Discord's permissions as its own pages call them, and where they are switched on. Nothing here touches the page.

const names = {
    VIEW_CHANNEL: "View Channels", MANAGE_ROLES: "Manage Roles", VIEW_AUDIT_LOG: "View Audit Log",
    READ_MESSAGE_HISTORY: "Read Message History", EMBED_LINKS: "Embed Links", ADD_REACTIONS: "Add Reactions",
    SEND_MESSAGES: "Send Messages", SEND_MESSAGES_IN_THREADS: "Send Messages in Threads", CONNECT: "Connect",
};

/** "SEND_TTS_MESSAGES" → "Send Tts Messages", where it is not known better. */
export function permissionName(permission) {
    return names[permission] ?? permission.toLowerCase().split("_").filter(Boolean)
        .map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(" ");
}

/** "A", "A and B", "A, B and C" */
export function listed(words) {
    return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/**
 * Channels that lack the same belong together: there may be hundreds, and one change of a role mends them all.
 * Those that cannot be seen at all come first.
 * @param {{id: string, name: string, type: number, missing: string[]}[]} channels
 * @returns {{missing: string[], channels: object[]}[]}
 */
export function grouped(channels) {
    const groups = new Map();
    for (const channel of channels) {
        const key = channel.missing.join(" ");
        if (!groups.has(key)) groups.set(key, { missing: channel.missing, channels: [] });
        groups.get(key).channels.push(channel);
    }
    const unseen = ({ missing }) => (missing.includes("VIEW_CHANNEL") ? 0 : 1);
    return [...groups.values()].sort((a, b) => unseen(a) - unseen(b) || b.channels.length - a.channels.length);
}
