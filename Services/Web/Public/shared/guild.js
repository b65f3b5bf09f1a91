// What a page knows of its guilds, as values: apply(state, envelope) gives the next state and changes nothing.
// Parts that an event does not touch keep their identity, so that a view can tell by `===` what to redraw.

/**
 * @typedef {object} Channel
 * @property {string} id @property {string} name @property {number} type
 * @property {string|null} parentId @property {number} position
 *
 * @typedef {object} VoiceMember
 * @property {string} userId @property {string} displayName @property {string|null} avatar @property {boolean} bot
 * @property {string} channelId @property {string} [channelName]
 * @property {boolean} mute @property {boolean} deaf @property {boolean} selfMute @property {boolean} selfDeaf
 * @property {boolean} streaming @property {boolean} video @property {boolean} suppress
 * @property {number|null} since  Unix milliseconds: since when in that room; null where nobody saw them come
 *
 * @typedef {object} Reaction
 * @property {string} key @property {string} name @property {boolean} custom @property {number} count
 *
 * @typedef {object} Message
 * @property {string} messageId @property {string} channelId @property {string} channelName @property {string} userId
 * @property {string} displayName @property {string|null} avatar @property {boolean} bot @property {string} content
 * @property {number} attachments @property {number} ts @property {boolean} edited
 * @property {boolean} live  seen being written, so that its reactions are known from the first
 * @property {Reaction[]} reactions
 *
 * @typedef {object} Activity
 * @property {string} id @property {number} ts @property {string} event @property {string|null} userId
 * @property {string} displayName @property {string|null} avatar
 * @property {object} payload
 *
 * @typedef {object} Guild
 * @property {string} id @property {string} name @property {string|null} icon
 * @property {{members: number, online: number, voice: number}} counts
 * @property {Channel[]} channels
 * @property {Map<string, VoiceMember>} voice  by user id
 * @property {Message[]} messages              oldest first, at most MESSAGES_MAX
 * @property {Activity[]} activity             newest first, at most ACTIVITY_MAX of each kind
 *
 * @typedef {ReadonlyMap<string, Guild>} Guilds  by guild id, in the server's order
 */

export const MESSAGES_MAX = 200;
export const ACTIVITY_MAX = 60;

const voiceTypes = new Set([2, 13]);      // voice and stage
const threadTypes = new Set([10, 11, 12]);
const byName = new Intl.Collator().compare;

/** @type {Guilds} */
export const noGuilds = new Map();

/**
 * @param {Guilds} guilds
 * @param {import("./stream.js").Envelope} envelope
 * @returns {Guilds}
 */
export function apply(guilds, envelope) {
    if (envelope.event === "snapshot" || envelope.event === "reset") {
        const views = envelope.payload.guilds ?? [];
        return new Map(views.map((view) => [view.id, guildFromView(view, guilds.get(view.id))]));
    }
    const guild = guilds.get(envelope.guild);
    const reduce = reducers[envelope.event];
    if (!guild || !reduce) return guilds;
    const next = noted(reduce(guild, envelope.payload, envelope), envelope);
    return next === guild ? guilds : new Map(guilds).set(guild.id, next);
}

/** The activity list is no part of a snapshot: what was seen before stays true, as far as its channel may be seen. */
function guildFromView(view, before) {
    const voice = new Map((view.voice ?? []).map((member) => [member.userId, inRoom(member, member.since)]));
    const seen = new Set((view.channels ?? []).map(({ id }) => id));
    return {
        id: view.id,
        name: view.name,
        icon: view.icon || null,
        counts: { members: 0, online: 0, ...view.counts, voice: voice.size },
        channels: view.channels ?? [],
        voice,
        messages: (view.messages ?? []).slice(-MESSAGES_MAX).map((message) => messageFrom(message, message.ts, false)),
        activity: (before?.activity ?? []).filter(({ payload: { channelId } }) => !channelId || seen.has(channelId)),
    };
}

/** @returns {VoiceMember} */
function inRoom(member, since) {
    return { ...named(member), since: Number.isFinite(since) ? since : null };
}

/** @param {object} payload  of `message.created`, or as a snapshot has it  @returns {Message} */
export function messageFrom(payload, ts, live) {
    return {
        ...named(payload),
        content: payload.content ?? "",
        attachments: payload.attachments ?? 0,
        edited: Boolean(payload.editedAt),
        ts, live,
        reactions: [],
    };
}

/** Everyone is called something. */
function named(person) {
    return person.displayName ? person : { ...person, displayName: person.username || "Someone" };
}

