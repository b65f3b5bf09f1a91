// Which stretch of time is looked at, and in which pieces. Nothing here touches the page.

/** @typedef {"hour"|"day"} Bucket */
/** @typedef {{id: string, label: string, words: string, days: number, buckets: Bucket[], usual: Bucket}} Range */

const hour = 3_600_000, day = 24 * hour;

/** What the API answers at once: hours of 92 days, days of 1,100 (specs/access.md, "Data"). In milliseconds. */
const most = { hour: 92 * day, day: 1_100 * day };

/** @type {Range[]} */
export const ranges = [
    { id: "24h", label: "24 h", words: "24 hours", days: 1, buckets: ["hour"], usual: "hour" },
    { id: "7d", label: "7 d", words: "7 days", days: 7, buckets: ["hour", "day"], usual: "hour" },
    { id: "30d", label: "30 d", words: "30 days", days: 30, buckets: ["hour", "day"], usual: "day" },
    { id: "90d", label: "90 d", words: "90 days", days: 90, buckets: ["hour", "day"], usual: "day" },
    { id: "1y", label: "1 y", words: "year", days: 365, buckets: ["day"], usual: "day" },
];

/** What the address asks for; what makes no sense is the usual. @param {{get: (name: string) => string|null}} query */
export function chosen(query) {
    const range = ranges.find(({ id }) => id === query.get("range")) ?? ranges[1];
    const asked = query.get("bucket");
    return { range, bucket: range.buckets.includes(asked) ? asked : range.usual };
}

/**
 * Whole buckets, of which the last one is not over. `before` begins the stretch of the same length before it, where
 * the API tells of both at once; else it is null.
 * @param {Range} range @param {Bucket} bucket @param {number} now  Unix milliseconds
 */
export function spanOf({ days }, bucket, now) {
    const from = back(bucket, now, days);
    const before = back(bucket, now, 2 * days);
    return { from, to: now, before: now - before <= most[bucket] ? before : null };
}

function back(bucket, now, days) {
    const at = new Date(now);
    if (bucket === "hour") return at.setMinutes(0, 0, 0) - (days * 24 - 1) * hour;
    return new Date(at.getFullYear(), at.getMonth(), at.getDate() - days + 1).getTime();
}

/** Of how many days a week's heatmap is made: at least a week, at most what is told by the hour. */
export function heatDays({ days }) {
    return Math.min(90, Math.max(7, days));
}

/** The viewer's time zone by its IANA name, where the browser knows one. */
export function viewerZone() {
    const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
    return /^[\w+-]{1,32}(\/[\w+-]{1,32}){0,2}$/.test(zone) ? zone : "UTC";
}
