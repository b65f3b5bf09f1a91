// Values to text. Nothing here touches the page.

const whole = new Intl.NumberFormat();
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** 12345 → "12,345" */
export function number(value) {
    return whole.format(value);
}

/** How long ago, short: "now", "12 s", "4 min", "2 h", then a date. Clocks may differ: the future is now. */
export function ago(ts, now) {
    const seconds = Math.floor((now - ts) / 1000);
    if (seconds < 5) return "now";
    if (seconds < 60) return `${seconds - (seconds % 5)} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
    return day.format(ts);
}

const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const steps = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60]];

/** How far away, in words, before and after: "3 days ago", "in 2 hours", "now". */
export function relative(ts, now) {
    const seconds = (ts - now) / 1000;
    const [unit, size] = steps.find(([, one]) => Math.abs(seconds) >= one) ?? ["second", Infinity];
    return words.format(unit === "second" ? 0 : Math.trunc(seconds / size), unit);
}

/** Hours and minutes. */
export function timeOfDay(ts) {
    return clock.format(ts);
}

/** Date and time in full, for a tooltip. */
export function fullTime(ts) {
    return full.format(ts);
}

/** 42 → "42 ms", 1234 → "1.2 s" */
export function duration(milliseconds) {
    if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
    return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** One or two letters that stand for a name where a picture is missing. */
export function initials(name) {
    const words = name.trim().split(/[\s_.\-]+/u).filter(Boolean);
    const firsts = words.slice(0, 2).map((word) => [...word].find((sign) => /[\p{L}\p{N}]/u.test(sign)) ?? "");
    return firsts.join("").toUpperCase() || [...name.trim()][0] || "?";
}

/** A hue in degrees, the same for the same id. */
export function hue(id) {
    let sum = 0;
    for (const sign of id) sum = (sum * 31 + sign.codePointAt(0)) % 3600;
    return (sum * 137) % 360;
}

/**
 * @typedef {object} Segment
 * @property {"text"|"mention"|"emoji"|"code"|"link"} kind
 * @property {string} text
 */

const markup = new RegExp([
    /<@!?(?<user>\d{1,20})>/, /<@&(?<role>\d{1,20})>/, /<#(?<channel>\d{1,20})>/,
    /<a?:(?<emoji>\w{2,32}):\d{1,20}>/, /<t:(?<time>-?\d{1,13})(?::[tTdDfFsSR])?>/,
    /(?<link>https?:\/\/[^\s<>]+[^\s<>.,:;"'\])!?])/, /`(?<code>[^`\n]+)`/,
].map((part) => part.source).join("|"), "gu");

/**
 * Discord's markup in a message, in pieces. What is not known stays plain text.
 * @param {string} content
 * @param {{user?: (id: string) => string|undefined, channel?: (id: string) => string|undefined}} [names]
 * @returns {Segment[]}
 */
export function segments(content, names = {}) {
    const found = [];
    let end = 0;
    for (const match of content.matchAll(markup)) {
        if (match.index > end) found.push({ kind: "text", text: content.slice(end, match.index) });
        found.push(segment(match.groups, names));
        end = match.index + match[0].length;
    }
    if (end < content.length) found.push({ kind: "text", text: content.slice(end) });
    return found;
}

function segment(groups, names) {
    if (groups.user) return { kind: "mention", text: `@${names.user?.(groups.user) ?? "member"}` };
    if (groups.role) return { kind: "mention", text: "@role" };
    if (groups.channel) return { kind: "mention", text: `#${names.channel?.(groups.channel) ?? "channel"}` };
    if (groups.emoji) return { kind: "emoji", text: `:${groups.emoji}:` };
    if (groups.time) return { kind: "text", text: fullTime(Number(groups.time) * 1000) };
    if (groups.link) return { kind: "link", text: groups.link };
    return { kind: "code", text: groups.code };
}
