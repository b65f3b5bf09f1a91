// One event stream for several members (tabs, widgets): asks the server for all that any of them wants, and gives each
// its part. Runs in the shared worker, in the tab that leads, or alone in a page. Knows no transport.
//
// A member that joins later needs a snapshot, in its place of the order: the stream is asked for anew from where it is,
// with a snapshot on the way. The others go on without noticing; only who waits takes it.

import { EventStream } from "./event-stream.js";
import { EVENT_NAMES, SNAPSHOT_NAMES, namesMatching } from "./events.js";

/**
 * @typedef {object} Wants  empty lists: everything
 * @property {string[]} guilds @property {string[]} events @property {string[]} channels
 *
 * @typedef {object} MemberMessage
 * @property {"event"|"state"} type
 * @property {string} [name] @property {import("./event-stream.js").Envelope} [envelope]
 * @property {string} [at]  the stream's position behind this event
 * @property {Partial<import("./event-stream.js").StreamState>} state
 */

const namesMax = 100;           // what the server takes of each kind in one request

/** @returns {Wants} */
export function wantsOf({ guilds = [], events = [], channels = [] }) {
    return { guilds: [...guilds], events: [...events], channels: [...channels] };
}

/** The least that has what all want. */
export function union(all) {
    const together = (lists) => {
        if (lists.some((list) => list.length === 0)) return [];
        const joined = [...new Set(lists.flat())].sort();
        return joined.length > namesMax ? [] : joined;
    };
    return Object.fromEntries(["guilds", "events", "channels"].map((part) =>
        [part, together(all.map((wants) => wants[part]))]));
}

export function covers(wider, wants) {
    return ["guilds", "events", "channels"].every((part) =>
        JSON.stringify(union([wider, wants])[part]) === JSON.stringify(union([wider])[part]));
}

/** Whether the server would send this event to a stream of these wants. */
export function isWanted({ guilds, events, channels }, { event, guild, payload }) {
    if (guilds.length > 0 && !guilds.includes(guild)) return false;
    if (events.length > 0 && !events.some((pattern) => matches(pattern, event))) return false;
    const rooms = [payload?.channelId, payload?.fromChannelId].filter(Boolean);
    return channels.length === 0 || rooms.length === 0 || rooms.some((room) => channels.includes(room));
}

const patterns = new Map();

function matches(pattern, name) {
    if (!patterns.has(pattern)) patterns.set(pattern, new Set(pattern === "*" ? EVENT_NAMES : namesMatching(pattern)));
    return patterns.get(pattern).has(name);
}

/** A snapshot as a stream of these wants would have it. */
export function narrowed(snapshot, { guilds, channels }) {
    if (guilds.length === 0 && channels.length === 0) return snapshot;
    const wanted = (id) => channels.length === 0 || channels.includes(id);
    const views = (snapshot.payload?.guilds ?? [])
        .filter((view) => guilds.length === 0 || guilds.includes(view.id))
        .map((view) => {
            const voice = (view.voice ?? []).filter((member) => wanted(member.channelId));
            return {
                ...view, voice,
                counts: { ...view.counts, voice: voice.length },
                channels: (view.channels ?? []).filter((channel) => wanted(channel.id)),
                messages: (view.messages ?? []).filter((message) => wanted(message.channelId)),
            };
        });
    const guild = views.length === 1 ? views[0].id : null;
    return { ...snapshot, guild, payload: { ...snapshot.payload, guilds: views } };
}

/**
 * The members with one access key, or with none.
 * @param {(ids: string[], message: MemberMessage) => void} deliver  also what is for nobody: it tells the position
 */
