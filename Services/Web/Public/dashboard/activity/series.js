// What is made of points over time: sums, peaks, a week by the hour, words for an axis. Nothing here touches the page.

/** @typedef {{at: number} & Record<string, number|null>} Point */

/** @param {Point[]} points */
export function sum(points, name) {
    return points.reduce((whole, point) => whole + (point[name] ?? 0), 0);
}

/** The point with the most, or null where there is nothing. @param {Point[]} points */
export function peak(points, name) {
    let best = null;
    for (const point of points) if ((point[name] ?? 0) > (best?.[name] ?? 0)) best = point;
    return best;
}

/** The last one that is known. @param {Point[]} points */
export function last(points, name) {
    return points.findLast((point) => (point[name] ?? null) !== null)?.[name] ?? null;
}

/** Points before `from`, and those from it on. @param {Point[]} points */
export function split(points, from) {
    return { earlier: points.filter(({ at }) => at < from), points: points.filter(({ at }) => at >= from) };
}

const counted = ["messages", "voiceSeconds", "joins", "leaves"];

/** Whether anything at all is in them. @param {Point[]} points */
export function isEmpty(points, names = counted) {
    return points.every((point) => names.every((name) => !point[name]));
}

/**
 * What may be compared with: the earlier stretch, if something was stored in its first tenth already. A server that
 * began to store in the midst of it would look as if its community had grown.
 * @param {Point[]} earlier
 */
export function comparable(earlier) {
    const first = earlier.slice(0, Math.max(1, Math.ceil(earlier.length / 10)));
    return earlier.length > 0 && !isEmpty(first) ? earlier : null;
}

/** By how much more or less, as a part of what it was; null where it was nothing. */
export function change(now, before) {
    return before > 0 ? (now - before) / before : null;
}

/** Weekday (0 is Monday) and hour of moments in a time zone. */
export function clockOf(zone) {
    const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "short", hour: "2-digit",
        hourCycle: "h23" });
    const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    return (at) => {
        const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
        return { day: days.indexOf(parts.weekday), hour: Number(parts.hour) };
    };
}

/**
 * A week by the hour: 7 rows of 24 means, null where no such hour was in the stretch. A mean and not a sum, so that
 * a stretch that is no whole number of weeks makes no day look busier. The last hour counts as whole, though it is not.
 * @param {Point[]} points  by the hour
 * @returns {(number|null)[][]}
 */
export function week(points, name, zone) {
    const clock = clockOf(zone);
    const cells = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => [0, 0]));
    for (const point of points) {
        const { day, hour } = clock(point.at);
        const cell = cells[day][hour];
        cell[0] += point[name] ?? 0;
        cell[1] += 1;
    }
    return cells.map((row) => row.map(([whole, times]) => (times === 0 ? null : whole / times)));
}

/** 0 for nothing, else 1 to 5: how strong against the strongest, by the square root, since few hours are busy ones. */
export function level(value, most) {
    if (!value || !most) return 0;
    return Math.min(5, Math.max(1, Math.ceil(Math.sqrt(value / most) * 5)));
}

/**
 * Which points of an axis are named, and how: at most `most` of them.
 * @param {Point[]} points @param {"hour"|"day"} bucket
 * @returns {{index: number, text: string}[]}
 */
export function ticks(points, bucket, zone, most) {
    const format = (how) => {
        const one = new Intl.DateTimeFormat(undefined, { timeZone: zone, ...how });
        return (at) => one.format(at);
    };
    const thin = (found) => {
        const step = Math.ceil(found.length / most);
        return found.filter((_, place) => place % Math.max(1, step) === 0);
    };
    const all = points.map(({ at }, index) => ({ index, at }));
    const named = (found, words) => thin(found).map(({ index, at }) => ({ index, text: words(at) }));
    const date = format({ day: "numeric", month: "short" });
    if (bucket === "day") return named(all, date);
    const clock = clockOf(zone);
    const hours = all.map((one) => ({ ...one, hour: clock(one.at).hour }));
    if (points.length <= 48) {
        const step = [3, 4, 6, 8, 12].find((hourStep) => points.length / hourStep <= most) ?? 12;
        return named(hours.filter(({ hour }) => hour % step === 0), format({ hour: "2-digit", minute: "2-digit" }));
    }
    const midnights = hours.filter(({ hour }) => hour === 0);
    return named(midnights, points.length <= 8 * 24 ? format({ weekday: "short", day: "numeric" }) : date);
}

/** A bucket in full: "Tuesday, 3 June, 14:00" or "Tuesday, 3 June". */
export function bucketWords(bucket, zone) {
    const how = { weekday: "long", day: "numeric", month: "long" };
    const format = new Intl.DateTimeFormat(undefined, { timeZone: zone,
        ...(bucket === "hour" ? { ...how, hour: "2-digit", minute: "2-digit" } : { ...how, year: "numeric" }) });
    return (at) => format.format(at);
}

/** 5400 → "1 h 30 min", 59 → "1 min"; hours alone from a hundred on. */
export function talkTime(seconds) {
    const minutes = Math.round(seconds / 60);
    const whole = new Intl.NumberFormat();
    if (seconds > 0 && minutes === 0) return "1 min";
    if (minutes < 60) return `${minutes} min`;
    if (minutes >= 6_000) return `${whole.format(Math.round(minutes / 60))} h`;
    return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? "" : ` ${minutes % 60} min`}`;
}