const reducers = {
    // Whoever is seen coming is there since then; of a move that was found later nobody knows when it was.
    "voice.joined": (guild, payload, { ts }) => withVoice(guild, payload, payload.synthetic ? null : ts),
    "voice.moved": (guild, payload, { ts }) => withVoice(guild, payload, payload.synthetic ? null : ts),
    "voice.updated": (guild, payload) => withVoice(guild, payload, guild.voice.get(payload.userId)?.since),
    "voice.left": (guild, payload) => withoutVoice(guild, ({ userId }) => userId === payload.userId),

    "message.created": (guild, payload, envelope) => ({
        ...guild,
        messages: [
            ...guild.messages.filter((message) => message.messageId !== payload.messageId),
            messageFrom(payload, envelope.ts, true),
        ].slice(-MESSAGES_MAX),
    }),
    ...Object.fromEntries(["message.updated", "reaction.added", "reaction.removed", "reaction.cleared"]
        .map((event) => [event, (guild, payload, envelope) => withMessage(guild, payload.messageId, envelope)])),
    "message.deleted": (guild, payload) =>
        withoutMessages(guild, ({ messageId }) => messageId === payload.messageId),

    "member.joined": (guild, payload) => withCounts(guild, { members: payload.members, online: payload.online }),
    "member.left": (guild, payload) => withCounts(guild, { members: payload.members, online: payload.online }),
    "member.updated": (guild, payload) => renamed(guild, payload),
    "presence.updated": (guild, payload) => withCounts(guild, { online: payload.online }),
    "stats.updated": (guild, payload) => withCounts(guild, { members: payload.members, online: payload.online }),
    "role.granted": (guild) => guild,
    "role.revoked": (guild) => guild,

    "channel.created": (guild, payload) => withChannel(guild, payload),
    "channel.updated": (guild, payload) => withChannel(guild, payload),
    "channel.deleted": (guild, payload) => withoutChannels(guild, goneWith(guild.channels, payload.channelId)),
    "guild.updated": (guild, payload) => ({
        ...guild,
        name: payload.name ?? guild.name,
        icon: payload.icon === undefined ? guild.icon : payload.icon,
    }),
};

function withVoice(guild, payload, seen) {
    const held = guild.voice.get(payload.userId);
    const member = inRoom({ ...held, ...payload }, payload.since ?? seen);
    return counted({ ...guild, voice: new Map(guild.voice).set(payload.userId, member) });
}

function withoutVoice(guild, isGone) {
    const stays = [...guild.voice].filter(([, member]) => !isGone(member));
    return stays.length === guild.voice.size ? guild : counted({ ...guild, voice: new Map(stays) });
}

function counted(guild) {
    return { ...guild, counts: { ...guild.counts, voice: guild.voice.size } };
}

function withoutMessages(guild, isGone) {
    const messages = guild.messages.filter((message) => !isGone(message));
    return messages.length === guild.messages.length ? guild : { ...guild, messages };
}

/** What cannot be seen any more takes with it what was said and done there. */
function withoutChannels(guild, gone) {
    const there = ({ channelId }) => gone.has(channelId);
    const channels = guild.channels.filter(({ id }) => !gone.has(id));
    const activity = guild.activity.filter(({ payload }) => !there(payload));
    const next = withoutMessages(withoutVoice(guild, there), there);
    if (channels.length === guild.channels.length && activity.length === guild.activity.length) return next;
    return { ...next, channels, activity };
}

/** A channel that goes takes its threads along. @returns {Set<string>} */
export function goneWith(channels, id) {
    const threads = channels.filter(({ type, parentId }) => parentId === id && threadTypes.has(type));
    return new Set([id, ...threads.map((thread) => thread.id)]);
}

function withMessage(guild, messageId, envelope) {
    const index = guild.messages.findIndex((message) => message.messageId === messageId);
    if (index < 0) return guild;
    const next = changed(guild.messages[index], envelope);
    if (next === guild.messages[index]) return guild;
    return { ...guild, messages: guild.messages.map((message, at) => (at === index ? next : message)) };
}

/** The message behind an event that edits it or is a reaction to it; the same one where nothing changes. */
export function changed(message, { event, payload }) {
    switch (event) {
    case "message.updated": return {
        ...message,
        content: payload.content ?? message.content,
        attachments: payload.attachments ?? message.attachments,
        edited: message.edited || Boolean(payload.editedAt),
    };
    case "reaction.added": return withReaction(message, payload, 1);
    case "reaction.removed": return withReaction(message, payload, -1);
    case "reaction.cleared": return { ...message, reactions: payload.emoji
        ? message.reactions.filter((reaction) => reaction.key !== emojiKey(payload.emoji))
        : [] };
    default: return message;
    }
}