function Share(key, deliver, world) {
    const members = new Map();      // id → { wants, waiting }
    let stream = null;
    let asked = null;               // what the stream was asked for last
    let coming = false;             // a snapshot of that is on its way
    let shown = "";                 // the last state told, as text

    const wantsSnapshot = () => [...members.values()].some(({ waiting }) => waiting);
    const owner = { received, changed, wantsSnapshot };

    function ask(lastEventId = "") {
        asked = union([...members.values()].map(({ wants }) => wants));
        coming = wantsSnapshot();
        const options = { ...asked, key };
        if (stream) stream.ask(options);
        else stream = EventStream(options, owner, world, lastEventId);
    }

    function received(name, envelope) {
        const isSnapshot = SNAPSHOT_NAMES.includes(name);
        const at = stream.lastEventId;
        const { lastEventAt, latency } = stream.state;
        if (isSnapshot) coming = false;
        const whole = [];           // ids of those who get it as it is
        for (const [id, member] of members) {
            if (isSnapshot) {
                if (name !== "reset" && !member.waiting) continue;
                member.waiting = false;
                deliver([id], { type: "state", state: stream.state });
                const part = narrowed(envelope, member.wants);
                deliver([id], { type: "event", name: "snapshot", envelope: part, at, state: { lastEventAt, latency } });
            } else if (!member.waiting && isWanted(member.wants, envelope)) {
                whole.push(id);
            }
        }
        // Told also where nobody takes it: who may have to lead next keeps the position.
        if (!isSnapshot) deliver(whole, { type: "event", name, envelope, at, state: { lastEventAt, latency } });
    }

    /** Events bring what changes with each of them; the rest is told when it changes. */
    function changed({ phase, wasLive, retryAt, problem }) {
        const text = JSON.stringify([phase, wasLive, retryAt, problem]);
        if (text === shown) return;
        shown = text;
        const state = { phase, wasLive, retryAt, problem };
        const ready = [...members].filter(([, { waiting }]) => !waiting).map(([id]) => id);
        if (ready.length > 0) deliver(ready, { type: "state", state });
        const waiting = [...members].filter(([, member]) => member.waiting).map(([id]) => id);
        if (waiting.length > 0) deliver(waiting, { type: "state", state: early(state) });
    }

    /** A stream that is live is not so yet for who waits for a snapshot. */
    function early(state) {
        return { ...state, wasLive: false, phase: state.phase === "live" ? "connecting" : state.phase };
    }

    return {
        get size() { return members.size; },

        /** With the position that the member has come to it goes on there, if the stream can be joined there. */
        join(id, wants, lastEventId = "") {
            const fits = lastEventId !== "" && (!stream || stream.lastEventId === lastEventId);
            members.set(id, { wants, waiting: !fits });
            if (!stream) return ask(lastEventId);
            if (!covers(asked, wants) || (!fits && !coming)) ask();
            deliver([id], { type: "state", state: fits ? stream.state : early(stream.state) });
        },

        leave(id) {
            members.delete(id);
            if (members.size > 0) return;
            stream?.close();
            stream = null;
        },

        wake() { stream?.reconnectNow(); },
    };
}

export function homeOf(key) {
    return JSON.stringify(key);
}

/**
 * Everything that shares: one stream for each access key, since each shows something else.
 * @param {(ids: string[], message: MemberMessage, home: string) => void} deliver  `home`: the key as text
 */
export function ShareRoom(deliver, world) {
    const shares = new Map();       // home → Share
    const homes = new Map();        // member's id → home

    function leave(id) {
        const home = homes.get(id);
        homes.delete(id);
        const share = shares.get(home);
        share?.leave(id);
        if (share?.size === 0) shares.delete(home);
    }

    return {
        /** @param {{id: string, wants: Wants, key: string[], lastEventId?: string}} member */
        join({ id, wants, key, lastEventId }) {
            leave(id);
            const home = homeOf(key);
            homes.set(id, home);
            if (!shares.has(home)) {
                shares.set(home, Share(key, (ids, message) => deliver(ids, message, home), world));
            }
            shares.get(home).join(id, wants, lastEventId);
        },
        leave,
        wake(id) { shares.get(homes.get(id))?.wake(); },
    };
}
