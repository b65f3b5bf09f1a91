// One logical stream of events over EventSource: its owner sees events and a state; connections come and go beneath it.
// Pages use stream.js, which shares one of these among all tabs.
//
// Who reconnects: when the server ends an open stream, EventSource does, after the server's `retry:` and with
// Last-Event-ID. Any answer but 200 closes an EventSource for good, and an unreachable server would be asked every
// three seconds for ever; in both cases this file makes a new one, with back-off, and names the position in the query.

import { EVENT_NAMES, SNAPSHOT_NAMES, namesMatching } from "./events.js";

/**
 * @typedef {object} Envelope
 * @property {string} id @property {string} event @property {string|null} guild
 * @property {number} ts  when it happened, Unix milliseconds
 * @property {object} payload
 *
 * @typedef {object} Problem  why there is no stream
 * @property {"unauthorised"|"forbidden"|"notReady"|"busy"|"stale"|"refused"|"unreachable"} kind
 * @property {number} [status] @property {string} [detail] @property {{name: string, reason: string}[]} [missing]
 *
 * @typedef {object} StreamState
 * @property {"connecting"|"live"|"lost"} phase
 * @property {boolean} wasLive      whether this stream has been live before
 * @property {number|null} retryAt  when the next attempt starts (Unix milliseconds), while lost
 * @property {Problem|null} problem
 * @property {number|null} lastEventAt  when the last event arrived here
 * @property {number|null} latency      median over the last events of arrival − ts, in milliseconds
 *
 * @typedef {object} StreamOptions
 * @property {string[]} [guilds]    none: every guild that the viewer may see
 * @property {string[]} [events]    names or patterns; none: all
 * @property {string[]} [channels]  none: all
 * @property {string|string[]} [key]  access key of an overlay
 *
 * @typedef {object} StreamOwner  what an event stream tells
 * @property {(name: string, envelope: Envelope) => void} received
 * @property {(state: StreamState) => void} changed
 * @property {() => boolean} wantsSnapshot  whether a stream that goes on should bring a snapshot on the way
 */

const backoffMin = 1_000;
const backoffMax = 30_000;
const refusedDelay = 30_000;      // nobody's permission changes from one second to the next
const settleDelay = 400;          // a resumed stream may be silent; one that ends at once was a polite refusal
const snapshotMax = 2_000;
const connectingMax = 90_000;     // longer than any `retry:` that a draining server asks for
const quietMax = 60_000;          // after so long without an event the server is asked whether something is missing
const silenceMax = 300_000;       // the server's beat is invisible here, so a dead peer shows as long silence only
const emptyMax = 2;               // so many streams in a row that ended before their first event need an explanation
const latencySamples = 9;
const latencyMax = 60_000;        // older events are replay after an outage, or a wrong clock

/** What the stream needs of its surroundings; a test brings its own. */
export function browserWorld() {
    return {
        EventSource: globalThis.EventSource,
        fetch: (url, init) => globalThis.fetch(url, init),
        setTimeout: (body, delay) => globalThis.setTimeout(body, delay),
        clearTimeout: (timer) => globalThis.clearTimeout(timer),
        SharedWorker: globalThis.SharedWorker,
        BroadcastChannel: globalThis.BroadcastChannel,
        locks: globalThis.navigator?.locks,
        now: () => Date.now(),
        random: () => Math.random(),
        events: globalThis,
    };
}

/**
 * Opens a stream; it keeps itself open until `close()`. With a `lastEventId` it goes on behind that.
 * @param {StreamOptions} options @param {StreamOwner} owner
 */
