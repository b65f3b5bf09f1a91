// Made-up people: for the builder's preview, for trying a look, and for a test event in a living picture.

const people = ["Robin", "Kestrel", "Mika", "Juniper", "Sol", "Wren", "Ash", "Fable", "Onyx", "Linnet"];
const lines = ["That was close!", "Good evening, everyone 👋", "Which game is next?", "The new scene looks great",
    "I’m in for another round", "Clip it!", "Notes are at https://example.org/notes", "brb, tea", "🎉🎉🎉"];
const rooms = [["9001", "Lounge"], ["9002", "Game night"]];
const textRoom = ["9010", "general"];

export const sampleGuildId = "9000";
export const sampleKinds = Object.freeze(["message", "member", "milestone", "voice"]);

/** How long a test event stays in a living picture, in milliseconds. */
export const sampleLife = Object.freeze({ message: 15_000, member: 15_000, milestone: 15_000, voice: 8_000 });

const flags = (more = {}) => ({ mute: false, deaf: false, selfMute: false, selfDeaf: false, streaming: false,
    video: false, suppress: false, bot: false, ...more });

function person(number) {
    const name = people[number % people.length];
    return { userId: String(9100 + (number % people.length)), username: name.toLowerCase(), displayName: name,
        avatar: null, bot: false };
}

function message(number, ts) {
    return { messageId: `sample-${number}`, channelId: textRoom[0], channelName: textRoom[1], ...person(number * 3 + 1),
        content: lines[number % lines.length], attachments: 0, webhook: false, ts };
}

/** What a stream of made-up people opens with. */
export function sampleSnapshot(now) {
    const voice = [[0, 0, { streaming: true }], [1, 0], [2, 0, { selfMute: true }], [3, 1, { video: true }], [4, 1],
        [5, 1, { selfDeaf: true }]].map(([who, room, more], at) => ({ ...person(who), ...flags(more),
        channelId: rooms[room][0], channelName: rooms[room][1], since: now - (at * 17 + 4) * 60_000 }));
    return { id: "0-0", event: "snapshot", guild: sampleGuildId, ts: now, payload: { guilds: [{
        id: sampleGuildId, name: "Sample community", icon: null, counts: { members: 996, online: 214, voice: 6 },
        channels: [...rooms.map(([id, name], at) => ({ id, name, type: 2, parentId: null, position: at })),
            { id: textRoom[0], name: textRoom[1], type: 0, parentId: null, position: 9 }],
        voice, messages: [0, 1, 2, 3].map((at) => message(at, now - (4 - at) * 9_000)),
    }] } };
}

/** The step-th thing that happens there: [event, payload]. It begins over when everything has happened. */
export function sampleEvent(step, now) {
    const round = Math.floor(step / 6);
    const lounge = { channelId: rooms[0][0], channelName: rooms[0][1] };
    const members = 997 + (step % 24) / 6;
    return [
        () => ["message.created", message(4 + step, now)],
        () => ["voice.joined", { ...person(6), ...flags(), ...lounge, since: now }],
        () => ["member.joined", { ...person(7 + round), pending: false, members: Math.floor(members) + 1 }],
        () => ["message.created", message(4 + step, now)],
        () => ["voice.left", { ...person(6), ...flags(), ...lounge }],
        () => ["presence.updated", { ...person(8), status: "online", clients: ["desktop"], activity: null,
            online: 210 + (step * 7) % 13 }],
    ][step % 6]();
}

/** Chosen channels of a guild are none of these people's: as many of their own stand for them. */
const sampleChannels = { "voice-channel": rooms.map(([id]) => id), "text-channel": [textRoom[0]] };

/** @param {readonly import("./overlay-options.js").Option[]} table @returns {import("./overlay-options.js").Values} */
export function withSampleChannels(table, values) {
    const chosen = table.filter(({ name, picks }) => sampleChannels[picks] && values[name]?.length > 0);
    return { ...values, ...Object.fromEntries(chosen.map(({ name, picks }) =>
        [name, sampleChannels[picks].slice(0, values[name].length)])) };
}

const sampleStep = 2_800;           // milliseconds between two things that happen

/** The same as a stream of stream.js, of made-up people. */
export function openSamples({ moves }) {
    const handlers = new Map();
    const observers = new Set();
    const state = { phase: "live", wasLive: true, retryAt: null, problem: null, lastEventAt: null, latency: null };
    let step = 0;
    const tell = (name, envelope) => {
        const all = name === "snapshot" ? [] : handlers.get("*") ?? [];
        for (const handle of [...(handlers.get(name) ?? []), ...all]) handle(envelope);
    };
    const opening = setTimeout(() => tell("snapshot", sampleSnapshot(Date.now())), 0);
    const timer = moves && setInterval(() => {
        const [event, payload] = sampleEvent(step, Date.now());
        step += 1;
        tell(event, { id: `0-${step}`, event, guild: sampleGuildId, ts: Date.now(), payload });
    }, sampleStep);
    return {
        on(name, handle) { handlers.set(name, [...(handlers.get(name) ?? []), handle]); },
        onState(observe) { observers.add(observe); observe(state); },
        close() {
            clearTimeout(opening);
            clearInterval(timer);
            handlers.clear();
        },
    };
}

/**
 * A test event: what it shows, and until when.
 * @param {string} kind @param {number} number  of the sample
 * @returns {{kind: string, number: number, ts: number, until: number, payload: object}|null}
 */
export function makeSample(kind, number, now) {
    if (!sampleKinds.includes(kind)) return null;
    const who = { ...person(number + 6), userId: `sample-${number}` };
    const payload = { message: { ...message(number, now), ...who, content: lines[number % lines.length] },
        member: { ...who, pending: false }, voice: { ...who, ...flags(), since: now }, milestone: {} }[kind];
    return { kind, number, ts: now, until: now + sampleLife[kind], payload };
}

/**
 * A guild with the samples that are still due in it; the guild itself where there are none.
 * @param {import("./guild.js").Guild} guild
 */
export function withSamples(guild, samples, channels = []) {
    const voices = samples.filter(({ kind }) => kind === "voice");
    const messages = samples.filter(({ kind }) => kind === "message");
    if (voices.length + messages.length === 0) return guild;
    const room = guild.channels.find(({ id, type }) => channels.includes(id) && type === 2)
        ?? guild.channels.find(({ id }) => [...guild.voice.values()].some((one) => one.channelId === id))
        ?? guild.channels.find(({ type }) => type === 2) ?? { id: rooms[0][0], name: rooms[0][1] };
    const voice = new Map(guild.voice);
    for (const { payload } of voices) {
        voice.set(payload.userId, { ...payload, channelId: room.id, channelName: room.name });
    }
    const text = guild.channels.find(({ id, type }) => type === 0 && (channels.length === 0 || channels.includes(id)));
    const place = text ? { channelId: text.id, channelName: text.name } : {};
    const written = messages.map(({ payload, ts }) => ({ ...payload, ...place, ts, edited: false, live: false,
        reactions: [] }));
    return { ...guild, voice, messages: [...guild.messages, ...written] };
}
