// A page's stream of events: what it sees of the one that all tabs of the browser share (stream-links.js).

import { browserWorld } from "./event-stream.js";
import { namesMatching } from "./events.js";
import { makeLink } from "./stream-links.js";
import { wantsOf } from "./stream-share.js";

/** @typedef {import("./event-stream.js").Envelope} Envelope */
/** @typedef {import("./event-stream.js").StreamState} StreamState */
/** @typedef {import("./event-stream.js").StreamOptions} StreamOptions */

/**
 * Opens a stream; it keeps itself open until `close()`.
 * @param {StreamOptions} [options]
 */
export function openStream(options = {}, world = browserWorld()) {
    const member = { wants: wantsOf(options), key: [options.key ?? []].flat() };
    const handlers = new Map();         // name → Set of functions
    const observers = new Set();
    let closed = false;
    let lastEventId = "";
    /** @type {StreamState} */
    let state = {
        phase: "connecting", wasLive: false, retryAt: null, problem: null, lastEventAt: null, latency: null,
    };

    function receive(message) {
        if (closed) return;
        state = { ...state, ...message.state, wasLive: state.wasLive || Boolean(message.state.wasLive) };
        for (const observe of [...observers]) observe(state);
        if (message.type !== "event") return;
        lastEventId = message.at;
        for (const handle of [...(handlers.get(message.name) ?? [])]) handle(message.envelope);
    }

    let link = makeLink(member, receive, world);

    const wake = () => { if (!closed && state.phase === "lost") link.wake(); };
    // A page that the browser keeps for "back" must not keep the others' stream; it joins anew when it is shown again.
    const hidden = () => link.leave();
    const shown = (event) => { if (event.persisted && !closed) link = makeLink(member, receive, world); };
    const listeners = [["online", wake], ["visibilitychange", wake], ["pagehide", hidden], ["pageshow", shown]];
    for (const [name, listener] of listeners) world.events?.addEventListener(name, listener, true);

    return {
        /** @returns {StreamState} */
        get state() { return state; },
        get lastEventId() { return lastEventId; },

        /** Calls `handle(envelope)` for a name, a pattern (`voice.*`, `*`) or `snapshot` (a `reset` is one too). */
        on(pattern, handle) {
            const wanted = pattern === "snapshot" ? ["snapshot"] : namesMatching(pattern);
            for (const name of wanted) {
                if (!handlers.has(name)) handlers.set(name, new Set());
                handlers.get(name).add(handle);
            }
            return () => { for (const name of wanted) handlers.get(name)?.delete(handle); };
        },

        /** Calls `observe(state)` now and at every change. */
        onState(observe) {
            observers.add(observe);
            observe(state);
            return () => observers.delete(observe);
        },

        /** Tries again at once when lost. */
        reconnectNow: wake,

        /** Ends the stream for this page. */
        close() {
            if (closed) return;
            closed = true;
            link.leave();
            for (const [name, listener] of listeners) world.events?.removeEventListener(name, listener, true);
            handlers.clear();
            observers.clear();
        },
    };
}
