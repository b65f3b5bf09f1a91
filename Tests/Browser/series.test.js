import { areBars, lone } from "/dashboard/activity/chart-look.js";
import { chosen, heatDays, ranges, spanOf } from "/dashboard/activity/ranges.js";
import {
    bucketWords, change, clockOf, comparable, isEmpty, last, level, peak, split, sum, talkTime, ticks, week,
} from "/dashboard/activity/series.js";
import { equal, test, truth } from "/tests/unit.js";

const hour = 3_600_000, day = 24 * hour;
const monday = Date.UTC(2024, 0, 1);
const asked = (given) => chosen({ get: (name) => given[name] ?? null });
const hours = (count, values, from = monday) =>
    Array.from({ length: count }, (_, index) => ({ at: from + index * hour, ...values(index) }));

test("the address chooses range and bucket, and nonsense is the usual", () => {
    const words = (given) => { const { range, bucket } = asked(given); return [range.id, bucket]; };
    equal(words({}), ["7d", "hour"]);
    equal(words({ range: "1y", bucket: "hour" }), ["1y", "day"], "a year is told by the day alone");
    equal(words({ range: "90d", bucket: "hour" }), ["90d", "hour"]);
    equal(words({ range: "<b>", bucket: "week" }), ["7d", "hour"]);
    equal(words({ range: "24h", bucket: "day" }), ["24h", "hour"]);
});

test("each range is one that the API tells, in whole buckets", () => {
    const now = Date.UTC(2024, 5, 12, 15, 37);
    for (const range of ranges) for (const bucket of range.buckets) {
        const { from, to, before } = spanOf(range, bucket, now);
        const most = bucket === "hour" ? 92 * day : 1_100 * day;
        truth(to - from <= most && to - (before ?? from) <= most, `${range.id} by the ${bucket}`);
        equal(new Date(from).getMinutes(), 0);
        if (bucket === "day") equal(new Date(from).getHours(), 0);
        truth(before === null || Math.abs((from - before) - range.days * day) <= hour, "the stretch before is as long");
    }
    equal(spanOf(ranges[3], "hour", now).before, null, "180 days are not told by the hour");
    equal(now - spanOf(ranges[0], "hour", now).from < day, true, "24 hours are 24 buckets");
});

test("a week is made of 7 to 90 days", () => equal(ranges.map(heatDays), [7, 7, 30, 90, 90]));

test("sums, peaks and the last that is known", () => {
    const points = [{ at: 1, a: 2 }, { at: 2, a: 7 }, { at: 3, a: null }];
    equal([sum(points, "a"), peak(points, "a").at, last(points, "a"), sum([], "a")], [9, 2, 7, 0]);
    equal([peak([{ at: 1, a: 0 }], "a"), last([{ at: 1, a: null }], "a")], [null, null]);
    equal([change(15, 10), change(5, 10), change(5, 0)], [0.5, -0.5, null]);
});

test("only what was stored from its beginning is compared with", () => {
    const late = hours(20, (index) => ({ messages: index < 4 ? 0 : 3 }));
    equal(comparable(late), null);
    equal(comparable([]), null);
    equal(comparable(hours(20, () => ({ messages: 1 }))).length, 20);
    const parts = split(hours(4, () => ({})), monday + 2 * hour);
    equal([parts.earlier.length, parts.points.length], [2, 2]);
    truth(isEmpty(hours(3, () => ({ messages: 0, joins: 0 }))) && !isEmpty(late), "empty");
});

test("a week by the hour has means, of the viewer's clock", () => {
    const values = week(hours(14 * 24, (index) => ({ messages: index === 5 ? 6 : 0 })), "messages", "UTC");
    equal([values[0][5], values[0][6], values[6][23]], [3, 0, 0], "6 on one of two Mondays");
    const there = week(hours(24, (index) => ({ messages: index === 0 ? 1 : 0 })), "messages", "America/New_York");
    equal([there[6][19], there[0][19], there[3][3]], [1, null, null], "Monday's midnight is Sunday evening there");
    equal(clockOf("Asia/Kolkata")(monday), { day: 0, hour: 5 });
});

test("a clock that goes forth and back leaves no hour out", () => {
    const zone = "Europe/Berlin";
    const forth = hours(24, () => ({ messages: 1 }), Date.UTC(2024, 2, 30, 23));
    const values = week(forth, "messages", zone);
    equal([values[6][2], values[6][3]], [null, 1], "there is no two o'clock");
    equal(week(hours(25, () => ({ messages: 1 }), Date.UTC(2024, 9, 26, 22)), "messages", zone)[6][2], 1, "two of them: a mean");
});

test("levels go by the square root, and something is never nothing", () => {
    equal([0, 1, 4, 25, 64, 100].map((value) => level(value, 100)), [0, 1, 1, 3, 4, 5]);
    equal([level(null, 5), level(3, 0), level(0.001, 100)], [0, 0, 1]);
});

test("an axis names no more than fits, and days where there are days", () => {
    for (const [points, bucket] of [[hours(24, () => ({})), "hour"], [hours(168, () => ({})), "hour"], [hours(2160, () => ({})), "hour"]]) {
        for (const most of [2, 4, 12]) truth(ticks(points, bucket, "UTC", most).length <= most, `${points.length} in ${most}`);
    }
    const days = Array.from({ length: 365 }, (_, index) => ({ at: monday + index * day }));
    truth(ticks(days, "day", "UTC", 10).length <= 10, "days");
    equal(ticks(hours(168, () => ({})), "hour", "UTC", 9).map(({ index }) => index), [0, 24, 48, 72, 96, 120, 144]);
    truth(bucketWords("hour", "UTC")(monday).includes("Monday"), "in full");
});

test("a value without neighbours is a dot, and bars are at least four pixels wide", () => {
    equal(lone([null, 5, null, 0, 1, null, 7]), [0, 3, 0, 0, 0, 0, 3]);
    equal([areBars({ kind: "bar" }, { length: 100 }, 400), areBars({ kind: "bar" }, { length: 101 }, 400), areBars({ kind: "line" }, [], 400)],
        [true, false, false]);
});

test("time in voice", () => {
    equal([0, 20, 3_540, 3_600, 5_400, 360_000].map(talkTime), ["0 min", "1 min", "59 min", "1 h", "1 h 30 min", "100 h"]);
});