/** Only messages seen being written count reactions: of the others nobody told how many there were before. */
function withReaction(message, payload, step) {
    if (!message.live) return message;
    const key = emojiKey(payload.emoji);
    const held = message.reactions.find((reaction) => reaction.key === key);
    const count = (held?.count ?? 0) + step;
    if (count <= 0) return { ...message, reactions: message.reactions.filter((reaction) => reaction !== held) };
    const next = { key, name: payload.emoji.name, custom: Boolean(payload.emoji.id), count };
    const reactions = held
        ? message.reactions.map((reaction) => (reaction === held ? next : reaction))
        : [...message.reactions, next];
    return { ...message, reactions };
}

function emojiKey(emoji) {
    return emoji.id ?? emoji.name;
}

function withCounts(guild, part) {
    const counts = { ...guild.counts };
    for (const [name, value] of Object.entries(part)) if (Number.isFinite(value)) counts[name] = value;
    const same = Object.keys(counts).every((name) => counts[name] === guild.counts[name]);
    return same ? guild : { ...guild, counts };
}

/** A new nickname shows at once where the person is in voice; messages keep the name they were written under. */
function renamed(guild, payload) {
    const member = guild.voice.get(payload.userId);
    if (!member || !payload.displayName) return guild;
    if (member.displayName === payload.displayName && member.avatar === payload.avatar) return guild;
    const { displayName, avatar = member.avatar } = payload;
    return { ...guild, voice: new Map(guild.voice).set(payload.userId, { ...member, displayName, avatar }) };
}

function withChannel(guild, payload) {
    const { channelId, name, type, parentId = null, position = 0 } = payload;
    const others = guild.channels.filter((channel) => channel.id !== channelId);
    return { ...guild, channels: [...others, { id: channelId, name, type, parentId, position }] };
}

const activityEvents = new Set([
    "voice.joined", "voice.left", "voice.moved", "member.joined", "member.left",
    "role.granted", "role.revoked", "reaction.added", "milestone.reached",
]);

function noted(guild, envelope) {
    if (!activityEvents.has(envelope.event)) return guild;
    const { payload } = envelope;
    const entry = {
        id: envelope.id, ts: envelope.ts, event: envelope.event, payload,
        userId: payload.userId ?? null, displayName: named(payload).displayName, avatar: payload.avatar ?? null,
    };
    const kind = kindOf(entry);
    let room = ACTIVITY_MAX - 1;
    const others = guild.activity.filter((one) => kindOf(one) !== kind || (room -= 1) >= 0);
    return { ...guild, activity: [entry, ...others] };
}

/** What an entry of the activity is about: "voice", "member", "role", "reaction", "milestone". */
export function kindOf({ event }) {
    return event.slice(0, event.indexOf("."));
}

/**
 * All voice channels in Discord's order with who is in them; a channel that is not listed but has people comes last.
 * @param {Guild} guild
 * @returns {{channel: Channel, members: VoiceMember[]}[]}
 */
export function voiceByChannel(guild) {
    const parents = new Map(guild.channels.map((channel) => [channel.id, channel]));
    const rooms = new Map(guild.channels
        .filter((channel) => voiceTypes.has(channel.type))
        .map((channel) => [channel.id, { channel, members: [] }]));
    for (const member of guild.voice.values()) {
        if (!rooms.has(member.channelId)) {
            const name = member.channelName ?? "Voice";
            const channel = { id: member.channelId, name, type: 2, parentId: null, position: Infinity };
            rooms.set(member.channelId, { channel, members: [] });
        }
        rooms.get(member.channelId).members.push(member);
    }
    const place = (channel) => [parents.get(channel.parentId)?.position ?? -1, channel.position];
    const order = (a, b) => {
        const [parentA, ownA] = place(a.channel);
        const [parentB, ownB] = place(b.channel);
        if (ownA === Infinity || ownB === Infinity) return (ownA === Infinity) - (ownB === Infinity);
        return parentA - parentB || ownA - ownB || compareText(a.channel.id, b.channel.id);
    };
    for (const room of rooms.values()) {
        room.members.sort((a, b) => byName(a.displayName, b.displayName) || compareText(a.userId, b.userId));
    }
    return [...rooms.values()].sort(order);
}

function compareText(a, b) {
    return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * What is shown beside a name, in a fixed order. Deafened says muted too.
 * @param {VoiceMember} member
 * @returns {("stream"|"video"|"deaf"|"mute")[]}
 */
export function voiceMarks(member) {
    const marks = [];
    if (member.streaming) marks.push("stream");
    if (member.video) marks.push("video");
    if (member.deaf || member.selfDeaf) marks.push("deaf");
    else if (member.mute || member.selfMute || member.suppress) marks.push("mute");
    return marks;
}

/**
 * Whether a message is shown as going on from the one before it: same author and channel, within five minutes.
 * @param {Message|undefined} before @param {Message} message
 */
export function continues(before, message) {
    return before !== undefined && before.userId === message.userId && before.channelId === message.channelId
        && before.displayName === message.displayName && message.ts - before.ts < 300_000;
}
