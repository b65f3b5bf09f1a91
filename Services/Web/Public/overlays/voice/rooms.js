// Which people of which rooms a voice overlay shows: pure.

import { voiceByChannel } from "/shared/guild.js";

const byName = new Intl.Collator().compare;

/** As the dashboard has them. */
function inOrder(a, b) {
    return byName(a.displayName, b.displayName) || (a.userId < b.userId ? -1 : 1);
}

/**
 * The first so many of a list, in order: of 2,000 people the 25 that are shown are found without sorting the rest.
 * @template Item
 * @param {Item[]} items @param {number} count @param {(a: Item, b: Item) => number} compare
 */
export function firstOf(items, count, compare) {
    const first = [];
    for (const item of items) {
        if (first.length === count && (count === 0 || compare(item, first.at(-1)) >= 0)) continue;
        let at = first.length;
        while (at > 0 && compare(item, first[at - 1]) < 0) at -= 1;
        first.splice(at, 0, item);
        if (first.length > count) first.pop();
    }
    return first;
}

/**
 * What to show: channels with somebody in them, at most `max` people in all, and how many are left over.
 * @param {import("/shared/guild.js").Guild} guild
 */
export function roomsToShow(guild, { channel: channels, max, hide }) {
    const people = new Map();       // channel id → who is in it and wanted
    for (const member of guild.voice.values()) {
        if (channels.length > 0 && !channels.includes(member.channelId)) continue;
        if (hide.includes("bots") && member.bot) continue;
        if (!people.has(member.channelId)) people.set(member.channelId, []);
        people.get(member.channelId).push(member);
    }
    // The order of the rooms needs one person of each.
    const voice = new Map([...people.values()].map(([member]) => [member.userId, member]));
    let room = max;
    let more = 0;
    const rooms = [];
    for (const { channel } of voiceByChannel({ ...guild, voice })) {
        const wanted = people.get(channel.id) ?? [];
        const members = firstOf(wanted, room, inOrder);
        room -= members.length;
        more += wanted.length - members.length;
        if (members.length > 0) rooms.push({ channel, members });
    }
    return { rooms, more };
}