export function EventStream(options, owner, world = browserWorld(), lastEventId = "") {
    const latencies = [];
    let source = null;
    let timer = null;                   // the one pending thing: retry, settling, or a limit on waiting
    let quietTimer = null;
    let failures = 0;
    let empty = 0;                      // streams in a row that opened and ended without an event
    let opened = false;                 // since the last error
    let closed = false;
    /** @type {StreamState} */
    let state = {
        phase: "connecting", wasLive: false, retryAt: null, problem: null, lastEventAt: null, latency: null,
    };

    function change(part) {
        state = { ...state, ...part };
        owner.changed(state);
    }

    function after(delay, body) {
        world.clearTimeout(timer);
        timer = world.setTimeout(body, delay);
    }

    function connect(quietly = false) {
        if (closed) return;
        source?.close();
        opened = false;
        const mine = new world.EventSource(streamAddress(options, lastEventId, owner.wantsSnapshot()));
        source = mine;
        const ours = (handle) => (event) => { if (source === mine && !closed) handle(event); };
        mine.addEventListener("open", ours(sourceOpened));
        mine.addEventListener("error", ours(sourceFailed));
        for (const name of [...SNAPSHOT_NAMES, ...eventNames(options)]) {
            mine.addEventListener(name, ours(sourceReceived));
        }
        after(connectingMax, lose);
        if (state.phase !== "connecting" && !quietly) change({ phase: "connecting", retryAt: null });
    }

    function sourceOpened() {
        opened = true;
        if (lastEventId) after(settleDelay, settle);
        else after(snapshotMax, waitForSnapshot);
    }

    /** A fresh stream begins with a snapshot; where none comes, the server has none yet. */
    function waitForSnapshot() {
        after(connectingMax, lose);
        explain(() => askReady(world), "connecting",
            (missing) => (missing.length ? { kind: "notReady", missing } : null));
    }

    function settle() {
        failures = empty = 0;
        after(silenceMax, () => connect());
        listenForQuiet();
        if (state.phase !== "live" || state.problem) {
            change({ phase: "live", wasLive: true, retryAt: null, problem: null });
        }
    }

    /** A live stream on which nothing happens is either a quiet guild or a server that hears nothing itself. */
    function listenForQuiet() {
        world.clearTimeout(quietTimer);
        quietTimer = world.setTimeout(() => {
            explain(() => askReady(world), "live", (missing) => (missing.length ? { kind: "stale", missing } : null));
            listenForQuiet();
        }, quietMax * (1 + world.random() / 2));
    }

    /** Asks, and keeps the answer as the problem if nothing has changed meanwhile. */
    function explain(ask, phase, problemFrom) {
        const heard = state.lastEventAt;
        const attempt = failures;
        return ask().then((answer) => {
            if (closed || state.phase !== phase || attempt !== failures || heard !== state.lastEventAt) return;
            const problem = problemFrom(answer);
            if (problem?.status === 401 || problem?.status === 403) retry(refusedDelay * (1 + world.random()));
            if (problem || state.problem) change({ problem });
        }).catch(() => { /* the server is gone; the stream itself will tell */ });
    }

    function sourceFailed() {
        if (source.readyState !== world.EventSource.CLOSED && opened) {
            opened = false;             // the server ended it; the browser comes back by itself
            after(connectingMax, lose);
            world.clearTimeout(quietTimer);
            if (state.phase === "connecting") empty += 1;
            else change({ phase: "connecting" });
            if (empty < emptyMax) return;
            explain(() => askReady(world), "connecting",
                (missing) => (missing.length ? { kind: "notReady", missing } : { kind: "busy" }));
        } else {
            lose();
        }
    }

    function sourceReceived(message) {
        if (message.lastEventId) lastEventId = message.lastEventId;
        let envelope;
        try {
            envelope = JSON.parse(message.data);
        } catch {
            console.warn(`Guildwire: an unreadable ${message.type} event was left out`);
            return;
        }
        const now = world.now();
        const isSnapshot = SNAPSHOT_NAMES.includes(message.type);
        if (!isSnapshot) note(now - envelope.ts);
        settle();
        change({ lastEventAt: now, latency: median(latencies) });
        owner.received(message.type, envelope);
    }

    function note(latency) {
        if (!(latency >= -1_000 && latency <= latencyMax)) return;
        latencies.push(Math.max(0, latency));
        if (latencies.length > latencySamples) latencies.shift();
    }

    function lose() {
        source?.close();
        source = null;
        failures += 1;
        world.clearTimeout(quietTimer);
        retry(backoff(failures, world.random()));
        change({ phase: "lost" });
        explain(() => diagnose(streamAddress(options, lastEventId, false), world), "lost", (problem) => problem);
    }

    function retry(delay) {
        state = { ...state, retryAt: world.now() + delay };
        after(delay, () => connect());
    }

    function reconnectNow() {
        if (!closed && state.phase === "lost") connect();
    }

    const wakes = ["online", "visibilitychange"];
    for (const name of wakes) world.events?.addEventListener(name, reconnectNow, true);
    connect();

    return {
        /** @returns {StreamState} */
        get state() { return state; },
        get lastEventId() { return lastEventId; },

        /** Goes on with other options from where it is. */
        ask(others) {
            options = others;
            connect(state.phase === "live");
        },

        /** Tries again at once when lost. */
        reconnectNow,

        /** Ends the stream, a pending reconnect with it. */
        close() {
            closed = true;
            world.clearTimeout(timer);
            world.clearTimeout(quietTimer);
            source?.close();
            source = null;
            for (const name of wakes) world.events?.removeEventListener(name, reconnectNow, true);
        },
    };
}

