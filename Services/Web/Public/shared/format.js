// Values to text. Nothing here touches the page.

const whole = new Intl.NumberFormat();
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** 12345 → "12,345" */
export function number(value) {
    return whole.format(value);
}

const lastTime = 8.64e15;                 // milliseconds: what a Date can say (ECMA-262, "Time Values")

/** Whether it is a time at all: clocks are wrong, and people can write any number. */
export function isTime(ts) {
    return Number.isFinite(ts) && Math.abs(ts) <= lastTime;
}

/** How long ago, short: "now", "12 s", "4 min", "2 h", then a date. Clocks may differ: the future is now. */
export function ago(ts, now) {
    if (!isTime(ts)) return "";
    const seconds = Math.floor((now - ts) / 1000);
    if (seconds < 5) return "now";
    if (seconds < 60) return `${seconds - (seconds % 5)} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
    return dateOf(ts, now);
}

/** A date, with its year where it is not about now. */
function dateOf(ts, now) {
    return (now - ts > 300 * 86_400_000 ? dayOfYear : day).format(ts);
}

/** When it was: "14:02", of another day its date too. The future is now here as well. */
export function clockTime(ts, now) {
    if (!isTime(ts)) return "";
    const time = Math.min(ts, now);
    const isToday = new Date(time).toDateString() === new Date(now).toDateString();
    return isToday ? clock.format(time) : `${dateOf(time, now)}, ${clock.format(time)}`;
}

/** How long somebody has been there: "now", "4 min", "1 h 05", "3 d"; nothing where nobody knows. */
export function stay(since, now) {
    if (!isTime(since)) return "";
    const minutes = Math.max(0, Math.floor((now - since) / 60_000));
    if (minutes < 1) return "now";
    if (minutes < 60) return `${minutes} min`;
    if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")}`;
    return `${Math.floor(minutes / 1440)} d`;
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
    return isTime(ts) ? clock.format(ts) : "";
}

/** Date and time in full, for a tooltip. */
export function fullTime(ts) {
    return isTime(ts) ? full.format(ts) : "";
}

/** For places that hold plain text only (a tooltip, an announcement): cut, and its direction kept to itself. */
export function plain(text, most = 120) {
    const signs = [...text.slice(0, most * 2)];
    const cut = signs.length > most || text.length > most * 2 ? `${signs.slice(0, most).join("")}…` : text;
    return /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufefc]/u.test(cut) ? `\u2068${cut}\u2069` : cut;
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

/** What lies beyond all that a date can say stays as it was written. */
function timeText(seconds) {
    return Math.abs(Number(seconds)) <= 8.64e12 ? fullTime(Number(seconds) * 1000) : `<t:${seconds}>`;
}

function segment(groups, names) {
    if (groups.user) return { kind: "mention", text: `@${names.user?.(groups.user) ?? "member"}` };
    if (groups.role) return { kind: "mention", text: "@role" };
    if (groups.channel) return { kind: "mention", text: `#${names.channel?.(groups.channel) ?? "channel"}` };
    if (groups.emoji) return { kind: "emoji", text: `:${groups.emoji}:` };
    if (groups.time) return { kind: "text", text: timeText(groups.time) };
    if (groups.link) return { kind: "link", text: groups.link };
    return { kind: "code", text: groups.code };
}
