// What /api/system says, made into words and the parts of the picture. Nothing here touches the page.

import { relative } from "/shared/format.js";

/**
 * @typedef {{name: string, id: string, state: string, version: string|null, since: number|null, seen: number|null,
 *   detail: string|null, advice: string|null}} Service
 * @typedef {{name: string, p50: number|null, p95: number|null, p99: number|null, count: number}} Hop
 */

export const names = { gateway: "Gateway", web: "Web", analytics: "Analytics", redis: "Redis", postgres: "PostgreSQL" };

export const abouts = {
    gateway: "Listens to Discord and makes events of what it hears.",
    web: "Serves this page, its events and the API.",
    analytics: "Stores what happens, for Activity.",
    redis: "The log: every event, in order, for a day.",
    postgres: "History, settings, keys and presets.",
};

export const tones = { up: "good", degraded: "wait", connecting: "wait", down: "bad", unknown: "none" };
export const words = { up: "Up", degraded: "Degraded", connecting: "Connecting", down: "Down", unknown: "Unknown" };

const rank = { down: 0, degraded: 1, connecting: 1, unknown: 2, up: 3 };

/** The worst of several states; unknown where there is none. @param {string[]} states */
export function worst(states) {
    return states.toSorted((a, b) => (rank[a] ?? 2) - (rank[b] ?? 2))[0] ?? "unknown";
}

/** 0.42 → "0.4 ms", 41.3 → "41 ms", 1300 → "1.3 s"; null → "–" */
export function span(milliseconds) {
    if (typeof milliseconds !== "number" || !Number.isFinite(milliseconds)) return "–";
    const value = Math.max(0, milliseconds);
    if (value >= 60_000) return `${Math.round(value / 60_000)} min`;
    if (value >= 1_000) return `${(value / 1_000).toFixed(1)} s`;
    return `${value < 9.95 ? Math.round(value * 10) / 10 : Math.round(value)} ms`;
}

/**
 * The way of an event: five stations and what lies between them. The browser's own share is what is left of the
 * whole way, as this page measured it, when the server's parts are taken off; clocks differ, so it is never below 0.
 * @param {{services: Service[], shards: {state: string}[], hops: Hop[]}} system
 * @param {{latency: number|null, phase: string}} stream
 */
export function way({ services, shards, hops }, { latency, phase }) {
    const state = (name) => worst(services.filter((one) => one.name === name).map((one) => one.state));
    const hop = (name) => hops.find((one) => one.name === name) ?? null;
    const [log, delivery] = [hop("log"), hop("delivery")];
    const known = (log?.p50 ?? 0) + (delivery?.p50 ?? 0);
    const own = latency === null ? null : Math.max(0, latency - known);
    const redis = services.find((one) => one.name === "redis");
    // Without Redis the log is in the web service's memory, which is not down.
    const logState = redis && redis.state !== "unknown" ? redis.state : state("web");
    const here = { live: "up", connecting: "connecting", lost: "down" }[phase] ?? "unknown";
    return {
        stations: [
            { id: "discord", label: "Discord", state: worst(shards.map((one) => one.state)) },
            { id: "gateway", label: "Gateway", state: state("gateway") },
            { id: "log", label: "Log", state: logState },
            { id: "web", label: "Web", state: state("web") },
            { id: "browser", label: "Browser", state: here },
        ],
        hops: [
            { id: "heartbeat", label: "Heartbeat, there and back", ...figures(hop("gateway")) },
            { id: "log", label: "Into the log and off it", ...figures(log) },
            { id: "delivery", label: "On to its viewers", ...figures(delivery) },
            { id: "own", label: "Network and this page", value: own, most: null },
        ],
        whole: latency,
    };
}

function figures(hop) {
    return { value: hop?.p50 ?? null, most: hop?.p95 ?? null };
}

/** What is said on top: the worst, how many, and whether anything has to be done. */
export function verdict({ services, shards, problems }) {
    const bad = problems.filter(({ severity }) => severity === "bad").length;
    if (bad > 0) return { tone: "bad", text: bad === 1 ? "One thing is wrong" : `${bad} things are wrong` };
    const state = worst([...services, ...shards].map((one) => one.state).filter((one) => one !== "unknown"));
    if (state === "down") return { tone: "bad", text: "Something is down" };
    if (problems.length > 0) {
        return { tone: "wait", text: problems.length === 1 ? "It works, with one thing to look at"
            : `It works, with ${problems.length} things to look at` };
    }
    if (state === "degraded" || state === "connecting") return { tone: "wait", text: "Something is not whole" };
    return { tone: "good", text: "Everything works" };
}

/** Since when it runs, or when it was heard of last. @param {Service} service */
export function age({ state, since, seen }, now) {
    if (state !== "down" && since !== null) return `started ${relative(Math.min(since, now), now)}`;
    if (seen === null) return "";
    return now - seen < 60_000 ? "heard of just now" : `last heard of ${relative(seen, now)}`;
}

/** How far behind: "nothing waits", "4 events, 210 ms", "" where nobody can say. */
export function lag(facts) {
    if (!facts || (facts.events === null && facts.milliseconds === null)) return "–";
    const { events, milliseconds } = facts;
    if (!events && (milliseconds ?? 0) < 1_000) return "nothing waits";
    const parts = [];
    if (events !== null) parts.push(`${new Intl.NumberFormat().format(events)} ${events === 1 ? "event" : "events"}`);
    if (milliseconds !== null) parts.push(span(milliseconds));
    return parts.join(", ");
}

/** Those that need to be looked at first; the page shows `most` of them. */
export function sortedShards(shards, most) {
    const number = ({ shard }) => Number.parseInt(shard, 10) || 0;
    const sorted = shards.toSorted((a, b) => (rank[a.state] ?? 2) - (rank[b.state] ?? 2) || number(a) - number(b));
    return { shown: sorted.slice(0, most), more: Math.max(0, shards.length - most) };
}