/** Between half of and the whole of 1 s · 2^(failures−1), at most 30 s. */
export function backoff(failures, random) {
    const ceiling = Math.min(backoffMax, backoffMin * 2 ** Math.min(failures - 1, 10));
    return ceiling / 2 + (ceiling / 2) * random;
}

/** @param {StreamOptions} options */
function eventNames(options) {
    return options.events?.length ? new Set(options.events.flatMap(namesMatching)) : EVENT_NAMES;
}

/** @param {StreamOptions} options */
export function streamAddress(options, lastEventId, wantsSnapshot = false) {
    const query = new URLSearchParams();
    for (const guild of options.guilds ?? []) query.append("guild", guild);
    if (options.events?.length) query.set("events", options.events.join(","));
    if (options.channels?.length) query.set("channels", options.channels.join(","));
    for (const key of [options.key ?? []].flat()) query.append("key", key);
    if (lastEventId) query.set("lastEventId", lastEventId);
    // A stream that begins anew has one anyway.
    if (lastEventId && wantsSnapshot) query.set("snapshot", "1");
    const text = query.toString();
    return text ? `/api/stream?${text}` : "/api/stream";
}

/** EventSource does not tell why it failed, so ask: the stream for its status, then the server what it lacks. */
async function diagnose(address, world) {
    try {
        const { status, detail } = await askStream(address, world);
        if (status === 401) return { kind: "unauthorised", status };
        if (status === 403) return { kind: "forbidden", status };
        const missing = await askReady(world);
        if (missing.length > 0) return { kind: "notReady", missing };
        return { kind: "refused", status, ...(detail ? { detail } : {}) };
    } catch {
        return { kind: "unreachable" };
    }
}

async function askStream(address, world) {
    const abort = new AbortController();
    const limit = world.setTimeout(() => abort.abort(), 5_000);
    try {
        const answer = await world.fetch(address, { headers: { accept: "text/event-stream" }, signal: abort.signal });
        const problem = answer.ok ? {} : await answer.json().catch(() => ({}));
        return { status: answer.status, detail: problem.detail };
    } finally {
        abort.abort();
        world.clearTimeout(limit);
    }
}

/** What the server says it is missing; also one that is ready may name something. */
async function askReady(world) {
    const answer = await world.fetch("/api/ready", { headers: { accept: "application/json" } });
    const body = await answer.json().catch(() => ({}));
    if (Array.isArray(body.missing)) return body.missing;
    return answer.ok ? [] : [{ name: "web", reason: `answers ${answer.status}` }];
}

function median(values) {
    if (values.length === 0) return null;
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
}
